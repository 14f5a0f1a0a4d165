package intake_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/csv"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// tape is a stream that gives what is put on it and cannot give it again.
type tape struct {
	batches   chan intake.Batch
	fail      error // given when the tape ends
	committed atomic.Int64
	closed    bool
}

func (s *tape) String() string { return "tape" }
func (s *tape) Read(ctx context.Context) (intake.Batch, error) {
	select {
	case b, ok := <-s.batches:
		if !ok {
			return b, s.fail
		}
		return b, nil
	case <-ctx.Done():
		return intake.Batch{}, ctx.Err()
	}
}
func (s *tape) Commit(pos int64) error { s.committed.Store(pos); return nil }
func (s *tape) Close() error           { s.closed = true; return nil }

func frames(pos int64, lines ...string) (b intake.Batch) {
	for i, l := range lines {
		b.Frames = append(b.Frames, dialect.Frame{Data: []byte(l), Pos: pos + int64(i), Received: counterfoil.TimeOf(time.Now())})
	}
	return b
}

// running is a pump in a bubble.
type running struct {
	*intake.Pump
	tape *tape
	tr   *intaketest.Trail
	stop context.CancelFunc
	done chan error
}

func run(t *testing.T, d *dialect.Dialect, dec dialect.Decoder) *running {
	if dec == nil {
		var err error
		if dec, err = d.Decode(nil); err != nil {
			t.Fatal(err)
		}
	}
	r := &running{tape: &tape{batches: make(chan intake.Batch), fail: io.ErrUnexpectedEOF}, tr: &intaketest.Trail{}, done: make(chan error, 1)}
	r.Pump = &intake.Pump{Name: "in", Host: "h", Stream: r.tape, Decoder: dec, Dialect: d, Trail: r.tr, Now: time.Now}
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	go func() { r.done <- r.Run(ctx) }()
	synctest.Wait()
	return r
}

// raws are the raws of the records that did not come from the input itself.
func (r *running) raws() string {
	var all []string
	for _, x := range r.tr.Records() {
		if x.Service != "COUNTERFOIL" || x.Name == dialect.UnparsedEvent {
			all = append(all, strings.ReplaceAll(x.Raw, "\n", "+"))
		}
	}
	return strings.Join(all, ",")
}

// Commit covers what the decoder gave; the rest is given when its time is over, and all of it at the end.
func TestPumpHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, intaketest.Groups, nil)
		r.tape.batches <- frames(0, "a 1", "b 1", "a end")
		synctest.Wait()
		if r.raws() != "a 1+a end" || r.tape.committed.Load() != 1 {
			t.Errorf("kept %s, committed %d", r.raws(), r.tape.committed.Load())
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if r.raws() != "a 1+a end,b 1" || r.tape.committed.Load() != 3 {
			t.Errorf("after the deadline: kept %s, committed %d", r.raws(), r.tape.committed.Load())
		}
		r.tape.batches <- frames(3, "c 1")
		r.stop()
		if err := <-r.done; err != nil {
			t.Error(err)
		}
		if r.raws() != "a 1+a end,b 1,c 1" || !r.tape.closed {
			t.Errorf("at the end: kept %s", r.raws())
		}
		if got := r.Counters(); got.Frames != 4 || got.Events != 3 || got.Bytes != 14 {
			t.Errorf("counters %+v", got)
		}
		last := r.tr.Records()
		if x := last[len(last)-1]; x.Name != "INPUT.STOP" || x.Via != "in" || last[0].Name != "INPUT.START" {
			t.Errorf("the last record is %+v", x)
		}
	})
}

