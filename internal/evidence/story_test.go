package evidence

import (
	"fmt"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/proof"
)

// ownEvent is an event of the program's own.
func ownEvent(n int, name string) counterfoil.Event {
	return counterfoil.Event{Major: 1, Time: event(n).Time, Service: act.Service, Name: name, Action: counterfoil.AuditConfig, Outcome: counterfoil.Success}
}

// from is an event and the input that it came by.
type from struct {
	via string
	e   counterfoil.Event
}

// trailOf has each event in a batch of its own.
func trailOf(t *testing.T, events ...from) (*trail.Trail, string) {
	t.Helper()
	dir := t.TempDir()
	tr, err := trail.Open(dir, trail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, x := range events {
		if _, err := tr.Append(t.Context(), x.via, []counterfoil.Event{x.e}); err != nil {
			t.Fatal(err)
		}
	}
	return tr, dir
}

func stated(t *testing.T, tr *trail.Trail, q Query) counterfoil.JSON {
	t.Helper()
	q.Now = 1
	doc, err := made(t, tr, q)
	if err != nil {
		t.Fatal(err)
	}
	r, err := proof.VerifyEvidence(doc, proof.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r.Statement
}

// TestKilled: that the program was killed stands in the evidence as in the trail's second verdict, with the time of the record
// before, until which it ran.
func TestKilled(t *testing.T) {
	tr, dir := trailOf(t, from{act.Via, ownEvent(0, act.Start)}, from{"app", ownEvent(1, act.InputStart)}, from{"app", event(2)},
		from{act.Via, ownEvent(3, act.Start)}, from{"app", ownEvent(4, act.InputStart)}, from{"app", event(5)})
	got := stated(t, tr, Query{Filter: is(filter.ColService, "TEST")}).Member("completeness")
	r, err := trail.Check(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	down, ran := r.Completeness.Down[0], r.Completeness.Inputs[0].Ran[0]
	if want := fmt.Sprintf(`[{"clean":false,"from":%q,"to":%q}]`, down.From, down.To); string(got.Member("down")) != want {
		t.Errorf("down: %s, want %s", got.Member("down"), want)
	}
	for input := range got.Member("inputs").Elements() {
		for first := range input.Member("ran").Elements() {
			if first.Member("to").Text() != ran.To {
				t.Errorf("the input ran to %s, want %s", first, ran.To)
			}
			break
		}
	}
}

// TestBefore: what was in force when the query's time began is told, though something of the kind happened in it before the first
// record that was found.
func TestBefore(t *testing.T) {
	policy := func(n int) from {
		e := ownEvent(n, act.Policy)
		e.EventData = counterfoil.JSON(fmt.Sprintf(`{"number":%d,"sha256":"ab","text":"p"}`, n))
		return from{act.Via, e}
	}
	tr, _ := trailOf(t, policy(0), from{act.Via, ownEvent(1, act.Start)}, from{"app", event(2)}, from{"app", event(10)}, policy(11), from{act.Via, ownEvent(12, act.Start)},
		policy(13), from{"app", event(20)}, from{act.Via, ownEvent(21, act.Stop)})
	got := stated(t, tr, Query{Filter: is(filter.ColObjectName, "/f/20"), From: event(5).Time}).Member("completeness")
	var policies []string
	for p := range got.Member("policies").Elements() {
		policies = append(policies, p.Member("number").Text())
	}
	if fmt.Sprint(policies) != "[0 11 13]" {
		t.Errorf("policies %v", policies)
	}
	if down := got.Member("down"); down == "" {
		t.Errorf("that the program did not run for a while is not told: %s", got)
	}
}

// TestPoliciesInForce: the report has the policies in force, be they context or what was asked for, and nothing that a sender calls so.
func TestPoliciesInForce(t *testing.T) {
	policy, claimed := ownEvent(0, act.Policy), event(1)
	policy.EventData = `{"number":1,"sha256":"ab","text":"keep all of it"}`
	claimed.Name, claimed.Action, claimed.EventData = act.Policy, counterfoil.AuditGap, `{"text":"keep nothing"}`
	tr, _ := trailOf(t, from{act.Via, policy}, from{"app", claimed}, from{"app", event(2)})
	for _, f := range []filter.Expr{nil, is(filter.ColObjectName, "/f/2")} {
		doc, err := made(t, tr, Query{Filter: f, Now: 1})
		if err != nil {
			t.Fatal(err)
		}
		_, page, _ := strings.Cut(string(doc), `<main id="page">`)
		page, _, _ = strings.Cut(page, "</main>")
		if !strings.Contains(page, ":</p>\n<pre class=\"mono\">keep all of it</pre>") || strings.Contains(page, ">keep nothing</pre>") {
			t.Errorf("%v:\n%s", f, page)
		}
	}
}

// TestTrailSize: what is stated is how many records the newest checkpoint counted, up to which the query was asked, also where the
// records are proved against an older one that witnesses cosigned.
func TestTrailSize(t *testing.T) {
	tr, _ := trailOf(t, from{"app", event(0)}, from{"app", event(1)})
	if err := tr.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	note, _, _ := tr.LastCheckpoint()
	if err := tr.KeepCosigned(note); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Append(t.Context(), "app", []counterfoil.Event{event(2), event(3), event(4)}); err != nil {
		t.Fatal(err)
	}
	if got := stated(t, tr, Query{Filter: is(filter.ColObjectName, "/f/1")}).Member("trail_size").Text(); got != "5" {
		t.Errorf("trail_size %s of 5", got)
	}
}
