package intake_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

func TestAddPeer(t *testing.T) {
	const peer = counterfoil.JSON(`{"addr":"192.0.2.9"}`)
	for data, want := range map[counterfoil.JSON]counterfoil.JSON{
		"":                                   `{"peer":{"addr":"192.0.2.9"}}`,
		`{"a":1,"z":2}`:                      `{"a":1,"peer":{"addr":"192.0.2.9"},"z":2}`,
		`"words"`:                            `{"peer":{"addr":"192.0.2.9"},"text":"words"}`,
		`{"peer":"forged","z":2}`:            `{"peer":{"addr":"192.0.2.9"},"peer#2":"forged","z":2}`,
		`{"peer":"forged","peer#2":"twice"}`: `{"peer":{"addr":"192.0.2.9"},"peer#2":"twice","peer#3":"forged"}`,
	} {
		e := counterfoil.Event{EventData: data}
		if intake.AddPeer(&e, peer); e.EventData != want || !e.EventData.IsCanonical() {
			t.Errorf("%s: %s, want %s", data, e.EventData, want)
		}
		before := e.EventData
		if intake.AddPeer(&e, ""); e.EventData != before {
			t.Errorf("no peer: %s became %s", before, e.EventData)
		}
	}
}

// from gives a frame of a sender.
func from(sender string, pos int64, text string, second int64) dialect.Frame {
	return dialect.Frame{Data: []byte(text), Pos: pos, Received: counterfoil.Time(second * 1e9), Peer: counterfoil.JSON(fmt.Sprintf("%q", sender))}
}

func perSender(t *testing.T) dialect.Decoder {
	d, err := intake.PerSender(func() (dialect.Decoder, error) { return intaketest.Groups.Decode(nil) })
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func said(events []counterfoil.Event) string {
	var all []string
	for _, e := range events {
		all = append(all, e.EventData.Member("peer").Text()+" has "+strings.ReplaceAll(e.Raw, "\n", "+"))
	}
	return strings.Join(all, ", ")
}

// Nobody completes what another began, and every event says whose it is.
func TestPerSender(t *testing.T) {
	d := perSender(t)
	var events []counterfoil.Event
	for i, f := range []dialect.Frame{from("a", 0, "g 1", 10), from("b", 1, "g 2", 11), from("b", 2, "g end", 11), from("a", 3, "x", 11)} {
		var err error
		if events, err = d.Decode(events, f); (err != nil) != (i == 3) {
			t.Error(err)
		}
	}
	if got, want := said(events), "b has g 2+g end, a has x"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if h := d.Held(); !h.Any || h.Pos != 0 || !h.Deadline.Equal(time.Unix(12, 0)) || h.Frames != nil {
		t.Errorf("%+v", h)
	}
	if events, _ = d.Decode(nil, from("c", 4, "h 1", 9)); len(events) > 0 || !d.Held().Deadline.Equal(time.Unix(11, 0)) || d.Held().Pos != 0 {
		t.Errorf("%v %+v", events, d.Held())
	}
	if got := said(d.Flush(nil, time.Unix(11, 0))); got != "c has h 1" {
		t.Errorf("at 11: %s", got)
	}
	if got := said(d.Flush(nil, time.Time{})); got != "a has g 1" || d.Held().Any {
		t.Errorf("at the end: %s, %+v", got, d.Held())
	}
}

// Senders without end do not grow in memory, and lose nothing.
func TestPerSenderBounds(t *testing.T) {
	for name, text := range map[string]string{"idle": "g end", "holding": "g 1"} {
		d, n := perSender(t), 0
		const many = 3000
		for i := range many {
			events, err := d.Decode(nil, from(fmt.Sprint(i), int64(i), text, 10))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				if e.Raw != text || e.EventData.Member("peer").Text() != fmt.Sprint(n) {
					t.Fatalf("%s: number %d is %s of %s", name, n, e.Raw, e.EventData)
				}
				n++
			}
		}
		if held := len(d.Flush(nil, time.Time{})); n+held != many || held > 1024 {
			t.Errorf("%s: %d events, %d held", name, n, held)
		}
	}
}

// large says that it keeps much.
type large struct{ dialect.Decoder }

func (large) Size() int { return 200 << 20 }

// Senders that each take much memory are few: those go that were silent longest, and nothing is lost.
func TestPerSenderSize(t *testing.T) {
	d, err := intake.PerSender(func() (dialect.Decoder, error) {
		dec, err := intaketest.Groups.Decode(nil)
		return large{dec}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	var events []counterfoil.Event
	for i, f := range []dialect.Frame{from("a", 0, "g 1", 10), from("b", 1, "g end", 10), from("c", 2, "g 1", 10), from("a", 3, "g 2", 10), from("d", 4, "g 1", 10), from("e", 5, "g 1", 10)} {
		if events, err = d.Decode(events, f); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	if got, want := said(events), "b has g end, c has g 1, a has g 1+g 2"; got != want {
		t.Errorf("given: %s, want %s", got, want)
	}
	if got, want := said(d.Flush(nil, time.Time{})), "d has g 1, e has g 1"; got != want {
		t.Errorf("held: %s, want %s", got, want)
	}
}

// A long message takes memory that is kept to read the next with: of those who sent one, too, only some are remembered.
func TestPerSenderLong(t *testing.T) {
	d := perSender(t)
	long := "g " + strings.Repeat("x", 1<<20-2)
	given := 0
	for i := range 100 {
		events, err := d.Decode(nil, from(fmt.Sprint(i), int64(i), long, 10))
		if err != nil {
			t.Fatal(err)
		}
		given += len(events)
	}
	if held := len(d.Flush(nil, time.Time{})); held > 40 || given+held != 100 {
		t.Errorf("%d are given, %d held", given, held)
	}
}

// What the pump itself keeps as it came says whose it is, too.
func TestPumpPeer(t *testing.T) {
	tr := &intaketest.Trail{}
	refused := false
	tr.Fail = func(n int) (bool, error) {
		if n == 3 && !refused {
			refused = true
			return false, &trail.EventError{Index: 2, Err: fmt.Errorf("it does not fit")}
		}
		return false, nil
	}
	d, err := intake.PerSender(func() (dialect.Decoder, error) { return intaketest.Plain.Decode(nil) })
	if err != nil {
		t.Fatal(err)
	}
	piece := from("b", 0, "a part", 10)
	piece.Piece = "it is cut"
	tp := &tape{batches: make(chan intake.Batch, 1), fail: context.Canceled}
	tp.batches <- intake.Batch{Frames: []dialect.Frame{piece, from("a", 1, "one", 10), from("c", 2, "two", 10)}}
	close(tp.batches)
	p := &intake.Pump{Name: "in", Host: "h", Stream: tp, Decoder: d, Dialect: intaketest.Plain, Trail: tr, Now: time.Now}
	if err := p.Run(t.Context()); err == nil {
		t.Error("the tape ended, and so did not the pump")
	}
	var got []string
	for _, r := range tr.Records() {
		if r.Raw != "" {
			got = append(got, r.Name+" "+r.Raw+" "+string(r.EventData))
		}
	}
	want := `UNPARSED a part {"peer":"b","reason":"it is cut"}, GROUP one {"peer":"a"}, UNPARSED two {"peer":"c","reason":"it does not fit"}`
	if strings.Join(got, ", ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, ", "), want)
	}
}
