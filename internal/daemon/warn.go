package daemon

import (
	"context"
	"errors"
	"os/exec"
	"time"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// warner calls the configured program as auditd calls audit_warn(5): PROGRAM EVENT [ARGUMENT]. One at a time, so that a slow
// one is not started again and again; what comes meanwhile waits, up to a number.
type warner struct {
	d       *daemon
	program string
	queue   chan []string
}

const (
	warningsWaiting = 64
	programTime     = time.Minute // that a program may take
)

func newWarner(d *daemon, program string) *warner {
	return &warner{d: d, program: program, queue: make(chan []string, warningsWaiting)}
}

// warn does not wait.
func (w *warner) warn(event, arg string) {
	if w.program == "" {
		return
	}
	args := []string{event}
	if arg != "" {
		args = append(args, arg)
	}
	select {
	case w.queue <- args:
	default:
		w.d.log.Error("a warning is lost: the program for warnings is too slow", "event", event, "arg", arg)
	}
}

// Run calls the program until ctx is done, and then for what waits.
func (w *warner) Run(ctx context.Context) error {
	for {
		select {
		case args := <-w.queue:
			w.call(args)
		case <-ctx.Done():
			w.drain()
			return nil
		}
	}
}

func (w *warner) drain() {
	for {
		select {
		case args := <-w.queue:
			w.call(args)
		default:
			return
		}
	}
}

func (w *warner) call(args []string) { w.d.call(append([]string{w.program}, args...)) }

// call runs a program of the configuration.
func (d *daemon) call(command []string) {
	ctx, cancel := context.WithTimeout(context.Background(), programTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput()
	if err != nil {
		d.log.Error("a program of the configuration failed", "command", command, "err", err, "output", string(out[:min(len(out), 1000)]))
	}
}

// warnOfStart tells why there will be no daemon.
func (d *daemon) warnOfStart(err error) {
	if d.config.Load() == nil || d.warner == nil {
		return
	}
	event := "nostart"
	switch {
	case errors.Is(err, disk.ErrLocked):
		event = "ebusy"
	case errors.Is(err, trail.ErrLockFile):
		event = "tmpfile"
	}
	d.warner.warn(event, "")
	d.warner.drain()
}

// warnOfEnd tells that the daemon ended otherwise than as asked.
func (d *daemon) warnOfEnd(asked bool) {
	event := "auditoff"
	if asked {
		event = "postsigterm"
	}
	d.warner.warn(event, "")
	d.warner.drain()
}

// halt runs the command for a full disk, if that is why the daemon ended.
func (d *daemon) halt(err error) {
	if command := d.config.Load().Trail.Full.Command; errors.Is(err, trail.ErrHalted) && len(command) > 0 {
		d.call(command)
	}
}
