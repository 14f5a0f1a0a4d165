package daemon

import (
	"context"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// What the program takes while it takes in as much as it can is two parts of the trail, of some 70 MB each, what sealing one
// needs, and garbage. The collector would let the garbage grow until it is as much as all the rest; it is to stay within
// memoryGoal with it, unless what is alive needs more: what searches keep, or decoders of many senders.
const (
	memoryGoal = 340 << 20 // bytes of everything that the runtime has
	memoryRoom = 64 << 20  // bytes that there are for garbage at least
)

// boundMemory sets the limit that the collector works towards, until ctx is done; none where $GOMEMLIMIT has set one.
func boundMemory(ctx context.Context) error {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return nil
	}
	defer debug.SetMemoryLimit(math.MaxInt64)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		debug.SetMemoryLimit(memoryLimit(alive()))
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// memoryLimit gives the limit where so many bytes were alive at the last collection. A limit below what is alive would keep
// the collector running without end.
func memoryLimit(alive int64) int64 { return max(memoryGoal, alive+max(memoryRoom, alive/4)) }

func alive() int64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64())
}