// What the rest of a stream is read with does not wait for its time, and stays when the clock is set back.
func TestPumpKeepsHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dec, err := csv.Dialect.Decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		var back atomic.Int64
		tape, tr := &tape{batches: make(chan intake.Batch), fail: io.ErrUnexpectedEOF}, &intaketest.Trail{}
		p := &intake.Pump{Name: "in", Host: "h", Stream: tape, Decoder: dec, Dialect: csv.Dialect, Trail: tr,
			Now: func() time.Time { return time.Now().Add(-time.Duration(back.Load())) }}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		tape.batches <- frames(0, "who,what", "anna,read")
		synctest.Wait()
		back.Store(int64(time.Hour))
		tape.batches <- frames(2, "bert,write")
		synctest.Wait()
		tape.batches <- frames(3, "carl,delete")
		synctest.Wait()
		stop()
		<-done
		var got []string
		for _, e := range tr.Named("ROW") {
			got = append(got, string(e.EventData))
		}
		if want := `{"what":"read","who":"anna"} {"what":"write","who":"bert"} {"what":"delete","who":"carl"}`; strings.Join(got, " ") != want {
			t.Errorf("rows %s, want %s", got, want)
		}
	})
}

// A clock that is set back does not hold back what waits for its time.
func TestPumpClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dec, err := intaketest.Groups.Decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		var back atomic.Int64
		tp, tr := &tape{batches: make(chan intake.Batch), fail: io.ErrUnexpectedEOF}, &intaketest.Trail{}
		p := &intake.Pump{Name: "in", Host: "h", Stream: tp, Decoder: dec, Dialect: intaketest.Groups, Trail: tr,
			Now: func() time.Time { return time.Now().Add(-time.Duration(back.Load())) }}
		r := &running{Pump: p, tape: tp, tr: tr, done: make(chan error, 1)}
		ctx, stop := context.WithCancel(t.Context())
		go func() { r.done <- p.Run(ctx) }()
		tp.batches <- frames(0, "a 1")
		synctest.Wait()
		back.Store(int64(time.Hour))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if r.raws() != "a 1" {
			t.Errorf("kept %q", r.raws())
		}
		stop()
		if err := <-r.done; err != nil {
			t.Error(err)
		}
	})
}

func TestPumpSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, intaketest.Plain, nil)
		var tries atomic.Int64
		r.tr.Fail = func(int) (bool, error) {
			if tries.Add(1) <= 20 {
				return false, trail.ErrSuspended
			}
			return false, nil
		}
		r.tape.batches <- frames(0, "x")
		time.Sleep(time.Minute)
		if r.raws() != "" || r.Counters().Waits != 1 {
			t.Errorf("kept %q, %+v", r.raws(), r.Counters())
		}
		time.Sleep(time.Hour)
		if r.raws() != "x" || tries.Load() != 21 {
			t.Errorf("kept %q after %d tries", r.raws(), tries.Load())
		}
		tries.Store(-1000)
		r.tape.batches <- frames(1, "y")
		synctest.Wait()
		r.stop()
		if err := <-r.done; !errors.Is(err, trail.ErrSuspended) || !strings.Contains(err.Error(), "1 events are lost") {
			t.Errorf("the end while suspended: %v", err)
		}
	})
}

func TestPumpEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, intaketest.Plain, nil)
		close(r.tape.batches)
		if err := <-r.done; !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(err.Error(), "input in: ") {
			t.Errorf("a stream that fails: %v", err)
		}
		if got := r.tr.Named("INPUT.ERROR"); len(got) != 1 || got[0].EventData.Member("reason").Text() != "unexpected EOF" || got[0].Outcome != counterfoil.Failure {
			t.Errorf("recorded %+v", got)
		}
		r = run(t, intaketest.Plain, nil)
		r.tr.Fail = func(int) (bool, error) { return false, trail.ErrBroken }
		r.tape.batches <- frames(0, "x")
		if err := <-r.done; !errors.Is(err, trail.ErrBroken) {
			t.Errorf("a trail that broke: %v", err)
		}
	})
}

// wrong is a decoder that breaks its contract in every way it can.
type wrong struct{}

func (wrong) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	good := counterfoil.Event{Major: 1, Time: 5, Service: "A", Name: "B", Raw: string(f.Data)}
	switch string(f.Data) {
	case "error":
		return dst, errors.New("cannot")
	case "invalid":
		good.Service = "lower case"
	case "no raw":
		good.Service, good.Raw = "", ""
	}
	return append(dst, good), nil
}
func (wrong) Flush(dst []counterfoil.Event, _ time.Time) []counterfoil.Event { return dst }
func (wrong) Held() (h dialect.Held)                                         { return h }

