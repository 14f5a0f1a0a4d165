package output

import (
	"sync/atomic"
	"time"
)

// Counters say how an output does since it started.
type Counters struct {
	Sent    uint64        // records and passed events delivered
	Errors  uint64        // times that the destination, or the way to it, failed
	Refused uint64        // records that the destination will never take; each is said in the trail
	Missed  uint64        // records that were gone from the trail before they were delivered; said there too
	Passed  uint64        // of those sent, events that the trail does not keep
	Dropped uint64        // events that the trail does not keep and that were lost; each is said there
	Next    uint64        // number of the first record that was not looked at
	Lag     time.Duration // for how long something has waited, as far as this run noticed; 0: nothing does
	Problem string        // why it does not deliver; "": it does
}

// counter is a set of counters in use.
type counter struct {
	sent, errors, refused, missed, passed, dropped, next atomic.Uint64
	behind                                               atomic.Int64 // nanoseconds of the epoch when something was first seen to wait; 0: nothing was
	problem                                              atomic.Pointer[string]
}

// Counters gives the figures of this moment. Safe for concurrent use, also while Run is under way.
func (r *Runner) Counters() Counters {
	c := &r.counter
	n := Counters{Sent: c.sent.Load(), Errors: c.errors.Load(), Refused: c.refused.Load(), Missed: c.missed.Load(),
		Passed: c.passed.Load(), Dropped: c.dropped.Load(), Next: c.next.Load()}
	v := r.Source.View()
	defer v.Close()
	n.Lag = r.waits(n.Next, v.Size())
	if p := c.problem.Load(); p != nil {
		n.Problem = *p
	}
	return n
}

// waits gives for how long something has waited behind number next of a trail of a size, and notes when that is new.
func (r *Runner) waits(next, size uint64) time.Duration {
	if size <= next {
		return 0
	}
	now := r.Now()
	r.counter.behind.CompareAndSwap(0, now.UnixNano())
	since := r.counter.behind.Load()
	if since == 0 { // all was delivered in between
		return 0
	}
	return max(0, now.Sub(time.Unix(0, since)))
}
