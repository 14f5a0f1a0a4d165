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
	Lag     time.Duration // since when there is something to deliver; 0: there is nothing
	Problem string        // why it does not deliver; "": it does
}

// counter is a set of counters in use.
type counter struct {
	sent, errors, refused, missed, passed, dropped, next atomic.Uint64
	caughtUp                                             atomic.Int64 // nanoseconds of the epoch when all had been delivered
	problem                                              atomic.Pointer[string]
}

// Counters gives the figures of this moment. Safe for concurrent use, also while Run is under way.
func (r *Runner) Counters() Counters {
	c := &r.counter
	n := Counters{Sent: c.sent.Load(), Errors: c.errors.Load(), Refused: c.refused.Load(), Missed: c.missed.Load(),
		Passed: c.passed.Load(), Dropped: c.dropped.Load(), Next: c.next.Load()}
	v := r.Source.View()
	defer v.Close()
	size := v.Size()
	if at := c.caughtUp.Load(); at != 0 && size > n.Next {
		n.Lag = max(0, r.Now().Sub(time.Unix(0, at)))
	}
	if p := c.problem.Load(); p != nil {
		n.Problem = *p
	}
	return n
}
