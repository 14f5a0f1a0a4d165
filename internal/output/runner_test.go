package output_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/output"
	"github.com/counterfoil/counterfoil/internal/output/outputtest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

func TestMemory(t *testing.T) {
	for _, marks := range []bool{false, true} {
		t.Run(fmt.Sprint("marks ", marks), func(t *testing.T) {
			outputtest.Run(t, func(*testing.T) outputtest.Subject {
				m := &outputtest.Memory{Marks: marks}
				return outputtest.Subject{Open: m.Open, Names: m.Names, Exact: marks,
					Break: func() { m.Break(errors.New("it is broken")) }, Heal: func() { m.Break(nil) }}
			})
		})
	}
}

// bubble is a runner in a bubble of time.
type bubble struct {
	*testing.T
	trail  outputtest.Trail
	memory outputtest.Memory
	fs     disk.FS
	opts   func(*output.Options)
	runner *output.Runner
	end    func() error
}

func inBubble(t *testing.T, test func(b *bubble)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{T: t, fs: disktest.New(), memory: outputtest.Memory{Marks: true}}
		test(b)
		if b.end != nil {
			if err := b.end(); err != nil {
				t.Error(err)
			}
		}
	})
}

func (b *bubble) start() {
	o := output.Options{Name: "out", Host: "h", Target: "memory", Format: "f", Open: b.memory.Open,
		Wants: outputtest.Wants, Source: &b.trail, Append: b.trail.Append, FS: b.fs, Now: time.Now}
	if b.opts != nil {
		b.opts(&o)
	}
	b.runner = output.New(o)
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- b.runner.Run(ctx) }()
	b.end = func() error { cancel(); b.end = nil; return <-done }
	synctest.Wait()
}

func (b *bubble) append(names ...string) {
	for _, n := range names {
		if _, err := b.trail.Append(context.Background(), "in", []counterfoil.Event{outputtest.Event(n)}); err != nil {
			b.Fatal(err)
		}
	}
	synctest.Wait()
}

func (b *bubble) has(want string) {
	b.Helper()
	if got := strings.Join(b.memory.Names(), " "); got != want {
		b.Errorf("the destination has %q, want %q", got, want)
	}
}

// gaps gives the reasons and counts of the gaps that the trail knows of.
func (b *bubble) gaps() (all []string) {
	for _, r := range b.trail.Named(act.OutputGap) {
		all = append(all, strings.TrimPrefix(string(r.EventData), `{"count":`))
	}
	return all
}

// What is gone from the trail before it was delivered is said, with its numbers, before anything behind it is delivered.
func TestExpired(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.append("a")
		b.start()
		b.has("a")
		if err := b.end(); err != nil {
			t.Fatal(err)
		}
		at := b.runner.Counters().Next
		b.append("b", "c", "d")
		b.trail.Expire(int(at) + 2) // the stop was recorded behind the cursor
		b.start()
		b.has("a c d")
		want := fmt.Sprintf(`2,"first":%d,"last":%d,"output":"out","reason":"the records were gone from the trail before they were delivered","target":"memory"}`, at, at+1)
		if got := b.gaps(); !slices.Equal(got, []string{want}) {
			t.Errorf("gaps %q\nwant %q", got, want)
		}
		if n := b.runner.Counters().Missed; n != 2 {
			t.Errorf("missed %d", n)
		}
		if err := b.end(); err != nil {
			t.Fatal(err)
		}
		b.start() // it is said once
		if got := b.gaps(); len(got) != 1 {
			t.Errorf("gaps %q", got)
		}
	})
}

