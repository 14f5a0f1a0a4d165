package intake_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// limited has the limits of a trail.
type limited struct {
	intaketest.Trail
	positions []string // of each append
}

func (t *limited) AppendAt(ctx context.Context, via string, events []counterfoil.Event, position []byte) (trail.Receipt, error) {
	if len(events) > trail.MaxBatch {
		return trail.Receipt{}, fmt.Errorf("%d events at once", len(events))
	}
	size := 0
	var b []byte
	for i := range events {
		b = counterfoil.AppendEvent(b[:0], &events[i])
		if size += len(b); size > 63<<20 || len(b) > counterfoil.MaxMessage {
			return trail.Receipt{}, &trail.EventError{Index: i, Err: errors.New("the batch is too large")}
		}
	}
	r, err := t.Trail.AppendAt(ctx, via, events, position)
	if err == nil {
		t.positions = append(t.positions, fmt.Sprintf("%d %s", len(events), position))
	}
	return r, err
}

func (t *limited) Append(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error) {
	return t.AppendAt(ctx, via, events, nil)
}

// hoard holds everything until it is flushed.
type hoard struct{ held []dialect.Frame }

func (h *hoard) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	f.Data = []byte(string(f.Data))
	h.held = append(h.held, f)
	return dst, nil
}

func (h *hoard) Flush(dst []counterfoil.Event, _ time.Time) []counterfoil.Event {
	for _, f := range h.held {
		dst = append(dst, counterfoil.Event{Major: 1, Time: f.Received, Dialect: "hoard/1", Service: "HOARD", Name: "X", Raw: string(f.Data)})
	}
	h.held = nil
	return dst
}

func (h *hoard) Held() dialect.Held { return dialect.Held{Any: len(h.held) > 0} }

// placed is a tape that knows where it is.
type placed struct{ *tape }

func (placed) Resume([]byte) error          { return nil }
func (placed) Position(dialect.Held) []byte { return []byte("here") }
func (placed) Replays() bool                { return false }

// What a decoder gives at once, or what grows by being escaped, may be more than the trail takes in one append: it goes in parts, and the
// position with the last.
func TestPumpParts(t *testing.T) {
	for _, c := range []struct {
		n    int
		text string
	}{{trail.MaxBatch + 7, "x"}, {12, strings.Repeat("\x01", 1<<20)}} {
		tr := &limited{}
		tp := &tape{batches: make(chan intake.Batch, 1), fail: errors.New("the tape ends")}
		b := frames(0, make([]string, c.n)...)
		for i := range b.Frames {
			b.Frames[i].Data = []byte(c.text)
		}
		tp.batches <- b
		close(tp.batches)
		p := &intake.Pump{Name: "in", Host: "h", Stream: placed{tp}, Decoder: &hoard{}, Dialect: intaketest.Plain, Trail: tr, Now: time.Now}
		if err := p.Run(t.Context()); err == nil || err.Error() != "input in: the tape ends" {
			t.Errorf("it ended with %.200v", err)
		}
		n := 0
		for _, r := range tr.Records() {
			if r.Service == "HOARD" && r.Raw == c.text {
				n++
			}
		}
		if got := p.Counters(); n != c.n || got.Events != uint64(c.n) || got.Unparsed != 0 {
			t.Errorf("%d of %d events, %+v", n, c.n, got)
		}
		parts := tr.positions[1:]
		for i, x := range parts {
			if strings.HasSuffix(x, " here") != (i == len(parts)-1) {
				t.Errorf("appended: %s", parts)
			}
		}
		if len(parts) < 2 {
			t.Errorf("appended: %s", parts)
		}
	}
}
