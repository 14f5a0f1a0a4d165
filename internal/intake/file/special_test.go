package file_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/file"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
)

// reader runs a pump over a stream, in a bubble.
type reader struct {
	t    *testing.T
	tr   intaketest.Trail
	seen int
	stop func()
}

func (r *reader) start(o file.Options) {
	dec, err := intaketest.Plain.Decode(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	p := intake.Pump{Name: "in", Host: "h", Stream: file.New(o), Decoder: dec, Dialect: intaketest.Plain, Trail: &r.tr, Now: time.Now}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	}
	synctest.Wait()
}

// news gives what came since the last call: lines as they are, the input's own events in capitals with their reason.
func (r *reader) news() string {
	time.Sleep(5 * time.Second)
	synctest.Wait()
	var all []string
	for _, x := range r.tr.Records()[r.seen:] {
		text := x.Raw
		if x.Service == "COUNTERFOIL" {
			text, _, _ = strings.Cut(strings.TrimSpace(x.Name+" "+x.EventData.Member("reason").Text()), ";")
		}
		all = append(all, text)
	}
	r.seen = len(r.tr.Records())
	return strings.Join(all, "|")
}

func (r *reader) expect(want string) {
	r.t.Helper()
	if got := r.news(); got != want {
		r.t.Errorf("got  %s\nwant %s", got, want)
	}
}

func bubble(t *testing.T, f func(t *testing.T, l *log, r *reader)) {
	synctest.Test(t, func(t *testing.T) { f(t, newLog(t), &reader{t: t}) })
}

var filler = strings.Repeat("x", 1100)

func TestFromEnd(t *testing.T) {
	bubble(t, func(t *testing.T, l *log, r *reader) {
		l.write("old\nbegun ")
		r.start(file.Options{Path: l.path, FromEnd: true})
		l.write("before\nnew\n")
		r.expect("INPUT.START|begun before|new")
		r.stop()
		l.write("meanwhile\n")
		r.start(file.Options{Path: l.path, FromEnd: true})
		r.expect("INPUT.STOP|INPUT.START|meanwhile")
		r.stop()
	})
}

func TestTruncate(t *testing.T) {
	bubble(t, func(t *testing.T, l *log, r *reader) {
		r.start(file.Options{Path: l.path})
		l.write("one\npart")
		r.expect("INPUT.START|one")
		l.check(os.Truncate(l.path, 0))
		l.write("two\n")
		r.expect("GAP the file was truncated|part|two")
		// Longer than before at once: only the first bytes give it away.
		l.check(os.Truncate(l.path, 0))
		l.write("three\nfour\n")
		r.expect("GAP the file was truncated|three|four")
		r.stop()
		l.check(os.Truncate(l.path, 0))
		l.write("five\n")
		r.start(file.Options{Path: l.path})
		r.expect("INPUT.STOP|INPUT.START|GAP the file in which reading stopped is gone, or holds something else now|five")
		r.stop()
	})
}

// What is written after a truncation may be as long as what was read before.
func TestTruncateSameSize(t *testing.T) {
	bubble(t, func(t *testing.T, l *log, r *reader) {
		r.start(file.Options{Path: l.path})
		l.write("one\n")
		r.expect("INPUT.START|one")
		l.check(os.Truncate(l.path, 0))
		l.write("two\n")
		r.expect("GAP the file was truncated|two")
		l.check(os.Truncate(l.path, 0))
		l.write("six\n")
		l.rotate()
		l.write("ten\n")
		r.expect("GAP the file was truncated|six|ten")
		r.stop()
	})
}

