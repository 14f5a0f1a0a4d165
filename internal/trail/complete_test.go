package trail

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

func ownEvent(name string, action counterfoil.Action, data string) counterfoil.Event {
	return counterfoil.Event{Major: 1, Time: 1_700_000_000e9, Dialect: "counterfoil/1", Service: act.Service, Name: name, Action: action,
		Outcome: counterfoil.Success, EventData: counterfoil.JSON(data)}
}

func linuxEvent(serial string) counterfoil.Event {
	return counterfoil.Event{Major: 1, Time: 1_700_000_000e9, Dialect: "linux/1", Host: "h1", Service: "SSHD", Name: "USER_LOGIN",
		EventData: counterfoil.JSON(`{"a":{"src":1},"src":{"serial":` + serial + `}}`)}
}

// stories are records that say what is missing.
func stories() []counterfoil.Event {
	return []counterfoil.Event{
		ownEvent(act.Gap, counterfoil.AuditGap, `{"count":7,"from":"a","input":"x","reason":"lost","source":"s","to":"b","unit":"events"}`),
		ownEvent(act.Refused, "", `{"count":3,"policy":2,"rules":[{"count":2,"rule":"noise"},{"count":1,"rule":"guests"}],"shown":5}`),
		ownEvent(act.Policy, "", `{"number":2,"sha256":"ab","text":"t"}`),
		ownEvent(act.Expire, "", `{"first":0,"last":99,"why":"retention 180d"}`),
		linuxEvent("10"), linuxEvent("11"), linuxEvent("14"), linuxEvent("13"),
		{Major: 1, Time: 1, Service: "A", Name: UnparsedName, Raw: "?"},
		ownEvent(act.InputStart, counterfoil.AuditStart, `{"dialect":"linux/1"}`),
		ownEvent(act.InputError, counterfoil.AuditStart, `{"reason":"gone"}`),
	}
}

// take hands records to a tally as the checker does.
func take(records []counterfoil.Record) *Completeness {
	t := NewTally()
	before := counterfoil.Time(0)
	for i := range records {
		r := &records[i]
		t.Take(r)
		if n, ok := serialOf(r); ok {
			t.Serial(r.Via+"\x00"+r.Host, n)
		}
		if Notable(r) {
			t.Note(r, before)
		}
		before = r.Received
	}
	return t.Completeness()
}

