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

	trail Trail
	now   func() time.Time
	shown *Shown
	free  sync.Pool // of *sorting: a batch takes some megabytes

	// inForce is held for reading from judging a batch until it is appended, and for writing while the policy is
	// changed or counts are written down.
	inForce sync.RWMutex
	policy  *preselect.Policy // nil: everything is kept

	mu       sync.Mutex // guards what follows
	counting *counting
	waiting  map[string][]byte // position behind batches of which nothing was kept, by via
}

// NewGate makes a gate before t. What is kept from the disk goes to shown.
func NewGate(t Trail, shown *Shown, now func() time.Time) *Gate {
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
		return g.pass(ctx, via, events, position)
	}
	s := g.sorting()
	defer g.done(s)
	if err := s.sort(via, events); err != nil {
		return trail.Receipt{}, err
	}
	r := trail.Receipt{Received: counterfoil.TimeOf(g.now())}
	if len(s.kept) > 0 || len(events) == 0 {
		var err error
		if r, err = g.pass(ctx, via, s.kept, position); err != nil {
			return r, s.where(err)
		}
	}
	r.LeftOut = len(events) - len(s.kept)
	g.shown.add(via, r.Received, s.stream)
	if g.Pass != nil && len(s.stream) > 0 {
		g.Pass(via, s.stream)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counting.add(via, s.rules, s.refused, len(s.stream))
	if len(s.kept) == 0 && position != nil {
		g.waiting[via] = slices.Clone(position)
	}
	return r, nil
}

// pass gives events to the trail.
func (g *Gate) pass(ctx context.Context, via string, events []counterfoil.Event, position []byte) (r trail.Receipt, err error) {
	if position == nil {
		return g.trail.Append(ctx, via, events)
	}
	if r, err = g.trail.AppendAt(ctx, via, events, position); err == nil {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.waiting, via)
	}
	return r, err
}

// sorting is a batch that is judged.
type sorting struct {
	policy    *preselect.Policy
	observing bool                // what a rule leaves out is kept and marked
	kept      []counterfoil.Event // the batch itself while all of it is kept, else room
	room      []counterfoil.Event
	at        []int // of each kept event in the batch; empty while all are kept
	stream    []counterfoil.Event
	rules     []uint64 // refusals by rule, nil while there are none
	refused   int
}

func (g *Gate) sorting() *sorting {
	s, ok := g.free.Get().(*sorting)
	if !ok {
		s = &sorting{}
	}
	s.policy, s.observing = g.policy, g.policy.Observing(counterfoil.TimeOf(g.now()))
	return s
}

// done gives a sorting's memory back: the trail, the outputs and who looks on hold nothing of it.
func (g *Gate) done(s *sorting) {
	clear(s.room)
	clear(s.stream)
	*s = sorting{room: s.room[:0], at: s.at[:0], stream: s.stream[:0]}
	g.free.Put(s)
}

// sort judges events and changes none of them. An event that no trail could keep is not silently left out.
func (s *sorting) sort(via string, events []counterfoil.Event) error {
	in := s.policy.Input(via)
	s.kept = events
	whole := true
	for i := range events {
		e := &events[i]
		d := in.Judge(e)
		if d.Keep && d.Persist && d.Group == "" {
			if !whole {
				s.keep(*e, i)
			}
			continue
		}
		if err := e.Check(); err != nil {
			return &trail.EventError{Index: i, Err: err}
		}
		if whole {
			s.split(events[:i], len(events))
			whole = false
		}
		switch {
		case s.observing && !(d.Keep && d.Persist) && in.ObservesStored(e):
			s.keep(marked(*e, func(e *counterfoil.Event) { s.policy.MarkObserved(e, d) }), i)
		case !d.Keep:
			s.refuse(d.Rule)
		case !d.Persist:
			s.stream = append(s.stream, marked(*e, preselect.MarkUnstored))
		default:
			marked := *e
			preselect.Mark(&marked, d.Group)
			s.keep(marked, i)
		}
	}
	return nil
}

// marked gives an event with a mark; without it where there is no room to say so.
func marked(e counterfoil.Event, mark func(*counterfoil.Event)) counterfoil.Event {
	with := e
	mark(&with)
	const place = 4 << 10 // what a record takes for its place in the trail
	if len(e.Raw)+len(e.EventData)+len(e.SvcData) > counterfoil.MaxMessage/8 && len(counterfoil.AppendEvent(nil, &with)) > counterfoil.MaxMessage-place {
		return e
	}
	return with
}

// split begins a copy of the batch, whose first events are all kept: the caller's may be needed again.
func (s *sorting) split(before []counterfoil.Event, room int) {
	s.room, s.at = append(slices.Grow(s.room, room), before...), slices.Grow(s.at, room)
	for i := range before {
		s.at = append(s.at, i)
	}
	s.kept = s.room
}

func (s *sorting) keep(e counterfoil.Event, i int) {
	s.room, s.at = append(s.room, e), append(s.at, i)
	s.kept = s.room
}

func (s *sorting) refuse(rule int) {
	if s.rules == nil {
		s.rules = make([]uint64, len(s.policy.Rules()))
	}
	s.rules[rule]++
	s.refused++
}

// where makes an error of the trail speak of the batch that was judged.
func (s *sorting) where(err error) error {
	var bad *trail.EventError
	if len(s.at) > 0 && errors.As(err, &bad) && bad.Index < len(s.at) {
		return &trail.EventError{Index: s.at[bad.Index], Err: bad.Err}
	}
	return err
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
