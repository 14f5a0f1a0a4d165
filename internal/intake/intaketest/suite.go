package intaketest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Subject is a stream under test that can start again where it stopped, and the source behind it.
type Subject struct {
	Open  func() intake.Stream
	Write func(text string) // puts bytes at the end of the source; lines may come in pieces
	// Disturb are things that happen to the source: rotations, deletions. They are done at any place in a line.
	Disturb []func(r *rand.Rand)
}

// Run checks the promise of streams that replay: whatever happens to the source, and wherever the process ends, every
// line comes once, in order, and whole groups stay whole. Each seed is one life of a source.
func Run(t *testing.T, lives int, open func(t *testing.T) Subject) {
	for _, d := range []*dialect.Dialect{Plain, Groups} {
		for seed := range uint64(lives) {
			t.Run(fmt.Sprintf("%s/%d", d.Name, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := life{t: t, r: rand.New(rand.NewPCG(seed, 7)), d: d, s: open(t)}
					l.live()
				})
			})
		}
	}
}

// life writes, disturbs, crashes and starts again, and then compares.
type life struct {
	t       *testing.T
	r       *rand.Rand
	d       *dialect.Dialect
	s       Subject
	trail   Trail
	end     func()
	open    []string // names of groups that are not ended
	groups  int
	written []string // lines, in order
	crashes int
}

func (l *life) live() {
	l.start()
	l.settle(0)                                       // the promise begins with the first position that is kept
	faults := rand.New(rand.NewPCG(l.r.Uint64(), 11)) // of its own: the pump's goroutine draws from it
	var calm atomic.Bool
	l.trail.Fail = func(int) (bool, error) {
		if calm.Load() {
			return false, nil
		}
		switch faults.IntN(12) {
		case 0:
			return true, ErrCrash
		case 1:
			return false, ErrCrash
		case 2:
			return false, trail.ErrSuspended
		}
		return false, nil
	}
	for range 60 {
		l.act()
		if l.r.IntN(2) == 0 {
			l.settle(time.Duration(l.r.IntN(1500)) * time.Millisecond)
		}
	}
	for len(l.open) > 0 {
		l.write(l.open[0] + " end")
	}
	calm.Store(true)
	for range 3 {
		l.settle(time.Minute)
	}
	l.end()
	l.check()
}

func (l *life) act() {
	switch n := l.r.IntN(10); {
	case n < 6:
		for range 1 + l.r.IntN(20) {
			l.line()
		}
	case n < 9:
		l.s.Disturb[l.r.IntN(len(l.s.Disturb))](l.r)
	default:
		l.end()
		l.start()
	}
}

// line writes a line of an open group, or opens one. Groups that would time out are ended by settle.
func (l *life) line() {
	if len(l.open) < 3 && l.r.IntN(3) == 0 {
		l.groups++
		l.open = append(l.open, fmt.Sprintf("g%d", l.groups))
	}
	if len(l.open) == 0 {
		return
	}
	name := l.open[l.r.IntN(len(l.open))]
	if l.r.IntN(3) == 0 {
		l.write(name + " end")
		return
	}
	l.write(fmt.Sprintf("%s line %d %s", name, len(l.written), strings.Repeat("x", l.r.IntN(60))))
}

func (l *life) write(line string) {
	l.written = append(l.written, line)
	if name, ok := strings.CutSuffix(line, " end"); ok {
		l.open = slices.DeleteFunc(l.open, func(n string) bool { return n == name })
	}
	if l.r.IntN(8) == 0 {
		cut := l.r.IntN(len(line))
		l.s.Write(line[:cut])
		l.settle(300 * time.Millisecond)
		line = line[cut:]
	}
	l.s.Write(line + "\n")
}

// settle lets time pass and starts the pump again if it crashed.
func (l *life) settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
	for l.trail.Crashed() {
		l.crashes++
		l.end()
		l.start()
		synctest.Wait()
	}
}

func (l *life) start() {
	l.trail.Restart()
	dec, err := l.d.Decode(nil)
	if err != nil {
		l.t.Fatal(err)
	}
	p := &intake.Pump{Name: "in", Host: "h", Stream: l.s.Open(), Decoder: patient{dec}, Dialect: l.d, Trail: &l.trail, Now: time.Now}
	ctx, cancel := context.WithCancel(l.t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	l.end = func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, ErrCrash) {
			l.t.Fatal(err)
		}
	}
}

// patient keeps groups open for ever, so that the test and not the clock decides when they end.
type patient struct{ dialect.Decoder }

func (p patient) Held() dialect.Held {
	h := p.Decoder.Held()
	h.Deadline = time.Time{}
	return h
}

func (l *life) check() {
	l.t.Helper()
	var got []string
	for _, x := range l.trail.Records() {
		switch x.Name {
		case "GROUP":
			got = append(got, x.Raw)
		case "GAP":
			l.t.Errorf("gap: %s", x.EventData)
		case dialect.UnparsedEvent:
			l.t.Errorf("not parsed: %q", x.Raw)
		}
	}
	want := l.written
	if l.d == Groups {
		want = whole(l.written)
	}
	if slices.Equal(got, want) {
		return
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			l.t.Fatalf("after %d crashes, %d of %d came; number %d differs:\n got %q\nwant %q", l.crashes, len(got), len(want), i,
				slices.Concat(got, []string{"", ""})[i:min(i+3, len(got)+2)], slices.Concat(want, []string{""})[i:min(i+3, len(want)+1)])
		}
	}
}

// whole gives the groups of lines, in the order in which they end.
func whole(lines []string) (groups []string) {
	open := map[string][]string{}
	for _, line := range lines {
		name, text, _ := strings.Cut(line, " ")
		open[name] = append(open[name], line)
		if text == "end" {
			groups = append(groups, strings.Join(open[name], "\n"))
			delete(open, name)
		}
	}
	return groups
}