// Files of one program may begin alike: with a long row of column names, with a banner. Another one is not read on in the middle.
func TestBeginsAlike(t *testing.T) {
	for _, gone := range []bool{false, true} {
		bubble(t, func(t *testing.T, l *log, r *reader) {
			l.write(filler + "\none\n")
			r.start(file.Options{Path: l.path})
			r.expect("INPUT.START|" + filler + "|one")
			r.stop()
			if gone {
				l.check(os.Remove(l.path))
				l.open()
			} else {
				l.check(os.Truncate(l.path, 0))
			}
			l.write(filler + "\ntwo\nthree\n")
			r.start(file.Options{Path: l.path})
			r.expect("INPUT.STOP|INPUT.START|GAP the file in which reading stopped is gone, or holds something else now|" + filler + "|two|three")
			r.stop()
			l.write("four\n")
			r.start(file.Options{Path: l.path})
			r.expect("INPUT.STOP|INPUT.START|four")
			r.stop()
		})
	}
}

// Who copies before truncating loses nothing, while we run and while we do not.
func TestCopyTruncate(t *testing.T) {
	bubble(t, func(t *testing.T, l *log, r *reader) {
		r.start(file.Options{Path: l.path})
		l.write(filler + "\n")
		r.expect("INPUT.START|" + filler)
		l.write("last\n")
		l.copyTruncate()
		l.write("two\n")
		r.expect("INPUT.START the file was truncated|last|two")
		l.write("2" + filler + "\n")
		r.expect("2" + filler)
		r.stop()
		l.write("last\n")
		l.copyTruncate()
		l.write("three\n")
		r.start(file.Options{Path: l.path})
		r.expect("INPUT.STOP|INPUT.START|last|three")
		r.stop()
	})
}

func TestCopyTruncateLives(t *testing.T) {
	intaketest.Run(t, 10, func(t *testing.T) intaketest.Subject {
		l := newLog(t)
		return intaketest.Subject{Open: l.stream, Write: l.write, Disturb: []func(*rand.Rand){
			func(*rand.Rand) {
				// Without a whole fingerprint a copy is not trusted, and lines would be missing: that is TestTruncate's.
				if st, err := os.Stat(l.path); err == nil && st.Size() > 2048 {
					time.Sleep(time.Second)
					synctest.Wait()
					l.copyTruncate()
				}
			},
		}}
	})
}

func TestMissingAndDeleted(t *testing.T) {
	bubble(t, func(t *testing.T, l *log, r *reader) {
		l.check(os.Remove(l.path))
		r.start(file.Options{Path: l.path})
		r.expect("INPUT.START|INPUT.ERROR open " + l.path + ": no such file or directory")
		r.expect("")
		l.open()
		l.write("one\n")
		r.expect("INPUT.START the file can be read now|one")
		l.check(os.Remove(l.path))
		l.write("two\n") // into the deleted file
		r.expect("two")
		l.open()
		l.write("three\n")
		r.expect("three")
		r.stop()
		l.check(os.Remove(l.path))
		l.open()
		l.write("four\n")
		r.start(file.Options{Path: l.path})
		r.expect("INPUT.STOP|INPUT.START|GAP the file in which reading stopped is gone, or holds something else now|four")
		r.stop()
	})
}

func TestNoFile(t *testing.T) {
	bubble(t, func(t *testing.T, l *log, r *reader) {
		l.check(os.Remove(l.path))
		l.check(syscall.Mkfifo(l.path, 0o600)) // opening it would block
		r.start(file.Options{Path: l.path})
		r.expect("INPUT.START|INPUT.ERROR open " + l.path + ": not a regular file")
		r.stop()
	})
}

// The writer goes on with the old file for a while; when it does so too long, it is told.
func TestLateWriter(t *testing.T) {
	bubble(t, func(t *testing.T, l *log, r *reader) {
		r.start(file.Options{Path: l.path})
		old, err := os.OpenFile(l.path, os.O_APPEND|os.O_WRONLY, 0)
		l.check(err)
		defer old.Close()
		l.write("one\nend without LF")
		r.expect("INPUT.START|one")
		l.rotate()
		time.Sleep(500 * time.Millisecond)
		_, err = old.WriteString(", ended\n")
		l.check(err)
		r.expect("end without LF, ended")
		l.write("two\n")
		r.expect("two")
		_, err = old.WriteString("late\n")
		l.check(err)
		r.expect("GAP somebody wrote to the rotated file after the new one was begun")
		r.stop()
	})
}

