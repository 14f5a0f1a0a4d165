package cli

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// inBackground lets this process have what others leave of the processors and the disk: what takes long must not hold up the daemon
// that takes events in beside it. It is no error where the system does not allow it.
func inBackground() {
	const (
		leastOften = 19 // nice(2)
		process    = 1  // IOPRIO_WHO_PROCESS
		idle       = 3 << 13
	)
	// Both belong to a thread on Linux, and a new one has those of the thread that makes it: once all have them, all to come do.
	for range 4 {
		for _, id := range threads() {
			if id, err := strconv.Atoi(id); err == nil {
				_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, leastOften)
				_, _, _ = syscall.Syscall(syscall.SYS_IOPRIO_SET, process, uintptr(id), idle)
			}
		}
	}
}

// threads gives those of this process; none where the system does not tell.
func threads() (ids []string) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil
	}
	for _, t := range tasks {
		ids = append(ids, t.Name())
	}
	return ids
}

// rests lets who works in the background rest where others want the processors. A low priority alone does not do that: it counts
// among processes of one session or one service only, which share out between them what the scheduler gives to all sessions alike.
type rests struct {
	mu        sync.Mutex
	before    schedStat
	contended bool
}

// schedStat is how long threads ran, and how long they could have run but for want of a processor.
type schedStat struct{ ran, waited time.Duration }

// rest waits for four times as long as was worked, if the threads of this process had to wait for processors meanwhile.
func (r *rests) rest(ctx context.Context, worked time.Duration) {
	if !r.isContended(statOf(threads())) {
		return
	}
	t := time.NewTimer(4 * worked)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// isContended reports whether threads waited for a third of the time in which they had something to do.
func (r *rests) isContended(now schedStat) bool {
	const enough = 100 * time.Millisecond // to tell something
	r.mu.Lock()
	defer r.mu.Unlock()
	ran, waited := now.ran-r.before.ran, now.waited-r.before.waited
	if ran+waited >= enough {
		r.before, r.contended = now, waited > (ran+waited)/3
	}
	return r.contended
}

// statOf adds up what the kernel says of threads.
func statOf(threads []string) (sum schedStat) {
	for _, id := range threads {
		b, err := os.ReadFile("/proc/self/task/" + id + "/schedstat")
		if err != nil {
			continue // it has ended, or the kernel does not count
		}
		var n [2]int64 // nanoseconds
		for i, field := range strings.Fields(string(b)) {
			if i < len(n) {
				n[i], _ = strconv.ParseInt(field, 10, 64)
			}
		}
		sum.ran, sum.waited = sum.ran+time.Duration(n[0]), sum.waited+time.Duration(n[1])
	}
	return sum
}
