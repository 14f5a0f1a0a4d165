//go:build !linux

package cli

import (
	"context"
	"syscall"
	"time"
)

// inBackground lets this process have what others leave of the processors. It is no error where the system does not allow it.
func inBackground() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19) }

// rests is for Linux.
type rests struct{}

func (*rests) rest(context.Context, time.Duration) {}
