package netlink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
)

// kernel stands for the kernel's answers.
type kernel struct {
	st  status
	err error
}

func (k *kernel) read() (status, error) { return k.st, k.err }
func (k *kernel) Close() error          { return nil }
func (k *kernel) setEnabled(v uint32) error {
	k.st.Enabled = v
	return k.err
}

// bench is a stream without a socket and with a clock that is set.
type bench struct {
	*Stream
	k   kernel
	now time.Time
}

func newBench(t *testing.T, boot string, position []byte) *bench {
	b := &bench{now: time.Unix(1000, 0)}
	b.k.st.Enabled = 1
	b.Stream = &Stream{opts: Options{Poll: 5 * time.Second, Window: 5 * time.Second, Now: func() time.Time { return b.now }}, status: &b.k, boot: boot}
	if err := b.Resume(position); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) record(serial int) {
	m := fmt.Sprintf("0000\x14\x05........12audit(1.5:%d): x", serial)
	b.take([]byte(m))
}

// after lets time pass, looks, and gives the notes with their data.
func (b *bench) after(d time.Duration) string {
	b.now = b.now.Add(d)
	b.look(b.now)
	return b.said()
}

func (b *bench) said() string {
	all := intaketest.Said(b.notes)
	b.notes = nil
	return strings.Join(all, "\n")
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

func TestLosses(t *testing.T) {
	b := newBench(t, "boot", nil)
	expect(t, "at first", b.after(0), "")
	b.record(10)
	b.record(12)
	expect(t, "11 may still come", b.after(0), "")
	b.record(11)
	b.record(15)
	expect(t, "it came; 13 and 14 are late", b.after(4*time.Second), "")
	const reason = "audit records of the kernel were lost"
	expect(t, "they are lost", b.after(2*time.Second), `GAP 2 `+reason+` {"first_serial":13,"kernel_lost":0,"last_serial":14,"missing_serials":2,"overruns":0}`)
	expect(t, "once", b.after(20*time.Second), "")

	b.k.st.Lost = 7
	expect(t, "backlog", b.after(5*time.Second), `GAP -1 `+reason+` {"kernel_lost":7,"missing_serials":0,"overruns":0}`)
	b.k.st.Lost = 2
	expect(t, "counter was reset", b.after(5*time.Second), `GAP -1 `+reason+` {"kernel_lost":2,"missing_serials":0,"overruns":0}`)

	b.losses.overruns, b.losses.since = 3, b.now
	b.record(20)
	expect(t, "an overrun waits for its serials", b.after(time.Second), "")
	expect(t, "overrun", b.after(5*time.Second), `GAP 4 `+reason+` {"first_serial":16,"kernel_lost":0,"last_serial":19,"missing_serials":4,"overruns":3}`)
	b.losses.overruns, b.losses.since = 1, b.now
	expect(t, "overrun without serials", b.after(5*time.Second), `GAP -1 `+reason+` {"kernel_lost":0,"missing_serials":0,"overruns":1}`)

	b.k.st.Enabled = 0
	expect(t, "off", b.after(5*time.Second), `INPUT.ERROR 0 auditing is switched off in the kernel: no records come until it is switched on (auditctl -e 1, or enable: true for this input) {}`)
	expect(t, "still off", b.after(5*time.Second), "")
	b.k.st.Enabled = 1
	expect(t, "on", b.after(5*time.Second), `INPUT.START 0 auditing is switched on in the kernel {}`)
	b.k.err = errors.New("no")
	expect(t, "no counter", b.after(5*time.Second), `INPUT.ERROR 0 the kernel's loss counter cannot be read: no {}`)
}

// The types of requests and answers are below those of records, but for two.
func TestRecordsOnly(t *testing.T) {
	const user, login, answer = "\xed\x03", "\xee\x03", "\xe8\x03" // 1005, 1006, 1000
	b := newBench(t, "boot", nil)
	for _, m := range []string{user + "audit(1.5:7): pid=1", login + "audit(1.5:8): pid=1 uid=0 old-auid=4294967295 auid=1000", answer + "\x01\x00\x00\x00"} {
		b.take([]byte("0000" + m[:2] + ".........." + m[2:]))
	}
	if len(b.frames) != 2 || b.frames[0].Type != 1005 || b.frames[1].Type != 1006 || uint32(b.serials.max) != 8 {
		t.Errorf("frames %+v, last serial %d", b.frames, b.serials.max)
	}
}

func TestDowntime(t *testing.T) {
	const away = "GAP %s counterfoil was not listening to the kernel %s"
	first := newBench(t, "boot", nil)
	first.record(10)
	first.record(11)
	first.record(12)
	whole := first.Position(dialect.Held{})
	first.record(13)
	first.record(14)
	holding := first.Position(dialect.Held{Any: true, Pos: 3})

	same := newBench(t, "boot", whole)
	same.record(13)
	expect(t, "nothing was missed", same.said(), "")

	missed := newBench(t, "boot", whole)
	missed.record(20)
	expect(t, "counted", missed.said(), fmt.Sprintf(away, "7", `{"first_serial":13,"last_serial":19}`))
	expect(t, "once", missed.after(time.Minute), "")

	crashed := newBench(t, "boot", holding)
	crashed.record(20)
	expect(t, "what the decoder held is missing, too", crashed.said(), fmt.Sprintf(away, "7", `{"first_serial":13,"last_serial":19}`))

	quiet := newBench(t, "boot", whole)
	expect(t, "a moment", quiet.after(time.Second), "")
	if p, err := decodePosition(quiet.Position(dialect.Held{})); p.serial != 12 || err != nil {
		t.Errorf("a run without records forgets the serial: %d, %v", p.serial, err)
	}
	expect(t, "no record yet", quiet.after(5*time.Second), fmt.Sprintf(away, "-1", "{}"))
	quiet.record(15)
	expect(t, "counted late", quiet.after(6*time.Second),
		`GAP 2 audit records of the kernel were lost {"first_serial":13,"kernel_lost":0,"last_serial":14,"missing_serials":2,"overruns":0}`)

	last := newBench(t, "boot", nil)
	last.record(1<<32 - 3)
	wrapped := newBench(t, "boot", last.Position(dialect.Held{}))
	wrapped.record(2)
	expect(t, "the counter began again meanwhile", wrapped.said(), fmt.Sprintf(away, "4", `{"first_serial":4294967294,"last_serial":1}`))
	wrapped.record(5)
	expect(t, "and counts on", wrapped.after(6*time.Second),
		`GAP 2 audit records of the kernel were lost {"first_serial":3,"kernel_lost":0,"last_serial":4,"missing_serials":2,"overruns":0}`)

	booted := newBench(t, "another boot", whole)
	booted.record(20)
	expect(t, "another boot", booted.said(), fmt.Sprintf(away, "-1", "{}"))

	if err := new(Stream).withNow().Resume([]byte{9}); err == nil {
		t.Error("a position of another version was read")
	}
}

// What was lost in the last seconds of a run is told by the next one, also where nothing was missed between them.
func TestLossesAtTheEnd(t *testing.T) {
	const reason = "audit records of the kernel were lost"
	first := newBench(t, "boot", nil)
	expect(t, "at first", first.after(0), "")
	first.record(10)
	first.record(13)
	first.record(15)
	first.losses.overruns, first.losses.since = 1, first.now
	position := first.Position(dialect.Held{})

	next := newBench(t, "boot", position)
	next.k.st.Lost = 4
	next.now = next.now.Add(time.Second)
	next.record(16)
	expect(t, "serials, overruns and the kernel's counter", next.after(0),
		`GAP -1 `+reason+` {"first_serial":11,"kernel_lost":4,"last_serial":14,"missing_serials":3,"overruns":1}`)
	expect(t, "once", next.after(20*time.Second), "")

	booted := newBench(t, "another boot", position)
	booted.k.st.Lost = 4
	expect(t, "another boot has another counter", booted.after(0), `GAP 3 `+reason+` {"first_serial":11,"kernel_lost":0,"last_serial":14,"missing_serials":3,"overruns":1}`)

	many := newBench(t, "boot", nil)
	for n := range 3000 {
		many.record(1<<31 + 5*n)
	}
	position = many.Position(dialect.Held{})
	if len(position) > intake.MaxPosition {
		t.Errorf("a position of %d bytes", len(position))
	}
	next = newBench(t, "boot", position)
	next.record(1<<31 + 5*3000 - 4)
	if got := next.after(0); !strings.HasPrefix(got, "GAP 11996 "+reason) {
		t.Errorf("more than a position can name: %s", got)
	}
	if p, err := decodePosition([]byte("\x01\x0c\x02boot")); err != nil || p.serial != 12 || p.at != 1 || p.boot != "boot" {
		t.Errorf("a position of version 1: %+v, %v", p, err)
	}
	for n := range position {
		_, _ = decodePosition(position[:n]) // whatever it gives, it ends
	}
}

func (s *Stream) withNow() *Stream { s.opts.Now = time.Now; return s }

var _ intake.Resumer = (*Stream)(nil)

// TestEnableIsUndone: what Enable switched on is switched off again, and what was on stays on.
func TestEnableIsUndone(t *testing.T) {
	for _, before := range []uint32{0, 1, 2} {
		k := &kernel{st: status{Enabled: before}}
		s := &Stream{status: k}
		if err := s.enable(); err != nil {
			t.Fatal(err)
		}
		if want := max(before, 1); k.st.Enabled != want {
			t.Errorf("%d before: %d while open, want %d", before, k.st.Enabled, want)
		}
		if err := s.disable(); err != nil || k.st.Enabled != before {
			t.Errorf("%d before: %d after, %v", before, k.st.Enabled, err)
		}
	}
}

// wire is a socket that gives one record and breaks.
type wire struct {
	m   []byte
	err error
}

func (w *wire) Receive(_ context.Context, _ time.Duration, take func([]byte) bool) error {
	if w.m != nil {
		take(w.m)
		w.m = nil
	}
	return w.err
}
func (w *wire) Trouble() (overruns, cut, foreign uint64) { return 0, 0, 0 }
func (w *wire) Close() error                             { return nil }

// What was received before the socket broke is given: its serial number is in the position.
func TestBroken(t *testing.T) {
	b := newBench(t, "boot", nil)
	broken := errors.New("broken")
	b.socket = &wire{[]byte("0000\x14\x05........12audit(1.5:7): x"), broken}
	if x, err := b.Read(t.Context()); err != nil || len(x.Frames) != 1 {
		t.Errorf("%d frames, %v", len(x.Frames), err)
	}
	if _, err := b.Read(t.Context()); !errors.Is(err, broken) {
		t.Errorf("then: %v", err)
	}
}