// What is gone from the middle of the trail, where records of other periods stay, is said too, once although the destination
// fails meanwhile.
func TestExpiredInBetween(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.append("a")
		b.start()
		b.has("a")
		if err := b.end(); err != nil {
			t.Fatal(err)
		}
		b.append("b", "c", "d", "e")
		size := b.trail.Size()
		b.trail.ExpireSome(func(seq uint64) bool { return seq == size-3 || seq == size-1 })
		tries := 0
		b.memory.Fail = func(*counterfoil.Record) error {
			if tries++; tries < 4 {
				return errors.New("away")
			}
			return nil
		}
		b.start()
		time.Sleep(10 * time.Minute)
		b.has("a b d")
		want := fmt.Sprintf(`2,"first":%d,"last":%d,`, size-3, size-1)
		if got := b.gaps(); len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("gaps %q\nwant %q", got, want)
		}
	})
}

// A trail that cannot take the gap in is no reason to leave records out unsaid.
func TestExpiredWhileSuspended(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.append("a")
		b.start()
		if err := b.end(); err != nil {
			t.Fatal(err)
		}
		b.append("b", "c")
		b.trail.Expire(int(b.runner.Counters().Next) + 2)
		var full atomic.Bool
		full.Store(true)
		b.trail.Fail = func() error {
			if full.Load() {
				return trail.ErrSuspended
			}
			return nil
		}
		b.start()
		time.Sleep(time.Minute)
		b.has("a")
		full.Store(false)
		time.Sleep(2 * time.Minute)
		b.has("a c")
		if got := b.gaps(); len(got) != 1 {
			t.Errorf("gaps %q", got)
		}
	})
}

func TestPutBack(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.append("a", "b", "c")
		b.start()
		if err := b.end(); err != nil {
			t.Fatal(err)
		}
		b.trail.CutOff(3)
		b.start()
		b.append("d")
		b.has("a b c d")
		if got := b.gaps(); len(got) != 1 || !strings.Contains(got[0], "it was put back") {
			t.Errorf("gaps %q", got)
		}
	})
}

func TestCursorOfAnother(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.start()
		if err := b.end(); err != nil {
			t.Fatal(err)
		}
		b.append("a")
		b.opts = func(o *output.Options) { o.Trail[0]++ }
		b.start()
		b.has("")
		if p := b.runner.Counters().Problem; !strings.Contains(p, "output/out.cursor: it is that of another trail; remove it") {
			t.Errorf("problem %q", p)
		}
		if err := b.fs.Remove("output/out.cursor"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		b.has("a")
	})
}

// A record that the destination will never take is said, and those around it are delivered.
func TestRefused(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.memory.Fail = func(r *counterfoil.Record) error {
			if strings.HasPrefix(r.Object.Name, "bad") {
				return errBad
			}
			return nil
		}
		b.opts = func(o *output.Options) {
			open := o.Open
			o.Open = func(ctx context.Context, mark []byte) (output.Sink, error) {
				s, err := open(ctx, mark)
				return refusing{s}, err
			}
		}
		b.append("a", "bad1", "b", "bad2", "bad3", "c")
		b.start()
		b.has("a b c")
		if got := b.gaps(); len(got) != 1 || !strings.HasPrefix(got[0], `3,"first":1,"last":4,`) || !strings.Contains(got[0], "cannot take such a record: too bad") {
			t.Errorf("gaps %q", got)
		}
		if c := b.runner.Counters(); c.Refused != 3 || c.Sent != 3 || c.Errors != 0 {
			t.Errorf("counters %+v", c)
		}
	})
}

// A destination that refuses everything, the events about that as well, makes no end of them.
func TestRefusedForEver(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.memory.Fail = func(*counterfoil.Record) error { return errBad }
		b.opts = func(o *output.Options) {
			open := o.Open
			o.Open = func(ctx context.Context, mark []byte) (output.Sink, error) {
				s, err := open(ctx, mark)
				return refusing{s}, err
			}
		}
		b.trail.Wants = func(*counterfoil.Record) bool { return true }
		b.append("a", "b")
		b.start()
		time.Sleep(time.Hour)
		if got := b.gaps(); len(got) > 2 {
			t.Errorf("%d gaps", len(got))
		}
		if n := b.trail.Size(); n > 6 || b.runner.Counters().Next != n {
			t.Errorf("%d records, next is %d", n, b.runner.Counters().Next)
		}
	})
}

