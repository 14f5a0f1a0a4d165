package outputtest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/output"
)

// Subject is a destination under test and the way to look at what it has.
type Subject struct {
	Open  func(ctx context.Context, mark []byte) (output.Sink, error)
	Names func() []string // object names of the records that it has, in order; what rotation put aside first
	// Break makes the destination fail, or vanish, until Heal. nil: it cannot be made to.
	Break, Heal func()
	// Exact: nothing comes twice, since what is behind a mark is taken back.
	Exact bool
	// Unsafe: what was on the way when the destination broke may be lost, and nobody can tell. Datagrams are so.
	Unsafe bool
	// Lossy: some may be lost at any time, and nobody can tell. UDP is so.
	Lossy bool
}

// patience is how long the suite waits for what must come.
const patience = 20 * time.Second

// silence is how long a destination that loses some must be silent to be taken for having all that came.
const silence = 200 * time.Millisecond

// Run checks that a room keeps the contract of [output.Sink] under a runner: everything comes, in order; after a failure,
// a crash and a restart nothing is missing, and no more than a batch comes twice; it ends when it is told to.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	for name, test := range map[string]func(*life){"deliver": (*life).deliver, "restart": (*life).restart, "fail": (*life).fail,
		"crash": (*life).crash, "pass": (*life).pass} {
		t.Run(name, func(t *testing.T) {
			l := &life{T: t, Subject: open(t), fs: disktest.New()}
			l.start(l.fs)
			test(l)
			l.stop()
		})
	}
}

// life is a destination with its trail and its runner.
type life struct {
	*testing.T
	Subject
	trail  Trail
	fs     disk.FS
	runner *output.Runner
	stop   func()
	wait   time.Duration // of the runner; 0: shortly
	n      int           // records so far
}

func (l *life) start(fs disk.FS) {
	l.Helper()
	l.runner = output.New(output.Options{Name: "out", Host: "h", Target: "the destination", Format: "f", Open: l.Open,
		Wants:  Wants,
		Source: &l.trail, Append: l.trail.Append, FS: fs, Now: time.Now, Wait: max(l.wait, 10*time.Millisecond)})
	starts := len(l.trail.Named(act.OutputStart))
	ctx, cancel := context.WithCancel(l.Context())
	done := make(chan error, 1)
	go func() { done <- l.runner.Run(ctx) }()
	l.stop = func() {
		l.Helper()
		cancel()
		select {
		case err := <-done:
			if err != nil {
				l.Error(err)
			}
		case <-time.After(patience):
			l.Fatal("the output does not end")
		}
		l.stop = func() {}
	}
	for end := time.Now().Add(patience); l.runner.Counters().Problem == "" && len(l.trail.Named(act.OutputStart)) == starts; {
		if time.Sleep(time.Millisecond); time.Now().After(end) {
			l.Fatal("the output does not start")
		}
	}
}

// append adds n records to the trail.
func (l *life) append(n int) {
	l.Helper()
	for n > 0 {
		batch := make([]counterfoil.Event, min(n, 100))
		for i := range batch {
			batch[i] = Event(fmt.Sprintf("r%d", l.n))
			l.n++
		}
		if _, err := l.trail.Append(context.Background(), "in", batch); err != nil {
			l.Fatal(err)
		}
		n -= len(batch)
	}
}

// arrived waits until every record is there, and checks that they are in order and that at most twice are there twice.
func (l *life) arrived(twice int) {
	l.Helper()
	if l.Exact {
		twice = 0
	}
	var names []string
	last := time.Now()
	for end := last.Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		before := len(names)
		if names = l.Names(); len(names) != before {
			last = time.Now()
		}
		if len(names) > 0 && (names[len(names)-1] == fmt.Sprintf("r%d", l.n-1) || l.Lossy && time.Since(last) > silence) {
			break
		}
	}
	next, again := 0, 0
	for _, name := range names {
		var k int
		if _, err := fmt.Sscanf(name, "r%d", &k); err != nil {
			l.Fatalf("the destination has %q", name)
		}
		switch {
		case k == next:
			next++
		case k < next:
			again++
			if l.Exact {
				l.Fatalf("record %d comes again where %d is next", k, next)
			}
		case l.Unsafe, l.Lossy:
			next = k + 1
		default:
			l.Fatalf("record %d comes where %d is next", k, next)
		}
	}
	if next != l.n && !l.Lossy {
		l.Fatalf("%d of %d records arrived", next, l.n)
	}
	if again > twice {
		l.Errorf("%d records came twice, at most %d may", again, twice)
	}
}

