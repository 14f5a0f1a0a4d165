package daemon

import (
	"context"
	"math"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// bounds say how much memory the runtime is to have. The collector would let garbage grow until it is as much as all the rest.
type bounds struct {
	goal int64 // bytes of everything
	part int64 // but there is room for garbage of one in so many bytes that are alive: without, the collector runs without end
}

// A load of as much as the program can take in has two parts of the trail alive, of some 70 MB each, and what sealing one needs.
// Its garbage comes fast, and less room costs a tenth of the processor's time. What is alive else is above all pages that
// questions left in memory.
var (
	loaded = bounds{340 << 20, 4}
	atRest = bounds{256 << 20, 5}
)

// loadRate is how many records a second are a load.
const loadRate = 10_000

// limit gives the bound where so many bytes were alive at the last collection.
func (b bounds) limit(alive int64) int64 { return max(b.goal, alive+alive/b.part) }

// boundMemory sets the limit that the collector works towards, until ctx is done; none where $GOMEMLIMIT has set one. size
// gives the number of records taken in.
func boundMemory(ctx context.Context, size func() uint64) error {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return nil
	}
	defer debug.SetMemoryLimit(math.MaxInt64)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for before := size(); ; {
		now := size()
		b := atRest
		if now-before >= loadRate {
			b = loaded
		}
		before = now
		debug.SetMemoryLimit(b.limit(alive()))
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func alive() int64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64())
}