var errBad = errors.New("too bad")

// refusing makes the memory's errBad one of the record.
type refusing struct{ output.Sink }

func (s refusing) Write(ctx context.Context, records []counterfoil.Record) error {
	for i := range records {
		if err := s.Sink.Write(ctx, records[i:i+1]); errors.Is(err, errBad) {
			return &output.RecordError{Index: i, Err: err}
		} else if err != nil {
			return err
		}
	}
	return nil
}

// Tries become rarer, one event says that there is trouble, and one that it is over.
func TestBackoff(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.memory.Break(errors.New("no route"))
		b.append("a")
		b.start()
		time.Sleep(time.Hour)
		if n := b.memory.Opened(); n < 60 || n > 70 {
			t.Errorf("%d tries in an hour", n)
		}
		if got := b.trail.Named(act.OutputError); len(got) != 1 || got[0].EventData.Member("reason").Text() != "no route" {
			t.Errorf("trouble %v", got)
		}
		if c := b.runner.Counters(); c.Lag < 59*time.Minute || c.Lag > time.Hour || c.Problem != "no route" {
			t.Errorf("counters %+v", c)
		}
		b.memory.Break(nil)
		time.Sleep(time.Minute)
		b.has("a")
		if got := b.trail.Named(act.OutputOK); len(got) != 1 || got[0].Action != counterfoil.AlarmClear {
			t.Errorf("recovery %v", got)
		}
	})
}

// Records that come while there is trouble wait in the trail; events that it does not keep wait in bounded memory.
func TestPassedIsBounded(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.start()
		b.memory.Break(errors.New("no"))
		b.append("a")
		const many = 20_000
		for i := range many {
			b.runner.Pass("in", []counterfoil.Event{outputtest.Event(fmt.Sprintf("p%d", i))})
		}
		dropped := b.runner.Counters().Dropped
		if dropped != many-16<<10 {
			t.Errorf("dropped %d", dropped)
		}
		b.memory.Break(nil)
		time.Sleep(time.Minute)
		if n := len(b.memory.Names()); n != 1+(16<<10) {
			t.Errorf("%d delivered", n)
		}
		if got := b.gaps(); len(got) != 1 || !strings.HasPrefix(got[0], fmt.Sprintf(`%d,"output":"out","reason":"there was no room`, dropped)) {
			t.Errorf("gaps %q", got)
		}
	})
}

// Events that the trail does not keep come at most once: where a failed batch can be taken back it comes again, else it is lost,
// and that is said.
func TestPassedOnce(t *testing.T) {
	for marks, want := range map[bool]string{true: "a p0 p1 p2 q", false: "a p0 p1 q"} {
		inBubble(t, func(b *bubble) {
			b.memory.Marks = marks
			failed := false
			b.memory.Fail = func(r *counterfoil.Record) error {
				if r.Object.Name != "p2" || failed {
					return nil
				}
				failed = true
				return errors.New("broken pipe")
			}
			b.start()
			b.append("a")
			b.runner.Pass("in", []counterfoil.Event{outputtest.Event("p0"), outputtest.Event("p1"), outputtest.Event("p2")})
			time.Sleep(time.Minute)
			b.runner.Pass("in", []counterfoil.Event{outputtest.Event("q")})
			time.Sleep(time.Minute)
			b.has(want)
			lost, said := uint64(0), ""
			if !marks {
				lost, said = 3, `3,"output":"out","reason":"writing events that the trail does not keep failed`
			}
			if c := b.runner.Counters(); c.Dropped != lost {
				t.Errorf("marks %v: counters %+v", marks, c)
			}
			if got := strings.Join(b.gaps(), " "); !strings.HasPrefix(got, said) || said == "" && got != "" {
				t.Errorf("marks %v: gaps %s", marks, got)
			}
		})
	}
}