// Several rotations while nobody reads: the files come in their order, compressed ones not.
func TestBehind(t *testing.T) {
	bubble(t, func(t *testing.T, l *log, r *reader) {
		l.write("zero\n")
		l.rotate()
		l.write("one\n")
		r.start(file.Options{Path: l.path})
		r.expect("INPUT.START|one")
		r.stop()
		for i := range 12 {
			l.write(fmt.Sprintf("more %d\n", i))
			l.rotate()
		}
		l.write("last\n")
		l.check(os.WriteFile(l.path+".3.gz", []byte("not read\n"), 0o600))
		l.check(os.WriteFile(l.path+".bak", []byte("not read\n"), 0o600))
		r.start(file.Options{Path: l.path})
		r.expect("INPUT.STOP|INPUT.START|more 0|more 1|more 2|more 3|more 4|more 5|more 6|more 7|more 8|more 9|more 10|more 11|last")
		r.stop()
	})
}

// A line longer than a frame comes in pieces that are kept and never decoded, also when reading stops inside of it.
func TestLong(t *testing.T) {
	bubble(t, func(t *testing.T, l *log, r *reader) {
		r.start(file.Options{Path: l.path})
		long := strings.Repeat("y", 5<<20/2)
		l.write(long)
		r.news()
		r.stop()
		r.start(file.Options{Path: l.path})
		l.write("looks like a line of its own\nshort\n")
		r.news()
		r.stop()
		pieces, lines := "", []string(nil)
		for _, x := range r.tr.Records() {
			if x.Name == dialect.UnparsedEvent {
				pieces += x.Raw
			} else if x.Service != "COUNTERFOIL" {
				lines = append(lines, x.Raw)
			}
		}
		if pieces != long+"looks like a line of its own" || len(lines) != 1 || lines[0] != "short" {
			t.Errorf("%d bytes in pieces, lines %q", len(pieces), lines)
		}
	})
}

func TestPositionTooLarge(t *testing.T) {
	l := newLog(t)
	for i := range 6000 {
		l.write(fmt.Sprintf("line %d %s\n", i, strings.Repeat("z", i%300)))
	}
	s := file.New(file.Options{Path: l.path})
	if err := s.Resume(nil); err != nil {
		t.Fatal(err)
	}
	var held dialect.Held
	n := 0
	for n < 6000 {
		b, err := s.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range b.Frames {
			if (n+i)%2 == 1 {
				held.Frames = append(held.Frames, f.Pos)
			}
		}
		n += len(b.Frames)
	}
	held.Any, held.Pos = true, held.Frames[0]
	position := s.Position(held)
	if len(position) > intake.MaxPosition {
		t.Fatalf("position of %d bytes", len(position))
	}
	l.check(s.Close())
	again := file.New(file.Options{Path: l.path})
	if err := again.Resume(position); err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	b, err := again.Read(t.Context())
	if err != nil || len(b.Frames) == 0 || b.Frames[0].Pos != held.Pos || !strings.HasPrefix(string(b.Frames[0].Data), "line 1 ") {
		t.Errorf("%v: first frame %+v", err, b.Frames[0])
	}
	if err := file.New(file.Options{Path: l.path}).Resume([]byte("nonsense")); err == nil {
		t.Error("a damaged position was read")
	}
}

func BenchmarkRead(b *testing.B) {
	l := newLog(b)
	line := strings.Repeat("a", 250) + "\n"
	l.write(strings.Repeat(line, 200_000))
	for b.Loop() {
		s := file.New(file.Options{Path: l.path})
		if err := s.Resume(nil); err != nil {
			b.Fatal(err)
		}
		for n := 0; n < 200_000; {
			batch, err := s.Read(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			n += len(batch.Frames)
		}
		s.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200_000, "ns/line")
}
