package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/config"
)

// TestWarnOfPort: a start that fails because somebody else has the port is told to the program for warnings, too.
func TestWarnOfPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/warn", []byte("#!/bin/sh\necho \"$@\" >>"+dir+"/told\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("data-dir: %s/trail\nlisten: %s\ntrail: {warn: %s/warn}\n", dir, l.Addr(), dir)
	err = Run(t.Context(), Options{Out: io.Discard, Log: io.Discard, Getenv: func(string) string { return "" },
		Load: func() (*config.Config, []byte, error) {
			c, err := config.Parse("c.yaml", []byte(text))
			return c, []byte(text), err
		}})
	if err == nil || !strings.Contains(err.Error(), "listen on") {
		t.Errorf("%v", err)
	}
	if told, err := os.ReadFile(dir + "/told"); string(told) != "nostart\n" {
		t.Errorf("told %q, %v", told, err)
	}
}

// program is an executable shell script.
func program(t *testing.T, text string) (name string) {
	t.Helper()
	name = t.TempDir() + "/program"
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return name
}

// lasting is what a program does that ends only when somebody opens the pipe that it gives, or kills it.
func lasting(t *testing.T) (pipe string) {
	t.Helper()
	pipe = t.TempDir() + "/pipe"
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	return pipe
}

// TestProgramLeavesSomething: a program that has ended is not waited for because something that it started has its output still.
func TestProgramLeavesSomething(t *testing.T) {
	var log strings.Builder
	d := &daemon{log: slog.New(slog.NewTextHandler(&log, nil))}
	pipe := lasting(t)
	d.call(t.Context(), []string{program(t, "cat <"+pipe+" &\n")})
	f, err := os.OpenFile(pipe, os.O_WRONLY, 0) // it is there still, or this waits for ever
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil || log.Len() > 0 {
		t.Errorf("%v; the log has %s", err, &log)
	}
}

// TestProgramHangs: at the end programs have a time together, whatever they are waiting for; what was not called is in the log.
func TestProgramHangs(t *testing.T) {
	var log strings.Builder
	d := &daemon{log: slog.New(slog.NewTextHandler(&log, nil))}
	pipe := lasting(t)
	w := newWarner(d, program(t, "echo hanging on; cat <"+pipe+"\n"))
	w.last = time.Millisecond
	w.warn("soft", "/a")
	w.warn("hard", "/b")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Run(ctx); err != nil {
		t.Error(err)
	}
	if n := strings.Count(log.String(), "no time left"); n != 2 || !strings.Contains(log.String(), "soft /a") || !strings.Contains(log.String(), "hard /b") {
		t.Errorf("%d are told of: %s", n, &log)
	}
	for { // what the program started is killed, too
		f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if errors.Is(err, syscall.ENXIO) {
			break
		} else if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		runtime.Gosched()
	}
}

// TestProgramWritesMuch: the log gets the beginning.
func TestProgramWritesMuch(t *testing.T) {
	var log strings.Builder
	d := &daemon{log: slog.New(slog.NewTextHandler(&log, nil))}
	d.call(t.Context(), []string{program(t, "echo begin; head -c 1000000 /dev/zero | tr '\\0' x; exit 3\n")})
	if s := log.String(); !strings.Contains(s, "begin") || !strings.Contains(s, "exit status 3") || len(s) > 2000 {
		t.Errorf("%.3000s", s)
	}
}
