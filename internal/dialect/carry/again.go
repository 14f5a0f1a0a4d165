package carry

import (
	"errors"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

var errNoString = errors.New("is no JSON string")

// Again reports whether bytes, written as they are, read back in d as e: one frame, one event, the same in everything but
// raw. Then they are the best way to write an event that came by d. An aid that e has and the bytes have not is the only
// difference allowed, and noted in loss.
func Again(d *dialect.Dialect, e *counterfoil.Event, bytes string) (loss dialect.Loss, ok bool) {
	if e.Dialect != d.ID() || bytes == "" {
		return nil, false
	}
	n, frame, err := d.Split([]byte(bytes), true)
	if err != nil || n != len(bytes) || len(frame) != len(bytes) {
		return nil, false
	}
	decoder, err := d.Decode(nil)
	if err != nil {
		return nil, false
	}
	// A time that is the transport's would be another when read again.
	events, err := decoder.Decode(nil, dialect.Frame{Data: frame, Received: e.Time + 1})
	if err != nil {
		return nil, false
	}
	if events = decoder.Flush(events, time.Time{}); len(events) != 1 {
		return nil, false
	}
	got, want := events[0], *e
	if got.AID.IsZero() && !want.AID.IsZero() {
		want.AID = got.AID
		loss = dialect.Loss{"aid"}
	}
	got.Raw, want.Raw = "", ""
	return loss, got == want
}

// Loss is what a reader never gets back of an event whose every other field is carried: the bytes it came as, and the
// dialect they were in.
func Loss(d *dialect.Dialect, e *counterfoil.Event) (loss dialect.Loss) {
	if e.Dialect != "" && e.Dialect != d.ID() {
		loss = append(loss, "dialect")
	}
	if e.Raw != "" {
		loss = append(loss, "raw")
	}
	return loss
}
