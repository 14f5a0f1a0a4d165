package file_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/file"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
)

// log is a log file and the program that writes it.
type log struct {
	t    testing.TB
	path string
	f    *os.File
}

func newLog(t testing.TB) *log {
	l := &log{t: t, path: filepath.Join(t.TempDir(), "audit.log")}
	l.open()
	t.Cleanup(func() { l.f.Close() })
	return l
}

func (l *log) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *log) open() {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	l.check(err)
	if l.f != nil {
		l.check(l.f.Close())
	}
	l.f = f
}

func (l *log) write(text string) {
	_, err := l.f.WriteString(text)
	l.check(err)
}

func (l *log) name(n int) string { return fmt.Sprintf("%s.%d", l.path, n) }

// shift makes room for a new PATH.1.
func (l *log) shift() {
	for n := 40; n > 0; n-- {
		if err := os.Rename(l.name(n), l.name(n+1)); err != nil && !os.IsNotExist(err) {
			l.t.Fatal(err)
		}
	}
}

// rotate renames, and the writer goes on in a new file at once.
func (l *log) rotate() {
	l.shift()
	l.check(os.Rename(l.path, l.name(1)))
	l.open()
}

// rotateLate renames; the writer notices a little later and writes to the old file until then.
func (l *log) rotateLate(between func()) {
	l.shift()
	l.check(os.Rename(l.path, l.name(1)))
	between()
	l.open()
}

func (l *log) rotateDated(n int) {
	l.check(os.Rename(l.path, fmt.Sprintf("%s-202611%02d", l.path, n)))
	l.open()
}

// copyTruncate copies and truncates in place.
func (l *log) copyTruncate() {
	l.shift()
	from, err := os.Open(l.path)
	l.check(err)
	defer from.Close()
	to, err := os.Create(l.name(1))
	l.check(err)
	_, err = io.Copy(to, from)
	l.check(err)
	l.check(to.Close())
	l.check(os.Truncate(l.path, 0))
}

func (l *log) stream() intake.Stream { return file.New(file.Options{Path: l.path}) }

func TestRename(t *testing.T) {
	intaketest.Run(t, 20, func(t *testing.T) intaketest.Subject {
		l := newLog(t)
		return intaketest.Subject{Open: l.stream, Write: l.write, Disturb: []func(*rand.Rand){
			func(*rand.Rand) { l.rotate() },
			func(r *rand.Rand) {
				l.rotateLate(func() { time.Sleep(time.Duration(r.IntN(1000)) * time.Millisecond) })
			},
		}}
	})
}

func TestDated(t *testing.T) {
	intaketest.Run(t, 8, func(t *testing.T) intaketest.Subject {
		l, n := newLog(t), 0
		return intaketest.Subject{Open: l.stream, Write: l.write, Disturb: []func(*rand.Rand){
			func(*rand.Rand) { n++; l.rotateDated(n) },
		}}
	})
}
