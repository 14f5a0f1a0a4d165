package intake

import (
	"sync/atomic"
	"time"
)

// Counters say what an input has done since it started.
type Counters struct {
	Frames   uint64        // messages read
	Bytes    uint64        // of them
	Events   uint64        // kept by the trail, the input's own notes not counted
	Unparsed uint64        // of them, kept as they came because nobody understood them
	Retried  uint64        // known to the trail already by their aid
	Refused  uint64        // messages refused with an answer to their sender
	LeftOut  uint64        // events that the policy did not let into the trail
	Gaps     uint64        // gap events written
	Waits    uint64        // times the trail was suspended and the source had to wait
	Lag      time.Duration // from the newest event of the last batch to its commit, by the two clocks
}

// Counter is a set of counters in use. The zero value is ready; safe for concurrent use.
type Counter struct {
	Frames, Bytes, Events, Unparsed, Retried, Refused, LeftOut, Gaps, Waits atomic.Uint64
	Lag                                                                     atomic.Int64 // nanoseconds
}

// Counters gives the figures of this moment.
func (c *Counter) Counters() Counters {
	return Counters{Frames: c.Frames.Load(), Bytes: c.Bytes.Load(), Events: c.Events.Load(), Unparsed: c.Unparsed.Load(),
		Retried: c.Retried.Load(), Refused: c.Refused.Load(), LeftOut: c.LeftOut.Load(), Gaps: c.Gaps.Load(), Waits: c.Waits.Load(),
		Lag: time.Duration(c.Lag.Load())}
}
