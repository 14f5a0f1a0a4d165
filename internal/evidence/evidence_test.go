package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/proof"
)

func event(n int) counterfoil.Event {
	return counterfoil.Event{Major: 1, Time: counterfoil.Time(1_700_000_000e9 + int64(n)*1e9), Service: "TEST", Name: "EVENT", User: fmt.Sprint("u", n%7),
		Object: counterfoil.Object{Kind: "file", Name: fmt.Sprint("/f/", n)}, Raw: fmt.Sprint("raw ", n)}
}

func gap(n int) counterfoil.Event {
	e := event(n)
	e.Service, e.Name, e.Action, e.EventData = act.Service, act.Gap, counterfoil.AuditGap, `{"count":3,"reason":"lost","unit":"events"}`
	return e
}

func policyEvent(n int) counterfoil.Event {
	e := event(n)
	e.Service, e.Name, e.EventData = act.Service, act.Policy, `{"number":1,"sha256":"ab","text":"\n<b>keep</b> all"}`
	return e
}

func user(name string) filter.Expr { return is(filter.ColUser, name) }

// newTrail has three sealed segments and a head, with a policy at 10 and a gap at 500.
func newTrail(t *testing.T) *trail.Trail {
	t.Helper()
	tr, err := trail.Open(t.TempDir(), trail.Options{SegmentRows: 4000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	var events []counterfoil.Event
	for n := range 12_500 {
		e := event(n)
		switch n {
		case 10:
			e = policyEvent(n)
		case 500:
			e = gap(n)
		}
		if events = append(events, e); len(events) == 500 {
			if _, err := tr.Append(t.Context(), "in", events); err != nil {
				t.Fatal(err)
			}
			events = nil
		}
		if n == 12_000 {
			if err := tr.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return tr
}

func made(t *testing.T, tr *trail.Trail, q Query) ([]byte, error) {
	t.Helper()
	p, err := tr.Prover()
	if err != nil {
		t.Fatal(err)
	}
	defer p.View.Close()
	doc, _, err := Make(t.Context(), p, q)
	return doc, err
}

func TestMake(t *testing.T) {
	tr := newTrail(t)
	at := func(n int) counterfoil.Time { return event(n).Time }
	for _, c := range []struct {
		what             string
		q                Query
		records, context int
		complete         string
	}{
		{"all of a user", Query{Filter: user("u4")}, 1786, 2, "false"},
		{"one that is sealed", Query{Filter: is(filter.ColObjectName, "/f/77")}, 1, 2, "false"},
		{"one in the head", Query{Filter: is(filter.ColObjectName, "/f/12499")}, 1, 2, "false"},
		{"behind the gap: the policy is from before", Query{Filter: user("u4"), From: at(1000)}, 1643, 1, "true"},
		{"before the gap", Query{Filter: user("u4"), From: at(100), To: at(200)}, 14, 1, "true"},
		{"the gap itself", Query{Filter: is(filter.ColEvent, act.Gap)}, 1, 1, "false"},
	} {
		c.q.Text, c.q.By, c.q.Now = c.what, "anna", 1
		doc, err := made(t, tr, c.q)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		r, err := proof.VerifyEvidence(doc, proof.Options{TrustedKey: tr.VerifierKey()})
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		if r.Records != c.records || r.Context != c.context || r.Size != 12_500 {
			t.Errorf("%s: %d records, %d of context, a tree of %d; %v", c.what, r.Records, r.Context, r.Size, err)
			continue
		}
		if got := r.Statement.Member("completeness").Member("complete"); string(got) != c.complete || r.Statement.Member("query").Text() != c.what {
			t.Errorf("%s: it states %s", c.what, r.Statement)
		}
		if again, err := made(t, tr, c.q); err != nil || !bytes.Equal(again, doc) {
			t.Errorf("%s: made again it is another: %v", c.what, err)
		}
	}
	if _, err := made(t, tr, Query{Filter: user("nobody")}); !errors.Is(err, ErrNothing) {
		t.Errorf("nothing found: %v", err)
	}
	if _, err := made(t, tr, Query{}); !errors.Is(err, ErrTooMany) {
		t.Errorf("more than may be: %v", err)
	}
}

// TestMany: as much of one file as evidence may hold is what the trail has. A search lends its records.
func TestMany(t *testing.T) {
	tr, err := trail.Open(t.TempDir(), trail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	}()
	events := make([]counterfoil.Event, Most)
	for n := range events {
		events[n] = event(n)
		events[n].EventData = counterfoil.JSON(fmt.Sprintf(`{"n":%d,"x":"%s"}`, n, strings.Repeat("x", n%301)))
	}
	if _, err := tr.Append(t.Context(), "in", events); err != nil {
		t.Fatal(err)
	}
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	doc, err := made(t, tr, Query{Now: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := proof.VerifyEvidence(doc, proof.Options{}); err != nil || r.Records != Most {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestMostBytes: few records that are large are too much, too, be they what is found or what says what may be missing.
func TestMostBytes(t *testing.T) {
	tr := newTrail(t)
	x := strings.Repeat("x", MostBytes/9)
	found, context := event(20_000), gap(20_001)
	found.User, found.Raw = "large", x
	context.EventData = counterfoil.JSON(`{"count":3,"reason":"` + x + `","unit":"events"}`)
	for _, c := range []struct {
		e    counterfoil.Event
		q    Query
		want error
	}{{found, Query{Filter: user("large")}, ErrTooMany}, {context, Query{Filter: is(filter.ColObjectName, "/f/77")}, ErrContext}} {
		for range 10 {
			if _, err := tr.Append(t.Context(), "app", []counterfoil.Event{c.e}); err != nil {
				t.Fatal(err)
			}
		}
		if err := tr.Checkpoint(); err != nil {
			t.Fatal(err)
		}
		if _, err := made(t, tr, c.q); !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
}

// What witnesses cosigned is proved against, as long as it counts all that is proved.
func TestMakeAgainstCosigned(t *testing.T) {
	tr := newTrail(t)
	if err := tr.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	note, _, _ := tr.LastCheckpoint()
	if err := tr.KeepCosigned(note); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Append(t.Context(), "in", []counterfoil.Event{event(20_000)}); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]uint64{"/f/77": 12_500, "/f/20000": 12_501} {
		doc, err := made(t, tr, Query{Filter: is(filter.ColObjectName, name), Now: 1})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := proof.VerifyEvidence(doc, proof.Options{}); err != nil || r.Size != size {
			t.Errorf("%s is proved in a tree of %d, want %d: %v", name, r.Size, size, err)
		}
	}
}
