package cli

import (
	"context"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/peertest"
)

// Who has to wait for processors rests; who has them does not.
func TestRests(t *testing.T) {
	const s = time.Second
	r := rests{}
	for _, x := range []struct {
		now  schedStat
		want bool
	}{{schedStat{s, 0}, false}, {schedStat{2 * s, 2 * s}, true}, {schedStat{2*s + 1, 2 * s}, true}, {schedStat{4 * s, 2 * s}, false}, {schedStat{5 * s, 3 * s}, true}, {schedStat{9 * s, 3 * s}, false}} {
		if got := r.isContended(x.now); got != x.want {
			t.Errorf("after %v: %v", x.now, got)
		}
	}
	r.contended = true
	r.before = statOf(threads())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.rest(ctx, time.Hour) // ends with what it is for
	began := time.Now()
	r.rest(t.Context(), 10*time.Millisecond)
	if d := time.Since(began); d < 40*time.Millisecond {
		t.Errorf("it rested for %v", d)
	}
}

// TestStat sees that the kernel counts what threads do, and that more threads than processors wait.
func TestStat(t *testing.T) {
	if _, err := os.Stat("/proc/self/schedstat"); err != nil {
		peertest.Need(t, "schedstat", err)
	}
	before := statOf(threads())
	old := runtime.GOMAXPROCS(3 * runtime.NumCPU())
	defer runtime.GOMAXPROCS(old)
	var wg sync.WaitGroup
	end := time.Now().Add(300 * time.Millisecond)
	for range 3 * runtime.NumCPU() {
		wg.Go(func() {
			for time.Now().Before(end) {
			}
		})
	}
	wg.Wait()
	after := statOf(threads())
	if ran, waited := after.ran-before.ran, after.waited-before.waited; ran < 50*time.Millisecond || waited < 50*time.Millisecond {
		t.Errorf("three threads for each processor ran for %v and waited for %v", ran, waited)
	}
}
