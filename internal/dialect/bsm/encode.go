package bsm

import (
	"io"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/event"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

type encoder struct {
	w   io.Writer
	dec decoder
}

// Encode writes a record: that of which the event was made, or one made of the event. What of the event is not in it is
// found by reading it.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	if r.Dialect == Dialect.ID() {
		if loss, ok := e.native(&r.Event, []byte(r.Raw)); ok {
			_, err := io.WriteString(e.w, r.Raw)
			return loss, err
		}
		if b, err := event.Bytes(r.EventData); err == nil {
			if loss, ok := e.native(&r.Event, b); ok {
				_, err := e.w.Write(b)
				return loss, err
			}
		}
	}
	return e.foreign(&r.Event)
}

// native reports whether b is one frame that reads as want but for the fields in loss.
func (e *encoder) native(want *counterfoil.Event, b []byte) (loss dialect.Loss, ok bool) {
	if n, _, _ := bsm.Split(b, true); n != len(b) || n == 0 {
		return nil, false
	}
	got, _ := e.dec.Decode(nil, dialect.Frame{Data: b, Received: want.Time})
	return event.Loss(want, &got[0])
}

func (e *encoder) foreign(want *counterfoil.Event) (dialect.Loss, error) {
	record, _ := event.Write(want, event.Room)
	b, err := record.Append(nil)
	if err != nil {
		return nil, err
	}
	record.Seal(len(b))
	if b, err = record.Append(b[:0]); err != nil {
		return nil, err
	}
	got, err := e.dec.Decode(nil, dialect.Frame{Data: b, Received: want.Time})
	if err != nil {
		return nil, err
	}
	loss, _ := event.Loss(want, &got[0])
	_, err = e.w.Write(b)
	return loss, err
}

// Close has nothing left to write.
func (e *encoder) Close() error { return nil }
