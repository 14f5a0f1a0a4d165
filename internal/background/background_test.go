package background

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestDo(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	b := Start()
	if got := Processors(); got != before {
		t.Errorf("%d processors beside the thread, want %d", got, before)
	}
	if got := runtime.GOMAXPROCS(0); got != before+1 {
		t.Errorf("GOMAXPROCS %d with a thread, want %d", got, before+1)
	}
	n := 0
	for range 3 {
		b.Do(func() { n++ })
	}
	if n != 3 {
		t.Errorf("ran %d times, want 3", n)
	}
	b.Close()
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("GOMAXPROCS %d afterwards, want %d", got, before)
	}
}

// Whoever works on all other processors of the runtime does not keep the thread from working, nor the other way round.
func TestBusy(t *testing.T) {
	b := Start()
	defer b.Close()
	var stop atomic.Bool
	var ended atomic.Int32
	for range Processors() {
		go func() {
			for !stop.Load() {
			}
			ended.Add(1)
		}()
	}
	begun := make(chan struct{})
	go func() {
		<-begun
		time.Sleep(10 * time.Millisecond)
		stop.Store(true)
	}()
	b.Do(func() {
		close(begun)
		for !stop.Load() {
		}
	})
	for ended.Load() < int32(Processors()) {
		runtime.Gosched()
	}
}
