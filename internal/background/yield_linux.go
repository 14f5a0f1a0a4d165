package background

import "syscall"

// yield makes the calling thread, which must be locked, yield to the others. It is no error where the system does not allow it.
func yield() {
	const behind = 10 // nice(2): a tenth of the weight of the others, which is what it gets at least beside one of them
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), behind)
}