// Whatever a decoder does and the trail refuses, the bytes are kept.
func TestPumpKeepsBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, intaketest.Plain, wrong{})
		big := strings.Repeat("x", 5<<20/2)
		r.tr.Fail = func(n int) (bool, error) {
			if n == 6 {
				return false, &trail.EventError{Index: 4, Err: errors.New("is too long")}
			}
			return false, nil
		}
		r.tape.batches <- frames(0, "good", "", "error", "invalid", "no raw", big, "good")
		synctest.Wait()
		if got := strings.ReplaceAll(r.raws(), big[:1<<20], "MIB"); got != "good,error,invalid,no raw,MIB,MIB,"+big[:1<<19]+",good" {
			t.Errorf("kept %.200q", got)
		}
		if got := r.Counters(); got.Unparsed != 6 || got.Events != 8 {
			t.Errorf("counters %+v", got)
		}
		un := r.tr.Named(dialect.UnparsedEvent)
		for i, want := range []string{
			`{"reason":"cannot"}`,
			`{"reason":"field \"svc\" is \"lower case\": only A-Z, 0-9, _ and . are allowed"}`,
			`{"reason":"field \"svc\" is missing"}`,
			`{"part":1,"parts":3,"reason":"is too long"}`,
		} {
			if got := string(un[i].EventData); got != want {
				t.Errorf("event_data %s, want %s", got, want)
			}
		}
		r.stop()
		<-r.done
	})
}

// liar is a decoder of frames whose senders say that they are the program.
type liar struct{ wrong }

func (liar) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	name, reason, _ := strings.Cut(string(f.Data), " ")
	e := counterfoil.Event{Major: 1, Time: 5, Service: "COUNTERFOIL", Name: name, Raw: string(f.Data)}
	if reason != "" {
		return append(dst, e), errors.New(reason)
	}
	return append(dst, e), nil
}

// Under the program's name nobody speaks but the program: what a sender says so is kept under another.
func TestPumpDisclaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, intaketest.Plain, liar{})
		r.tape.batches <- frames(0, "GAP", "UNPARSED", "UNPARSED because", "POLICY because")
		synctest.Wait()
		r.stop()
		<-r.done
		var got []string
		for _, x := range r.tr.Records() {
			got = append(got, x.Service+" "+x.Name)
		}
		want := "COUNTERFOIL INPUT.START, COUNTERFOIL.CLAIMED GAP, COUNTERFOIL.CLAIMED UNPARSED, COUNTERFOIL UNPARSED, COUNTERFOIL.CLAIMED POLICY, COUNTERFOIL INPUT.STOP"
		if strings.Join(got, ", ") != want {
			t.Errorf("%s\nwant %s", strings.Join(got, ", "), want)
		}
	})
}

func TestPumpNotes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, intaketest.Plain, nil)
		b := frames(0, "x")
		b.Notes = []intake.Note{{Name: "GAP", Reason: "lost", Count: 3, Unit: "events", From: 7},
			{Name: "GAP", Reason: "lost", Count: intake.UnknownCount, Unit: "lines", To: 9}}
		r.tape.batches <- b
		synctest.Wait()
		got := r.tr.Named("GAP")
		if len(got) != 2 || r.Counters().Gaps != 2 || got[0].Category != counterfoil.CategoryAlarm || got[0].Object.Name != "in" {
			t.Fatalf("%+v", got)
		}
		for i, want := range []string{
			`{"count":3,"from":"1970-01-01T00:00:00.000000007Z","input":"in","reason":"lost","source":"tape","to":"2000-01-01T00:00:00.000000000Z","unit":"events"}`,
			`{"count":"unknown","input":"in","reason":"lost","source":"tape","to":"1970-01-01T00:00:00.000000009Z","unit":"lines"}`,
		} {
			if string(got[i].EventData) != want {
				t.Errorf("%s\nwant %s", got[i].EventData, want)
			}
		}
		r.stop()
		<-r.done
	})
}

// The real trail is what the pump asks for.
var _ intake.Trail = (*trail.Trail)(nil)
