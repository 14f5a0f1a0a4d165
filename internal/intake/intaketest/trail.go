// Package intaketest holds what every input is tested with: a trail in memory that fails on demand, decoders that hold
// frames back, and the suite for streams.
package intaketest

import (
	"context"
	"errors"
	"sync"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// ErrCrash stands for the end of the process: a Trail gives it once and refuses everything until Restart.
var ErrCrash = errors.New("intaketest: the process ended here")

// Trail is a trail in memory with the promises of trail.Trail. Safe for concurrent use.
type Trail struct {
	// Fail is asked before every append, with the number of events. ErrCrash with kept true means that the batch was
	// kept but nobody heard of it. nil: never fails. Set before the first append, or with FailNow.
	Fail func(n int) (kept bool, err error)

	mu        sync.Mutex
	records   []counterfoil.Record
	positions map[string][]byte
	known     map[counterfoil.AID]uint64
	crashed   bool
	clock     counterfoil.Time
}

// FailNow sets Fail while the trail is in use.
func (t *Trail) FailNow(fail func(n int) (kept bool, err error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Fail = fail
}

// Append keeps events.
func (t *Trail) Append(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error) {
	return t.AppendAt(ctx, via, events, nil)
}

// AppendAt keeps events and, if it is not nil, the position.
func (t *Trail) AppendAt(ctx context.Context, via string, events []counterfoil.Event, position []byte) (trail.Receipt, error) {
	return t.AppendJudged(ctx, via, events, position, nil)
}

// AppendJudged is AppendAt of what judge makes of the events.
func (t *Trail) AppendJudged(ctx context.Context, via string, batch []counterfoil.Event, position []byte, judge trail.Judge) (trail.Receipt, error) {
	var events []counterfoil.Event
	for i := range batch {
		if err := batch[i].Check(); err != nil {
			return trail.Receipt{}, &trail.EventError{Index: i, Err: err}
		}
		if judge == nil {
			events = append(events, batch[i])
		} else if kept := judge(&batch[i]); kept != nil {
			events = append(events, *kept)
		}
	}
	if len(events) == 0 && len(batch) > 0 {
		return trail.Receipt{LeftOut: len(batch)}, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return trail.Receipt{}, err
	}
	if t.crashed {
		return trail.Receipt{}, ErrCrash
	}
	if t.Fail != nil {
		if kept, err := t.Fail(len(events)); err != nil {
			if t.crashed = errors.Is(err, ErrCrash); kept {
				t.keep(via, events, position)
			}
			return trail.Receipt{}, err
		}
	}
	r := t.keep(via, events, position)
	r.LeftOut = len(batch) - len(events)
	return r, nil
}

func (t *Trail) keep(via string, events []counterfoil.Event, position []byte) (r trail.Receipt) {
	if t.known == nil {
		t.known, t.positions = map[counterfoil.AID]uint64{}, map[string][]byte{}
	}
	t.clock++
	r.Received = t.clock
	for i, e := range events {
		seq, old := t.known[e.AID]
		if old = old && !e.AID.IsZero(); old {
			r.Retried++
		} else {
			seq = uint64(len(t.records))
			t.records = append(t.records, counterfoil.Record{Event: e, Seq: seq, Received: t.clock, Via: via})
			if !e.AID.IsZero() {
				t.known[e.AID] = seq
			}
		}
		if r.Last = seq; i == 0 {
			r.First = seq
		}
	}
	if position != nil {
		t.positions[via] = append([]byte{}, position...)
	}
	return r
}

// Position gives the last position kept for via.
func (t *Trail) Position(via string) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.positions[via]
}

// Restart ends the refusal after a crash.
func (t *Trail) Restart() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.crashed = false
}

// Records gives what was kept.
func (t *Trail) Records() []counterfoil.Record {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.records[:len(t.records):len(t.records)]
}

// Named gives the records with an event name.
func (t *Trail) Named(name string) (r []counterfoil.Record) {
	for _, x := range t.Records() {
		if x.Name == name {
			r = append(r, x)
		}
	}
	return r
}

// Crashed says whether a crash was given since the last Restart.
func (t *Trail) Crashed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.crashed
}
