package praudit

import (
	"bytes"
	"io"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/event"
	"github.com/counterfoil/counterfoil/internal/bsm/text"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

type encoder struct {
	w     io.Writer
	p     *text.Printer
	dec   decoder
	begun bool
	out   []byte
}

func newEncoder(w io.Writer, o Options) *encoder {
	return &encoder{w: w, dec: decoder{zone: o.zone}, p: text.NewPrinter(text.Form{OneLine: strings.HasSuffix(o.Form, "line"),
		XML: strings.HasPrefix(o.Form, "xml"), Short: o.Events == "name", Raw: o.Events == "number", Zone: o.zone})}
}

// Encode shows the record of which the event was made, or one made of the event. What of the event is not in it is found
// by reading it.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	want := &r.Event
	for _, record := range e.own(want) {
		if loss, ok := e.show(want, record); ok {
			return loss, e.write()
		}
	}
	for room := event.Room; ; room /= 2 {
		record, _ := event.Write(want, room)
		b, err := record.Append(nil)
		if err != nil {
			return nil, err
		}
		record.Seal(len(b))
		if loss, ok := e.show(want, record); ok || room < event.Room/64 {
			return loss, e.write()
		}
	}
}

// own gives the records that an event was made of, as far as it carries them.
func (e *encoder) own(want *counterfoil.Event) (list []*bsm.Record) {
	if want.Dialect == bsmID {
		r := new(bsm.Record)
		if r.Parse([]byte(want.Raw)) == nil {
			list = append(list, r)
		}
	}
	if want.Dialect != bsmID && want.Dialect != Dialect.ID() {
		return list
	}
	if want.Raw != "" && want.Dialect == Dialect.ID() {
		if r, err := text.Scan([]byte(want.Raw), e.dec.zone); err == nil {
			list = append(list, r)
		}
	}
	if r, err := event.FromData(want.EventData); err == nil {
		size := 0
		for i := range r.Tokens {
			size += text.TokenSize(&r.Tokens[i])
		}
		if h := r.Header(); h != nil && h.Fields[0].Num == 0 {
			r.Seal(size)
		}
		list = append(list, r)
	}
	return list
}

// bsmID is what events say that came as bytes.
const bsmID = "bsm/1"

// show writes a record into e.out and reports whether it is one frame that reads as want but for the fields in loss.
func (e *encoder) show(want *counterfoil.Event, r *bsm.Record) (loss dialect.Loss, ok bool) {
	e.out = e.p.Append(e.out[:0], r)
	n, frame, _ := text.Split(e.out, true)
	if n != len(e.out) {
		return nil, false
	}
	got, err := e.dec.Decode(nil, dialect.Frame{Data: bytes.Clone(frame), Received: want.Time})
	if len(got) != 1 || err != nil {
		return nil, false
	}
	return event.Loss(want, &got[0])
}

func (e *encoder) write() error {
	if e.p.XML && !e.begun {
		if _, err := io.WriteString(e.w, text.Prologue); err != nil {
			return err
		}
	}
	e.begun = true
	_, err := e.w.Write(e.out)
	return err
}

// Close writes what ends XML.
func (e *encoder) Close() error {
	if !e.p.XML {
		return nil
	}
	prologue := text.Prologue
	if e.begun {
		prologue = ""
	}
	_, err := io.WriteString(e.w, prologue+text.Epilogue)
	return err
}
