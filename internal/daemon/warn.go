package daemon

import (
	"context"
	"errors"
	"os/exec"
	"syscall"
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
	last    time.Duration // that the calls at the end of Run may take together
}

const (
	warningsWaiting = 64
	programTime     = time.Minute // that a program may take
	programsEnd     = time.Second // for what a program leaves behind to close its output
	programOutput   = 1000        // bytes of it that the log gets
)

func newWarner(d *daemon, program string) *warner {
	return &warner{d: d, program: program, queue: make(chan []string, warningsWaiting), last: drain}
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

// Run calls the program until ctx is done, and then for what waits. The trail is closed behind it, so that all this takes no longer
// than requests under way.
func (w *warner) Run(ctx context.Context) error {
	ending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(w.last, cancel) })()
	for {
		select {
		case args := <-w.queue:
			w.call(ending, args)
		case <-ctx.Done():
			w.drain(ending)
			return nil
		}
	}
}

// drain calls the program for what waits; what ctx leaves no time for is lost, and the log says so.
func (w *warner) drain(ctx context.Context) {
	for {
		select {
		case args := <-w.queue:
			w.call(ctx, args)
		default:
			return
		}
	}
}

func (w *warner) call(ctx context.Context, args []string) {
	w.d.call(ctx, append([]string{w.program}, args...))
}

// call runs a program of the configuration, for a minute or until ctx is done. It does not outlive that, and neither does what it
// started, unless that is in a group of its own. What goes on behind a program that has ended is not waited for.
func (d *daemon) call(ctx context.Context, command []string) {
	ctx, cancel := context.WithTimeout(ctx, programTime)
	defer cancel()
	var out begun
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdout, c.Stderr = &out, &out
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = programsEnd
	err := c.Run()
	if errors.Is(err, exec.ErrWaitDelay) && ctx.Err() == nil {
		return // it ended well
	}
	if err != nil {
		if ctx.Err() != nil {
			err = errors.Join(err, errors.New("there was no time left for it"))
		}
		d.log.Error("a program of the configuration failed", "command", command, "err", err, "output", string(out))
	}
}

// begun keeps the beginning of what is written to it.
type begun []byte

func (b *begun) Write(p []byte) (int, error) {
	*b = append(*b, p[:min(len(p), programOutput-len(*b))]...)
	return len(p), nil
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
	d.warner.drain(context.Background())
}

// warnOfEnd tells that the daemon ended otherwise than as asked.
func (d *daemon) warnOfEnd(asked bool) {
	event := "auditoff"
	if asked {
		event = "postsigterm"
	}
	d.warner.warn(event, "")
	d.warner.drain(context.Background())
}

// halt runs the command for a full disk, if that is why the daemon ended.
func (d *daemon) halt(err error) {
	if command := d.config.Load().Trail.Full.Command; errors.Is(err, trail.ErrHalted) && len(command) > 0 {
		d.call(context.Background(), command)
	}
}
