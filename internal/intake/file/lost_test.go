package file_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake/file"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Files that were compressed before they were read are told, whatever became of the one that was read last.
func TestCompressed(t *testing.T) {
	pack := func(l *log, n int) {
		l.t.Helper()
		l.check(os.Rename(l.name(n), l.name(n)+".gz")) // keeps the time, as gzip does
	}
	for _, gone := range []bool{false, true} {
		bubble(t, func(t *testing.T, l *log, r *reader) {
			l.write("one\n")
			r.start(file.Options{Path: l.path})
			r.expect("INPUT.START|one")
			r.tr.FailNow(func(int) (bool, error) { return false, trail.ErrSuspended }) // nothing is read meanwhile
			l.write("two\n")
			time.Sleep(time.Second)
			old := time.Now().Add(-365 * 24 * time.Hour)
			for i := range 4 {
				l.write(fmt.Sprintf("more %d\n", i))
				l.check(os.Chtimes(l.path, old, old.Add(time.Duration(i)*time.Minute)))
				l.rotate()
			}
			l.write("last\n")
			pack(l, 2)
			pack(l, 3)
			if gone {
				pack(l, 4)
			}
			r.tr.FailNow(nil)
			r.expect("two|more 0|GAP files that were rotated away before they were read are compressed|more 3|last")
			if g := r.tr.Named("GAP"); len(g) != 1 || g[0].EventData.Member("count") != "2" || g[0].EventData.Member("files") != counterfoil.JSON(fmt.Sprintf("[%q,%q]", l.name(3)+".gz", l.name(2)+".gz")) {
				t.Errorf("%+v", g)
			}
			r.stop()
		})
	}
}

// What is truncated and grows beyond the place of reading while the trail makes us wait is not read from its middle.
func TestTruncateBehind(t *testing.T) {
	for _, first := range []string{"one\n", filler + "\n"} {
		l := newLog(t)
		l.write(first)
		s := file.New(file.Options{Path: l.path, Poll: time.Millisecond})
		if err := s.Resume(nil); err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		read := func() (text string) {
			b, err := s.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			all := intaketest.Said(b.Notes)
			for _, f := range b.Frames {
				all = append(all, string(f.Data))
			}
			return strings.Join(all, "|")
		}
		if got := read(); got+"\n" != first {
			t.Fatal(got)
		}
		l.check(os.Truncate(l.path, 0))
		l.write("another\n" + filler + filler + "\nlast\n")
		s.Position(dialect.Held{}) // the fingerprint is not that of the new content
		if got := read(); !strings.HasPrefix(got, "GAP -1 the file was truncated") {
			t.Errorf("got %.80s", got)
			continue
		}
		if got, want := read(), "another|"+filler+filler+"|last"; got != want {
			t.Errorf("got %.80s", got)
		}
	}
}

// A pipe that takes the name of the file when it is about to be opened does not hold up the input.
func TestPipeInPlace(t *testing.T) {
	l := newLog(t)
	pipe, regular := l.path+".p", l.path+".r"
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var swaps sync.WaitGroup
	swaps.Go(func() {
		for ctx.Err() == nil {
			l.check(os.WriteFile(regular, nil, 0o600))
			l.check(os.Rename(regular, l.path))
			l.check(syscall.Mkfifo(pipe, 0o600))
			l.check(os.Rename(pipe, l.path))
		}
	})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				s := file.New(file.Options{Path: l.path, Poll: time.Microsecond})
				l.check(s.Resume(nil))
				s.Close()
			}
		})
	}
	done := make(chan struct{})
	go func() { readers.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		w, err := os.OpenFile(l.path, os.O_RDWR, 0) // lets them go
		t.Errorf("a reader waits for the writer of a pipe (%v)", err)
		defer w.Close()
	}
	swaps.Wait()
}

// Trouble that comes again after it was over is told again.
func TestTroubleAgain(t *testing.T) {
	bubble(t, func(t *testing.T, l *log, r *reader) {
		r.start(file.Options{Path: l.path})
		l.write("zero\n")
		r.expect("INPUT.START|zero")
		for i := range 2 {
			l.shift()
			l.check(os.Rename(l.path, l.name(1)))
			l.check(syscall.Mkfifo(l.path, 0o600)) // stands for a file that may not be opened
			r.expect("INPUT.ERROR open " + l.path + ": not a regular file")
			l.check(os.Remove(l.path))
			l.open()
			l.write(fmt.Sprintf("%d\n", i))
			r.expect(fmt.Sprintf("INPUT.START the file can be read now|%d", i))
		}
		r.stop()
	})
}
