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
	"unsafe"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/output"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Trail is a trail in memory, as far as an output sees one. Safe for concurrent use.
type Trail struct {
	Fail  func() error                   // asked before every append; nil: never fails
	Wants func(*counterfoil.Record) bool // which records an output wants; nil: [Wants]

	mu      sync.Mutex           // guards all below
	next    uint64               // number of the next record
	records []counterfoil.Record // those that are there
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
		t.records = append(t.records, counterfoil.Record{Event: events[i], Seq: t.next, Received: 1, Via: via})
		t.next++
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
	return &view{t.next, t.records[:len(t.records):len(t.records)], t.Wants}
}

// Size is the number behind the newest record.
func (t *Trail) Size() uint64 { return t.View().Size() }

type view struct {
	size    uint64
	records []counterfoil.Record
	wants   func(*counterfoil.Record) bool
}

func (v *view) Size() uint64 { return v.size }

func (v *view) Gone(from, to uint64) (count, first, last uint64, err error) {
	there := map[uint64]bool{}
	for i := range v.records {
		there[v.records[i].Seq] = true
	}
	for n := from; n < min(to, v.size); n++ {
		if !there[n] {
			if count == 0 {
				first = n
			}
			count, last = count+1, n
		}
	}
	return count, first, last, nil
}

func (v *view) Read(_ context.Context, from, to uint64, yield func(*counterfoil.Record) bool) error {
	wants := v.wants
	if wants == nil {
		wants = Wants
	}
	for i := range v.records {
		if r := &v.records[i]; r.Seq >= from && r.Seq < to && wants(r) && !lend(r, yield) {
			return nil
		}
	}
	return nil
}

// lend gives a record for the call alone, as a search does: what keeps it finds other words in it.
func lend(r *counterfoil.Record, yield func(*counterfoil.Record) bool) (more bool) {
	lent := r.Clone() // in memory that is nobody else's
	texts := []string{lent.Via, lent.Service, lent.Name, lent.Object.Name, string(lent.EventData), lent.Raw}
	more = yield(&lent)
	for _, text := range texts {
		for i := range len(text) {
			unsafe.Slice(unsafe.StringData(text), len(text))[i] = 'x'
		}
	}
	lent = counterfoil.Record{}
	return more
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
}

// ExpireSome takes the records away whose numbers which gives true for, wherever they lie.
func (t *Trail) ExpireSome(which func(seq uint64) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.records = slices.DeleteFunc(slices.Clone(t.records), func(r counterfoil.Record) bool { return which(r.Seq) })
}

// CutOff takes the newest n records away: a trail that was put back.
func (t *Trail) CutOff(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.records = slices.Clone(t.records[:len(t.records)-n])
	t.next -= uint64(n)
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
