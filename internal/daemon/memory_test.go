package daemon

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// TestMemoryLimit: garbage has room whatever is alive, and the limit of somebody else stays.
func TestMemoryLimit(t *testing.T) {
	for _, c := range []struct{ alive, want int64 }{{0, memoryGoal}, {memoryGoal / 2, memoryGoal}, {memoryGoal, memoryGoal * 5 / 4}, {1 << 30, 5 << 28}} {
		if got := memoryLimit(c.alive); got != c.want {
			t.Errorf("%d alive: %d, want %d", c.alive, got, c.want)
		}
	}
	limit := func() int64 { return debug.SetMemoryLimit(-1) }
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
	run := func(during func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- boundMemory(ctx) }()
		during()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	kept := make([]byte, memoryGoal)
	run(func() {
		runtime.GC()
		for begin := time.Now(); limit() == math.MaxInt64 || limit() < 5*int64(len(kept))/4; time.Sleep(10 * time.Millisecond) {
			if time.Since(begin) > 20*time.Second {
				t.Fatalf("the limit is %d with %d alive", limit(), len(kept))
			}
		}
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
