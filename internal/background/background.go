// Package background runs what can wait behind what somebody waits for.
package background

import (
	"runtime"
	"sync"
)

// Thread is a thread of the operating system that gets a processor after the others of this process. (On Linux; elsewhere it is a
// thread like any other.) It runs one function at a time.
//
// Go schedules goroutines for some milliseconds each, all alike, and those that come back from the disk queue up behind them: who
// works for a second in one piece holds them up again and again. The kernel's scheduler takes a processor from a thread of less
// weight at once, but knows threads only. So the thread has one of the runtime's processors (GOMAXPROCS) of its own, one more than
// there are: with no more than there are, one would stand still whenever the kernel lets this thread wait.
type Thread struct {
	work chan func()
	done chan struct{}
}

// extra is how many of GOMAXPROCS belong to threads.
var (
	mu    sync.Mutex
	extra int
)

// Start begins a thread. Close ends it.
func Start() *Thread {
	addProcessors(1)
	t := &Thread{make(chan func()), make(chan struct{})}
	go t.run()
	return t
}

func addProcessors(n int) {
	mu.Lock()
	defer mu.Unlock()
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + n)
	extra += n
}

// Processors is how many goroutines can work at a time beside threads in the background: GOMAXPROCS as it was set.
func Processors() int {
	mu.Lock()
	defer mu.Unlock()
	return runtime.GOMAXPROCS(0) - extra
}

func (t *Thread) run() {
	runtime.LockOSThread() // and never unlocked: the thread ends with its goroutine, for it could not be given its weight back
	yield()
	for f := range t.work {
		f()
		t.done <- struct{}{}
	}
	close(t.done)
}

// Do runs f on the thread and returns when it has returned. It is for one goroutine at a time.
func (t *Thread) Do(f func()) {
	t.work <- f
	<-t.done
}

// Close ends the thread. Nothing is under way then, and Do must not be called again.
func (t *Thread) Close() {
	close(t.work)
	<-t.done
	addProcessors(-1)
}
