package intake

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Gate stands before the trail in every way in: what the policy refuses goes no further and is counted, what it keeps from
// the disk is handed to who looks on and to the outputs. It never refuses what the program says of itself. Without a policy
// everything is kept.
//
// A batch is judged by one policy and appended before another is in force: the record of a policy in the trail divides what
// was judged by it from what was not. Safe for concurrent use.
type Gate struct {
	// Pass is handed what is kept from the disk, once the rest of its batch is durable; it must not wait, and the events may be
	// used again when it has returned. nil: nobody is. Set before the first event comes.
	Pass func(via string, events []counterfoil.Event)

	trail Keeper
	now   func() time.Time
	shown *Shown
	free  sync.Pool // of *sorting

	// inForce is held for reading from judging a batch until it is appended, and for writing while the policy is
	// changed or counts are written down.
	inForce sync.RWMutex
	policy  *preselect.Policy // nil: everything is kept

	mu       sync.Mutex // guards what follows
	counting *counting
	waiting  map[string][]byte // position behind batches of which nothing was kept, by via
}

// NewGate makes a gate before t. What is kept from the disk goes to shown.
func NewGate(t Keeper, shown *Shown, now func() time.Time) *Gate {
	return &Gate{trail: t, now: now, shown: shown, counting: newCounting(counterfoil.TimeOf(now())), waiting: map[string][]byte{}}
}

// Append judges events and keeps what is to be kept; see [trail.Trail.Append].
func (g *Gate) Append(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error) {
	return g.append(ctx, via, events, nil)
}

// AppendAt is Append with a position. That of a batch of which nothing is kept becomes durable with the next that is, or
// when the counts are written down.
func (g *Gate) AppendAt(ctx context.Context, via string, events []counterfoil.Event, position []byte) (trail.Receipt, error) {
	return g.append(ctx, via, events, position)
}

// Position gives the last position kept for via.
func (g *Gate) Position(via string) []byte { return g.trail.Position(via) }

func (g *Gate) append(ctx context.Context, via string, events []counterfoil.Event, position []byte) (trail.Receipt, error) {
	g.inForce.RLock()
	defer g.inForce.RUnlock()
	if g.policy == nil {
		return g.keep(ctx, via, events, position, nil)
	}
	s := g.sorting(via)
	defer g.done(s)
	r, err := g.keep(ctx, via, events, position, s.judge)
	if err != nil && !errors.Is(err, trail.ErrDropped) {
		return r, err
	}
	// A batch that a full disk dropped has been judged for good: the trail counts what it lost, and nobody the rest but we.
	at := r.Received
	if err != nil {
		at = counterfoil.TimeOf(g.now())
	}
	g.shown.add(via, at, s.stream)
	if g.Pass != nil && len(s.stream) > 0 {
		g.Pass(via, s.stream)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counting.add(via, s.rules, s.refused, len(s.stream))
	return r, err
}

// keep gives to the trail what judge makes of events; nil: all of them.
func (g *Gate) keep(ctx context.Context, via string, events []counterfoil.Event, position []byte, judge trail.Judge) (trail.Receipt, error) {
	r, err := g.trail.AppendJudged(ctx, via, events, position, judge)
	if err != nil || position == nil {
		return r, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.LeftOut < len(events) {
		delete(g.waiting, via)
	} else {
		g.waiting[via] = slices.Clone(position)
	}
	return r, nil
}

// sorting is a batch that is judged.
type sorting struct {
	policy    *preselect.Policy
	in        *preselect.Input
	observing bool              // what a rule leaves out is kept and marked
	marked    counterfoil.Event // the event at hand with a mark
	stream    []counterfoil.Event
	rules     []uint64 // refusals by rule, nil while there are none
	refused   int
}

func (g *Gate) sorting(via string) *sorting {
	s, ok := g.free.Get().(*sorting)
	if !ok {
		s = &sorting{}
	}
	s.policy, s.in, s.observing = g.policy, g.policy.Input(via), g.policy.Observing(counterfoil.TimeOf(g.now()))
	return s
}

// done gives a sorting's memory back: the trail, the outputs and who looks on hold nothing of it.
func (g *Gate) done(s *sorting) {
	clear(s.stream)
	*s = sorting{stream: s.stream[:0]}
	g.free.Put(s)
}

// judge is a [trail.Judge].
func (s *sorting) judge(e *counterfoil.Event) *counterfoil.Event {
	d := s.in.Judge(e)
	switch {
	case d.Keep && d.Persist && d.Group == "":
		return e
	case s.observing && !(d.Keep && d.Persist) && s.in.ObservesStored(e):
		return s.mark(e, func(e *counterfoil.Event) { s.policy.MarkObserved(e, d) })
	case !d.Keep:
		s.refuse(d.Rule)
		return nil
	case !d.Persist:
		s.stream = append(s.stream, *s.mark(e, preselect.MarkUnstored))
		return nil
	}
	return s.mark(e, func(e *counterfoil.Event) { preselect.Mark(e, d.Group) })
}

// mark gives the event with a mark; without it where there is no room to say so.
func (s *sorting) mark(e *counterfoil.Event, mark func(*counterfoil.Event)) *counterfoil.Event {
	s.marked = *e
	mark(&s.marked)
	const place = 4 << 10 // what a record takes for its place in the trail
	if len(e.Raw)+len(e.EventData)+len(e.SvcData) > counterfoil.MaxMessage/8 && len(counterfoil.AppendEvent(nil, &s.marked)) > counterfoil.MaxMessage-place {
		return e
	}
	return &s.marked
}

func (s *sorting) refuse(rule int) {
	if s.rules == nil {
		s.rules = make([]uint64, len(s.policy.Rules()))
	}
	s.rules[rule]++
	s.refused++
}

// Change puts another policy in force, nil for none. Before it is, record is called, while nothing is taken in: it writes
// the policy into the trail, and if it fails the old one stays. Refusals of the old policy are written down first.
func (g *Gate) Change(ctx context.Context, next *preselect.Policy, number uint64, by Writer, record func() error) error {
	g.inForce.Lock()
	defer g.inForce.Unlock()
	if err := g.write(ctx, by); err != nil {
		return err
	}
	if record != nil {
		if err := record(); err != nil {
			return err
		}
	}
	g.policy = next
	g.counting = newCounting(counterfoil.TimeOf(g.now()))
	g.counting.policy, g.counting.number = next, number
	return nil
}

// Policy gives the policy in force and its number.
func (g *Gate) Policy() (*preselect.Policy, uint64) {
	g.inForce.RLock()
	defer g.inForce.RUnlock()
	return g.policy, g.counting.number
}

// Write writes down what was refused since the last time, and positions behind batches of which nothing was kept.
func (g *Gate) Write(ctx context.Context, by Writer) error {
	g.inForce.Lock()
	defer g.inForce.Unlock()
	return g.write(ctx, by)
}
