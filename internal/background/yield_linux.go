package background

import "syscall"

// yield makes the calling thread, which must be locked, yield to the others. It is no error where the system does not allow it.
func yield() {
	const behind = 5 // nice(2): a third of the weight of the others, so that it gets a quarter of a processor beside one of them
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), behind)
}