// What waits when the output ends is lost, and said before the end is.
func TestPassedAtTheEnd(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.start()
		b.memory.Break(errors.New("no"))
		b.append("a")
		b.runner.Pass("in", []counterfoil.Event{outputtest.Event("p"), outputtest.Event("q")})
		if err := b.end(); err != nil {
			t.Fatal(err)
		}
		if got := b.gaps(); len(got) != 1 || !strings.HasPrefix(got[0], `2,"output":"out","reason":"the output ended before`) {
			t.Errorf("gaps %q", got)
		}
		b.memory.Break(nil)
		b.start()
		b.has("a")
	})
}

// What the trail says of an event that it does not keep and the destination will never take quotes nothing of it.
func TestPassedRefused(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.memory.Fail = func(r *counterfoil.Record) error {
			if r.Object.Name == "secret" {
				return errBad
			}
			return nil
		}
		b.opts = func(o *output.Options) {
			open := o.Open
			o.Open = func(ctx context.Context, mark []byte) (output.Sink, error) {
				s, err := open(ctx, mark)
				return refusing{s}, err
			}
		}
		b.start()
		b.runner.Pass("in", []counterfoil.Event{outputtest.Event("p"), outputtest.Event("secret"), outputtest.Event("q")})
		synctest.Wait()
		b.has("p q")
		if got := b.gaps(); len(got) != 1 || got[0] != `1,"output":"out","reason":"the destination cannot take such an event, which the trail does not keep","target":"memory"}` {
			t.Errorf("gaps %q", got)
		}
	})
}

func TestRotate(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.opts = func(o *output.Options) { o.Rotate = true }
		b.append("a")
		b.start()
		from, to, err := b.runner.RotateNow(b.Context())
		if from != "memory" || !strings.HasPrefix(to, "memory.") || err != nil {
			t.Errorf("rotated %q to %q, %v", from, to, err)
		}
		if _, to, err := b.runner.RotateNow(b.Context()); to != "" || err != nil {
			t.Errorf("an empty one was rotated to %q, %v", to, err)
		}
		b.append("b")
		if err := b.end(); err != nil {
			t.Fatal(err)
		}
		b.append("c")
		b.start() // begins anew
		b.has("c")
		if err := b.end(); err != nil {
			t.Fatal(err)
		}
		b.opts = func(o *output.Options) { o.Format = "g" }
		b.append("d")
		b.start() // another format begins anew
		b.has("d")
		if got := fmt.Sprint(b.memory.Aside()); got != "[[a] [b] [c]]" {
			t.Errorf("put aside: %s", got)
		}
		var reasons []string
		for _, r := range b.trail.Named(act.OutputRotate) {
			reasons = append(reasons, r.EventData.Member("reason").Text())
		}
		if got := strings.Join(reasons, "; "); got != "it was asked for; the output began; its format was f" {
			t.Errorf("reasons: %s", got)
		}
		b.memory.Break(errors.New("no"))
		b.append("e")
		if _, _, err := b.runner.RotateNow(b.Context()); err == nil || !strings.Contains(err.Error(), "does not deliver") {
			t.Errorf("rotate while there is trouble: %v", err)
		}
	})
}

// A trail that is broken ends the output; one that is closed likewise.
func TestBrokenTrail(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.trail.Fail = func() error { return trail.ErrBroken }
		b.start()
		if err := b.end(); !errors.Is(err, trail.ErrBroken) {
			t.Errorf("it ended with %v", err)
		}
	})
}

// A destination that takes nothing does not keep the output from ending, and what it did not take comes at the next start.
func TestStuck(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.opts = func(o *output.Options) {
			o.Open = func(context.Context, []byte) (output.Sink, error) { return stuck{}, nil }
		}
		b.start()
		b.append("a")
		began := time.Now()
		if err := b.end(); err != nil {
			t.Error(err)
		}
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("it took %v", d)
		}
		if got := b.trail.Named(act.OutputStop); len(got) != 1 {
			t.Errorf("stops %v", got)
		}
		b.opts = nil
		b.start()
		b.has("a")
	})
}