func TestCompleteness(t *testing.T) {
	var records []counterfoil.Record
	add := func(via string, events ...counterfoil.Event) {
		for _, e := range events {
			n := len(records)
			records = append(records, counterfoil.Record{Event: e, Seq: uint64(n), Received: counterfoil.Time(n+1) * 1e9, Via: via})
		}
	}
	add(act.Via, ownEvent(act.Start, counterfoil.AuditStart, "{}"))                // 0, received at second 1
	add("a", ownEvent(act.InputStart, counterfoil.AuditStart, `{"dialect":"x"}`))  // 1
	add("a", linuxEvent("9000"), linuxEvent("9002"), linuxEvent("5"))              // 2 to 4: one is missing, and the machine started anew
	add(act.Via, ownEvent(act.Start, counterfoil.AuditStart, "{}"))                // 5: it was killed
	add("a", ownEvent(act.InputStart, counterfoil.AuditStart, `{"dialect":"x"}`))  // 6
	add("a", ownEvent(act.InputError, counterfoil.AuditStart, `{"reason":"x"}`))   // 7
	add("a", ownEvent(act.InputStart, counterfoil.AuditStart, `{"reason":"now"}`)) // 8: it goes on
	add("a", stories()[0], stories()[8])                                           // 9, 10
	add("a", ownEvent(act.InputStop, counterfoil.AuditStop, "{}"))                 // 11
	add(act.Via, ownEvent(act.Stop, counterfoil.AuditStop, "{}"))                  // 12
	add(act.Via, ownEvent(act.Start, counterfoil.AuditStart, "{}"))                // 13
	add(act.Via, stories()[1:4]...)                                                // 14 to 16
	at := func(n int) string { return (counterfoil.Time(n+1) * 1e9).String() }
	when := counterfoil.Time(1_700_000_000e9).String()
	want := &Completeness{From: at(0), To: at(16), Unparsed: 1,
		Losses:   []Loss{{Record: 9, Time: when, Input: "a", Source: "s", From: "a", To: "b", Count: "7", Unit: "events", Reason: "lost"}},
		Refused:  []Refusal{{"noise", "2", 2, "8.0 %"}, {"guests", "2", 1, "4.0 %"}},
		Shown:    5,
		Expired:  []Expiry{{Record: 16, First: 0, Last: 99, Time: when, Reason: "retention 180d"}},
		Policies: []InForce{{Record: 15, Time: when, Number: "2", SHA256: "ab"}},
		Down:     []Interval{{at(4), at(5), false}, {at(12), at(13), true}},
		Inputs: []Input{
			{Name: "a", Records: 10, Unparsed: 1, First: at(1), Last: at(11), Errors: 1, Ran: []Interval{{at(1), at(4), false}, {at(6), at(11), true}},
				Numbers: &Numbers{Seen: 3, Missing: 1, Starts: 2}},
			{Name: act.Via, Records: 7, First: at(0), Last: at(16)},
		}}
	if got := take(records); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if c := take(records[:2]); !c.Complete {
		t.Errorf("nothing is missing: %+v", c)
	}
	if c := take(append(records[:2:2], counterfoil.Record{Seq: 2, Received: 3e9, Via: "a", Event: ownEvent(act.Refused, "", `{"count":0,"policy":2,"rules":[],"shown":1}`)})); c.Complete {
		t.Errorf("an event was not stored: %+v", c)
	}
	for n := range maxListed + 5 {
		add("b", stories()[0])
		records[len(records)-1].Time += counterfoil.Time(n)
	}
	if c := take(records); len(c.Losses) != maxListed || c.More != 6 {
		t.Errorf("%d losses are listed, %d more", len(c.Losses), c.More)
	}
}

// The checker, which reads a segment in the order of its rows, counts what one who reads in order counts.
func TestCheckCountsAsInOrder(t *testing.T) {
	dir := t.TempDir()
	tr := mustOpen(t, dir, Options{SegmentRows: 40})
	for i := range 20 {
		mustAppend(t, tr, append(events(i*10, 3+i), stories()...))
	}
	want := take(all(t, tr.View()))
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if got := mustCheck(t, dir, tr.View().Size()).Completeness; !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

// TestForgottenNumbers: a number that was forgotten is not one that is missing.
func TestForgottenNumbers(t *testing.T) {
	var records []counterfoil.Record
	for n := range 10 {
		r := counterfoil.Record{Seq: uint64(n), Received: 1e9, Via: "kernel", Event: counterfoil.Event{Dialect: "linux/1", Name: "OPEN",
			EventData: counterfoil.JSON(fmt.Sprintf(`{"src":{"serial":%d}}`, 100+n))}}
		switch n {
		case 0, 3, 4:
			r.EventData, r.Hidden = "", counterfoil.Hash{1}
		case 6:
			continue
		}
		records = append(records, r)
	}
	c := take(records)
	if got, want := *c.Inputs[0].Numbers, (Numbers{Seen: 6, Forgotten: 3, Missing: 1, Starts: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestSourcesOfAnyBytes: what an incremental verification remembers of a host whose name is not valid UTF-8 is taken up again.
func TestSourcesOfAnyBytes(t *testing.T) {
	kept := NewTally()
	kept.Serial("in\x00\xffhost", serialNumber{n: 1})
	text, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	again := NewTally()
	if err := json.Unmarshal(text, again); err != nil {
		t.Fatal(err)
	}
	again.Serial("in\x00\xffhost", serialNumber{n: 5})
	again.Counted("in", 2, 0)
	if n := again.Completeness().Inputs[0].Numbers; n.Missing != 3 || n.Starts != 1 {
		t.Errorf("%+v", n)
	}
}
