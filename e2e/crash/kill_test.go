package crash_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
)

const senders = 4

// number reads an environment variable; absent, it is otherwise.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("%s=%q: want a whole number", name, s)
	}
	return n
}

// load is several senders at a daemon; half of them give their events aids.
type load struct {
	t       *testing.T
	ledger  *ledger
	senders []*sender
	stop    chan struct{}
	wg      sync.WaitGroup
	mu      sync.Mutex // guards errs
	errs    []error
}

func newLoad(t *testing.T, d *daemon, rnd *rand.Rand) *load {
	l := &load{t: t, ledger: newLedger()}
	for i := range senders {
		l.senders = append(l.senders, &sender{d: d, ledger: l.ledger, rnd: rand.New(rand.NewPCG(rnd.Uint64(), rnd.Uint64())), id: i, aids: i%2 == 0})
	}
	return l
}

func (l *load) begin() {
	l.stop, l.errs = make(chan struct{}), nil
	for _, s := range l.senders {
		l.wg.Go(func() {
			if err := s.run(l.stop); err != nil {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.errs = append(l.errs, err)
			}
		})
	}
}

// end waits until no sender sends any more. That the program does not answer is what they expect; that it says what
// cannot be true is not.
func (l *load) end() {
	l.t.Helper()
	close(l.stop)
	l.wg.Wait()
	for _, err := range l.errs {
		if wrong, ok := errors.AsType[*lie](err); ok {
			l.t.Fatal(wrong)
		}
	}
}

// untilKept waits until n events more were acknowledged.
func (l *load) untilKept(n int) {
	l.t.Helper()
	want := l.ledger.size() + n
	for deadline := time.Now().Add(patience); l.ledger.size() < want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			l.t.Fatalf("nothing is acknowledged any more; senders say %v", l.errors())
		}
	}
}

func (l *load) errors() []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]error(nil), l.errs...)
}

// TestKillNine kills a busy program at random moments, again and again, on a few data directories.
func TestKillNine(t *testing.T) {
	rounds, seed := int(number(t, "COUNTERFOIL_KILLS", 5)), number(t, "COUNTERFOIL_SEED", uint64(time.Now().UnixNano()))
	t.Logf("COUNTERFOIL_SEED=%d", seed)
	rnd := rand.New(rand.NewPCG(seed, 9))
	const perTrail = 10 // kills; a trail that grows for ever would make reading it all the test
	for done := 0; done < rounds; done += perTrail {
		kill(t, rnd, min(perTrail, rounds-done))
	}
}

func kill(t *testing.T, rnd *rand.Rand, times int) {
	b := newBusy(t, rnd)
	for i := range times {
		b.start()
		b.begin()
		b.load.untilKept(1 + rnd.IntN(2000)) // also soon after the start
		time.Sleep(time.Duration(rnd.IntN(1000)) * time.Millisecond)
		if code := b.daemon.end(syscall.SIGKILL); code != -1 {
			t.Fatalf("kill %d: exit code %d", i, code)
		}
		b.end()
		report := b.check("after the kill")
		t.Logf("kill %d: %d records, %d sealed in %d files, %d files expired, %d acknowledged; torn: %q",
			i, report.Records, report.Sealed, report.Segments, len(report.Expired), b.load.ledger.size(), report.Torn)
	}
	b.start()
	b.begin() // what was pending is sent again, under the same aids
	b.load.untilKept(1000)
	time.Sleep(2 * periods[counterfoil.CategoryTraffic]) // so that something is due, however soon it was killed
	b.end()
	b.forgetOne()
	if code := b.daemon.end(syscall.SIGTERM); code != 0 {
		t.Fatalf("exit code %d\n%s", code, b.daemon.log)
	}
	b.finish(b.check("in the end"))
}

// TestTerminateUnderLoad stops the program as a service manager does: it ends by itself, and says all it has signed.
func TestTerminateUnderLoad(t *testing.T) {
	seed := number(t, "COUNTERFOIL_SEED", uint64(time.Now().UnixNano()))
	t.Logf("COUNTERFOIL_SEED=%d", seed)
	rnd := rand.New(rand.NewPCG(seed, 15))
	d := newDaemon(t, t.TempDir())
	l := newLoad(t, d, rnd)
	for range 3 {
		d.start()
		l.begin()
		l.untilKept(1 + rnd.IntN(5000))
		if code := d.end(syscall.SIGTERM); code != 0 {
			t.Fatalf("exit code %d\n%s", code, d.log)
		}
		l.end()
		r := d.verify("after SIGTERM")
		if r.Torn != "" || r.Checkpoint != r.Records || len(r.Derived) > 0 {
			t.Fatalf("a clean stop left %+v", r)
		}
		l.ledger.check(t, "after SIGTERM", d.dir)
	}
}
