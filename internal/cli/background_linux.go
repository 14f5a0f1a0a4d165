package cli

import (
	"os"
	"strconv"
	"syscall"
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
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			break
		}
		for _, t := range tasks {
			if id, err := strconv.Atoi(t.Name()); err == nil {
				_ = syscall.Setpriority(syscall.PRIO_PROCESS, id, leastOften)
				_, _, _ = syscall.Syscall(syscall.SYS_IOPRIO_SET, process, uintptr(id), idle)
			}
		}
	}
}
