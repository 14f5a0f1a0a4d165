package background

import (
	"runtime"
	"syscall"
	"testing"
)

func TestWeight(t *testing.T) {
	b := Start()
	defer b.Close()
	weight := func() int { // the system call gives 20 - nice
		n, err := syscall.Getpriority(syscall.PRIO_PROCESS, syscall.Gettid())
		if err != nil {
			t.Error(err)
		}
		return n
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	mine, its := weight(), 0
	b.Do(func() { its = weight() })
	if want := max(mine-5, 1); its != want {
		t.Errorf("the thread's priority is %d where this one's is %d, want %d", its, mine, want)
	}
	done := make(chan int)
	b.Do(func() {
		go func() { // what is begun there does not work there
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			done <- weight()
		}()
	})
	if got := <-done; got != mine {
		t.Errorf("a goroutine that the thread begins has priority %d, want %d", got, mine)
	}
}
