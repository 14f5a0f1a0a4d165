// Package outputtest holds what every output is tested with: a trail in memory whose oldest records can be taken away, a
// destination in memory that fails on demand, and the suite for sinks.
package outputtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/output"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Trail is a trail in memory, as far as an output sees one. Safe for concurrent use.
type Trail struct {
	Fail  func() error                   // asked before every append; nil: never fails
	Wants func(*counterfoil.Record) bool // which records an output wants; nil: [Wants]

	mu      sync.Mutex // guards all below
	first   uint64
	records []counterfoil.Record
	changed chan struct{}
}

// Append keeps events.
func (t *Trail) Append(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error) {
	if t.Fail != nil {
		if err := t.Fail(); err != nil {
			return trail.Receipt{}, err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return trail.Receipt{}, err
	}
	for i := range events {
		if err := events[i].Check(); err != nil {
			return trail.Receipt{}, &trail.EventError{Index: i, Err: err}
		}
		t.records = append(t.records, counterfoil.Record{Event: events[i], Seq: t.first + uint64(len(t.records)), Received: 1, Via: via})
	}
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
	return trail.Receipt{}, nil
}

// View gives what is there; an output wants what [Wants] does.
func (t *Trail) View() output.View {
	t.mu.Lock()
	defer t.mu.Unlock()
	return &view{t.first, t.records[:len(t.records):len(t.records)], t.Wants}
}

// Size is the number behind the newest record.
func (t *Trail) Size() uint64 {
	_, size := t.View().Bounds()
	return size
}

type view struct {
	first   uint64
	records []counterfoil.Record
	wants   func(*counterfoil.Record) bool
}

func (v *view) Bounds() (oldest, size uint64) { return v.first, v.first + uint64(len(v.records)) }

func (v *view) Read(_ context.Context, from, to uint64, yield func(*counterfoil.Record) bool) error {
	wants := v.wants
	if wants == nil {
		wants = Wants
	}
	for i := range v.records {
		if r := &v.records[i]; r.Seq >= from && r.Seq < to && wants(r) && !yield(r) {
			return nil
		}
	}
	return nil
}

func (v *view) Close() {}

// Changed gives a channel that is closed at the next append.
func (t *Trail) Changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.changed == nil {
		t.changed = make(chan struct{})
	}
	return t.changed
}

// Expire takes the oldest n records away.
func (t *Trail) Expire(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.records = slices.Clone(t.records[n:])
	t.first += uint64(n)
}

// CutOff takes the newest n records away: a trail that was put back.
func (t *Trail) CutOff(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.records = slices.Clone(t.records[:len(t.records)-n])
}

// Named gives the records with an event name.
func (t *Trail) Named(name string) (found []counterfoil.Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.records {
		if r.Name == name {
			found = append(found, r)
		}
	}
	return found
}

// Wants wants the records of service TEST.
func Wants(r *counterfoil.Record) bool { return r.Service == service }

const service = "TEST"

// Event gives an event that is told by name.
func Event(name string) counterfoil.Event {
	return counterfoil.Event{Major: 1, Time: 1e18, Service: service, Name: "EVENT", Object: counterfoil.Object{Name: name}}
}

// Names gives the object names of messages in JSON, one a line.
func Names(text []byte) (names []string, err error) {
	for line := range bytes.Lines(text) {
		var m struct{ Object struct{ Name string } }
		if err := json.Unmarshal(line, &m); err != nil {
			return names, fmt.Errorf("%q: %w", line, err)
		}
		names = append(names, m.Object.Name)
	}
	return names, nil
}
