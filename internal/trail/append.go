package trail

import (
	"context"
	"fmt"
	"sync"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// MaxBatch is the most events that one Append takes.
const MaxBatch = segment.MaxRows

// MaxPosition is the longest position in bytes that AppendAt takes.
const MaxPosition = 4 << 10

// Append puts events at the end of the trail. When it returns without error the whole batch is on stable storage,
// numbered, in the tree and visible to View. When it returns an error none of it was kept, except for [ErrBroken] and
// the error of ctx: then it may be found later. An event whose aid is among those of the last 262,144 records or more is
// not kept again if it says the same; its number is given. Safe for concurrent use; concurrent batches share one sync.
// The trail copies what the events say: their strings may be overwritten when it has returned.
func (t *Trail) Append(ctx context.Context, via string, events []counterfoil.Event) (Receipt, error) {
	return t.append(ctx, &request{via: via, events: events}, nil)
}

// AppendAt is Append for an input that can be read again: position, which says where it stands behind these events,
// becomes durable with them or not at all. It wants at least one event.
func (t *Trail) AppendAt(ctx context.Context, via string, events []counterfoil.Event, position []byte) (Receipt, error) {
	if len(position) > MaxPosition {
		return Receipt{}, errPosition(position)
	}
	return t.append(ctx, &request{via: via, events: events, position: position}, nil)
}

// Judge decides on one event of a batch: what is kept in its place, the event itself or another that is good until the next is
// judged, or nil for nothing. It changes nothing of the event.
type Judge func(e *counterfoil.Event) *counterfoil.Event

// AppendJudged is Append, or AppendAt where position is not nil, of what judge makes of the events. It is asked of each in
// order, right behind the check that every event has to pass, left out or not: an event is far from the processor by then, and
// is fetched once for both. Numbers of the receipt are those of the events kept, the index of an [EventError] is that in events.
// Where nothing is kept, nothing is written, the position neither.
func (t *Trail) AppendJudged(ctx context.Context, via string, events []counterfoil.Event, position []byte, judge Judge) (Receipt, error) {
	if len(position) > MaxPosition {
		return Receipt{}, errPosition(position)
	}
	return t.append(ctx, &request{via: via, events: events, position: position}, judge)
}

func errPosition(position []byte) error {
	return fmt.Errorf("append to trail: position of %d bytes, at most %d are allowed", len(position), MaxPosition)
}

// request is one Append that waits.
type request struct {
	via      string
	events   []counterfoil.Event
	position []byte
	own      bool // says why nothing else is taken in
	receipt  Receipt
	err      error
	done     chan struct{}
	lead     chan struct{} // closed to make the one who waits commit for all
}

// queue is the requests that wait for the next commit.
type queue struct {
	mu      sync.Mutex // guards all below
	waiting []*request
	leader  bool // someone is committing and will take what waits
}

func (t *Trail) append(ctx context.Context, r *request, judge Judge) (Receipt, error) {
	if len(r.events) == 0 {
		return Receipt{}, fmt.Errorf("append to trail: no events")
	}
	if len(r.events) > MaxBatch {
		return Receipt{}, fmt.Errorf("append to trail: %d events at once, at most %d are allowed", len(r.events), MaxBatch)
	}
	given := len(r.events)
	j := t.judged(judge)
	defer t.release(j)
	var err error
	if r.events, err = j.choose(r.events); err != nil {
		return Receipt{}, err
	}
	if len(r.events) == 0 {
		return Receipt{Received: counterfoil.TimeOf(t.opts.Now()), LeftOut: given}, nil
	}
	if err := ctx.Err(); err != nil {
		return Receipt{}, err
	}
	r.done, r.lead = make(chan struct{}), make(chan struct{})
	t.queue.mu.Lock()
	t.queue.waiting = append(t.queue.waiting, r)
	lead := !t.queue.leader
	t.queue.leader = true
	t.queue.mu.Unlock()
	// The leader commits for all, whatever becomes of their contexts: a batch is never half done.
	if !lead {
		select {
		case <-r.done:
		case <-r.lead:
			lead = true
		}
	}
	if lead {
		t.lead()
		<-r.done
	}
	if r.err != nil {
		return r.receipt, j.where(r.err)
	}
	r.receipt.LeftOut = given - len(r.events)
	return r.receipt, nil
}

// lead commits what waits, the leader's own request included, and makes the first that came meanwhile the next leader, so
// that nobody works for others longer than one round. Whoever comes first leads; there is no goroutine for it.
func (t *Trail) lead() {
	t.queue.mu.Lock()
	batch := t.queue.waiting
	t.queue.waiting = nil
	t.queue.mu.Unlock()
	t.committing.Lock()
	for len(batch) > 0 {
		batch = batch[t.commit(batch):]
	}
	t.settle()
	t.committing.Unlock()
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	if len(t.queue.waiting) > 0 {
		close(t.queue.waiting[0].lead)
	} else {
		t.queue.leader = false
	}
}
