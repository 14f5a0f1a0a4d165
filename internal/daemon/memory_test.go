package daemon

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"
)

// TestMemoryLimit: garbage has room whatever is alive, and the limit of somebody else stays.
func TestMemoryLimit(t *testing.T) {
	for _, b := range []bounds{loaded, atRest} {
		for _, c := range []struct{ alive, want int64 }{{0, b.goal}, {b.goal / 2, b.goal}, {b.goal, b.goal + b.goal/b.part}, {1 << 30, 1<<30 + 1<<30/b.part}} {
			if got := b.limit(c.alive); got != c.want {
				t.Errorf("%d alive of %+v: %d, want %d", c.alive, b, got, c.want)
			}
		}
	}
	limit := func() int64 { return debug.SetMemoryLimit(-1) }
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
	var records atomic.Uint64
	run := func(during func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- boundMemory(ctx, records.Load) }()
		during()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	wait := func(what string, until func() bool) {
		t.Helper()
		for begin := time.Now(); !until(); time.Sleep(10 * time.Millisecond) {
			if time.Since(begin) > 20*time.Second {
				t.Fatalf("%s: the limit is %d with %d alive", what, limit(), alive())
			}
		}
	}
	runtime.GC()
	run(func() {
		wait("at rest", func() bool { return limit() == atRest.goal })
		wait("loaded", func() bool { records.Add(loadRate / 10); return limit() == loaded.goal })
		wait("at rest again", func() bool { return limit() == atRest.goal })
	})
	kept := make([]byte, loaded.goal)
	run(func() {
		runtime.GC()
		wait("much is alive", func() bool {
			return limit() != math.MaxInt64 && limit() >= int64(len(kept))+int64(len(kept))/atRest.part
		})
	})
	runtime.KeepAlive(kept)
	if limit() != math.MaxInt64 {
		t.Errorf("the limit stays: %d", limit())
	}
	debug.SetMemoryLimit(1 << 32)
	run(func() { time.Sleep(10 * time.Millisecond) })
	if limit() != 1<<32 {
		t.Errorf("what was set has become %d", limit())
	}
}
