package intake

import (
	"strings"
	"sync"

	"github.com/counterfoil/counterfoil"
)

// Shown are the newest events that a policy keeps from the disk, for who looks on. The zero value is ready; safe for
// concurrent use. While nobody looks on, none are held.
type Shown struct {
	mu      sync.Mutex // guards what follows
	lookers int
	ring    [shownRoom]counterfoil.Record
	first   uint64 // number of the oldest that is held
	next    uint64 // of the next
	bytes   int    // of those held
	wake    chan struct{}
}

// How many events are held for who is slow, and about how many bytes of them.
const (
	shownRoom  = 1024
	shownBytes = 64 << 20
)

// Look begins to hold events. next is where to read on with Since; done ends it.
func (s *Shown) Look() (next uint64, done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookers++
	return s.next, sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.lookers--; s.lookers == 0 {
			for s.first < s.next {
				s.drop() // what is not to be kept is not kept in memory either
			}
		}
	})
}

// Changed gives a channel that is closed when an event is added after the call.
func (s *Shown) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wake == nil {
		s.wake = make(chan struct{})
	}
	return s.wake
}

// Since gives the events from number next on, oldest first, and how many more there were that are not held any more. The
// records have no number in the trail.
func (s *Shown) Since(next uint64) (events []counterfoil.Record, after, missed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if next < s.first {
		missed = s.first - next
		next = s.first
	}
	for ; next < s.next; next++ {
		events = append(events, s.ring[next%shownRoom])
	}
	return events, s.next, missed
}

func (s *Shown) add(via string, received counterfoil.Time, events []counterfoil.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(events) == 0 || s.lookers == 0 {
		return
	}
	for i := range events {
		if s.next-s.first == shownRoom {
			s.drop()
		}
		r := counterfoil.Record{Event: copyOf(&events[i]), Received: received, Via: strings.Clone(via)}
		s.ring[s.next%shownRoom] = r
		s.next++
		for s.bytes += sizeOf(&r); s.bytes > shownBytes && s.first < s.next-1; {
			s.drop()
		}
	}
	if s.wake != nil {
		close(s.wake)
		s.wake = nil
	}
}

// drop forgets the oldest.
func (s *Shown) drop() {
	r := &s.ring[s.first%shownRoom]
	s.bytes -= sizeOf(r)
	*r = counterfoil.Record{}
	s.first++
}

func sizeOf(r *counterfoil.Record) int { return 512 + len(r.Raw) + len(r.EventData) + len(r.SvcData) }

// copyOf gives an event that does not share memory with e: a sender's buffer is used again.
func copyOf(e *counterfoil.Event) counterfoil.Event {
	c, err := counterfoil.ParseEvent(string(counterfoil.AppendEvent(nil, e)))
	if err != nil {
		panic("intake: an event that was checked is not canonical: " + err.Error())
	}
	return c
}