func (l *life) deliver() {
	l.append(1)
	l.arrived(0)
	l.append(3*output.MaxRecords + 17)
	l.arrived(0)
	for range 20 {
		l.append(3)
	}
	l.arrived(0)
	c := l.runner.Counters()
	for end := time.Now().Add(patience); c.Sent != uint64(l.n) && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		c = l.runner.Counters() // of a lossy output, silence may also mean that the machine is busy
	}
	if c.Sent != uint64(l.n) || c.Errors != 0 || c.Problem != "" {
		l.Errorf("counters %+v", c)
	}
}

func (l *life) restart() {
	for range 4 {
		l.append(250)
		l.stop() // delivers what is there
		l.arrived(0)
		l.append(5)
		l.start(l.fs)
		l.arrived(0)
	}
	if got := l.trail.Named(act.OutputStop); len(got) != 4 {
		l.Errorf("%d stops are in the trail", len(got))
	}
}

func (l *life) fail() {
	if l.Break == nil {
		l.Skip("this destination cannot be made to fail")
	}
	l.append(100)
	l.arrived(0)
	for k := range 3 {
		l.Break()
		for end := time.Now().Add(patience); l.runner.Counters().Problem == ""; time.Sleep(5 * time.Millisecond) {
			l.append(1) // a destination may fail only when it is used
			if time.Now().After(end) {
				l.Fatal("the output does not notice")
			}
		}
		l.append(300)
		l.Heal()
		l.append(1)
		l.arrived((k + 1) * output.MaxRecords)
		l.recovered()
	}
	l.stop()
	raised, cleared := l.trail.Named(act.OutputError), l.trail.Named(act.OutputOK)
	if len(raised) < 3 || len(raised) != len(cleared) {
		l.Errorf("trouble was raised %d times and cleared %d times", len(raised), len(cleared))
	}
}

// recovered waits until the trouble is over.
func (l *life) recovered() {
	l.Helper()
	for end := time.Now().Add(patience); l.runner.Counters().Problem != ""; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			l.Fatalf("still: %s", l.runner.Counters().Problem)
		}
	}
}

// crash ends the process, as far as the disk can tell, at each keeping of the cursor in turn.
func (l *life) crash() {
	l.stop()
	const lives, each = 8, 5
	l.wait = time.Hour // after the crash nothing is tried again
	for life := 1; life <= lives; life++ {
		fs := &crashing{FS: l.fs}
		fs.left.Store(int64(life))
		l.start(fs)
		for end := time.Now().Add(patience); fs.left.Load() > 0; {
			l.append(each)
			for fs.left.Load() > 0 && l.runner.Counters().Next < uint64(l.n) {
				if time.Sleep(time.Millisecond); time.Now().After(end) {
					l.Fatal("the output stands still")
				}
			}
		}
		l.stop()
	}
	l.wait = 0
	l.start(l.fs)
	l.append(1)
	l.arrived(each * lives * (lives + 1) / 2) // of each life, what was on the way when it ended: all so far at most
}

func (l *life) pass() {
	l.append(1)
	l.arrived(0)
	events := make([]counterfoil.Event, 50)
	for i := range events {
		events[i] = Event(fmt.Sprintf("r%d", l.n))
		l.n++
	}
	l.runner.Pass("in", events)
	clear(events) // they are the sender's again
	l.arrived(0)
	c := l.runner.Counters() // counted when the mark behind them is kept, too
	for end := time.Now().Add(patience); c.Passed != 50 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		c = l.runner.Counters()
	}
	if c.Passed != 50 || c.Dropped != 0 {
		l.Errorf("counters %+v", c)
	}
	if len(l.trail.Named("EVENT")) != 1 {
		l.Error("what the trail does not keep is in the trail")
	}
}

var errCrash = errors.New("outputtest: the process ended here")

// crashing is a disk on which nothing is renamed any more after some times: cursors are kept by renaming.
type crashing struct {
	disk.FS
	left atomic.Int64
}

// Rename fails from the last of those left on.
func (c *crashing) Rename(from, to string) error {
	if c.left.Add(-1) <= 0 {
		return errCrash
	}
	return c.FS.Rename(from, to)
}