// stuck is a sink that takes nothing.
type stuck struct{ output.Sink }

func (stuck) Write(ctx context.Context, _ []counterfoil.Record) error { <-ctx.Done(); return ctx.Err() }
func (stuck) Mark() []byte                                            { return nil }
func (stuck) Close() error                                            { return nil }

// A destination that is too slow for a whole batch gets smaller ones.
func TestSlow(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.memory.Fail = func(*counterfoil.Record) error { time.Sleep(50 * time.Millisecond); return nil }
		for i := range 2000 {
			if _, err := b.trail.Append(b.Context(), "in", []counterfoil.Event{outputtest.Event(fmt.Sprint(i))}); err != nil {
				t.Fatal(err)
			}
		}
		b.start()
		time.Sleep(10 * time.Minute)
		if n := len(b.memory.Names()); n != 2000 {
			t.Errorf("%d records arrived", n)
		}
	})
}

// Where there is no cursor, Begin says where to begin, and a crash before the first record does not move it.
func TestBegin(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.append("a", "b")
		b.memory.Break(errors.New("no"))
		b.opts = func(o *output.Options) { o.Begin = 1 }
		b.start()
		if err := b.end(); err != nil {
			t.Fatal(err)
		}
		b.opts = func(o *output.Options) { o.Begin = 2 }
		b.memory.Break(nil)
		b.start()
		b.has("b")
	})
}

// counted is a trail that notes how much it gave in one read at the most.
type counted struct {
	*outputtest.Trail
	records, bytes *int
}

func (c counted) View() output.View { return countedView{c.Trail.View(), c} }

type countedView struct {
	output.View
	c counted
}

func (v countedView) Read(ctx context.Context, from, to uint64, yield func(*counterfoil.Record) bool) error {
	records, bytes := 0, 0
	defer func() { *v.c.records, *v.c.bytes = max(*v.c.records, records), max(*v.c.bytes, bytes) }()
	return v.View.Read(ctx, from, to, func(r *counterfoil.Record) bool {
		records, bytes = records+1, bytes+len(r.Raw)
		return yield(r)
	})
}

// TestFoundAtOnce: where much is wanted behind a stretch in which little was, or records are long, no read takes more than is delivered in some batches.
func TestFoundAtOnce(t *testing.T) {
	for _, c := range []struct{ n, long, records, bytes int }{
		{40_000, 0, 1 << 14, 0},
		{40, 2 << 20, 1 << 14, 8*output.MaxBytes + 2<<20},
	} {
		inBubble(t, func(b *bubble) {
			var records, bytes int
			b.opts = func(o *output.Options) { o.Source = counted{&b.trail, &records, &bytes} }
			b.append("a")
			b.start()
			if err := b.end(); err != nil {
				t.Fatal(err)
			}
			add := func(n int, change func(i int, e *counterfoil.Event)) {
				events := make([]counterfoil.Event, n)
				for i := range events {
					events[i] = outputtest.Event(fmt.Sprint("e", i))
					change(i, &events[i])
				}
				if _, err := b.trail.Append(t.Context(), "in", events); err != nil {
					t.Fatal(err)
				}
			}
			add(200_000, func(_ int, e *counterfoil.Event) { e.Service = "OTHER" }) // what is read at once spans more and more
			raw := strings.Repeat("r", c.long)
			add(c.n, func(_ int, e *counterfoil.Event) { e.Raw = raw })
			b.start()
			want := []string{"a"}
			for i := range c.n {
				want = append(want, fmt.Sprint("e", i))
			}
			if got := b.memory.Names(); !slices.Equal(got, want) {
				t.Errorf("%d names came, want %d in their order", len(got), len(want))
			}
			if records == 0 || records > c.records || bytes > c.bytes {
				t.Errorf("%d records of %d bytes were read at once, at most %d of %d are allowed", records, bytes, c.records, c.bytes)
			}
		})
	}
}
