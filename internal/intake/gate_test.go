package intake_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// policyOf refuses file reads, shows traffic without storing it, and limits the group batch.
func policyOf(t testing.TB, flags string) *preselect.Policy {
	m, err := bsm.ParseMasks(flags, bsm.Classes)
	if err != nil {
		t.Fatal(err)
	}
	x := preselect.Expr{Text: flags, Masks: m}
	s := preselect.Spec{Categories: preselect.DefaultCategories(), Masks: &preselect.Masks{Classes: bsm.Classes, Flags: x, NaFlags: x}}
	s.Categories[counterfoil.CategoryTraffic] = preselect.Switch{Enabled: true}
	s.Lists = []preselect.List{{Name: "staff", Inputs: []string{"nas"}, Watch: preselect.Members{Groups: []string{"staff"}}}}
	s.Filters = []preselect.Filter{{Name: "hush", Then: preselect.Stream, Expr: filter.Compare{Field: filter.Field{Column: filter.ColEvent},
		Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue, Str: "HUSH"}}}}
	return preselect.New(s, func(user string) []string { return map[string][]string{"anna": {"staff"}}[user] })
}

func event(name string, class counterfoil.Class) counterfoil.Event {
	return counterfoil.Event{Major: 1, Time: 1, Service: "APP", Name: name, User: "eve", Class: class, Outcome: counterfoil.Success}
}

func gateOn(t *testing.T, tr intake.Keeper, shown *intake.Shown, p *preselect.Policy) *intake.Gate {
	g := intake.NewGate(tr, shown, time.Now)
	if err := g.Change(t.Context(), p, 7, intake.Writer{Host: "h"}, nil); err != nil {
		t.Fatal(err)
	}
	return g
}

func names(records []counterfoil.Record) string {
	var all []string
	for _, r := range records {
		all = append(all, r.Name)
	}
	return strings.Join(all, " ")
}

// What is refused goes no further and is counted by its rule; the receipt and an error speak of the batch as it was given.
func TestGate(t *testing.T) {
	tr := &intaketest.Trail{}
	g := gateOn(t, tr, &intake.Shown{}, policyOf(t, "fd"))
	batch := []counterfoil.Event{event("A", counterfoil.ClassFileDelete), event("B", counterfoil.ClassFileRead), event("C", counterfoil.ClassFileDelete),
		event("HUSH", counterfoil.ClassFileDelete), event("D", counterfoil.ClassFileRead)}
	r, err := g.Append(t.Context(), "in", batch)
	if err != nil || r.First != 0 || r.Last != 1 || r.LeftOut != 3 || names(tr.Records()) != "A C" {
		t.Fatalf("%+v, %v: %s", r, err, names(tr.Records()))
	}
	if batch[1].Name != "B" || batch[4].Name != "D" {
		t.Error("the batch was changed")
	}
	bad := event("BAD", counterfoil.ClassFileDelete)
	bad.Action = "no.such"
	refusedBad := event("lower", counterfoil.ClassFileRead)
	for i, c := range []struct {
		batch []counterfoil.Event
		index int
	}{{[]counterfoil.Event{event("B", counterfoil.ClassFileRead), event("A", counterfoil.ClassFileDelete), bad}, 2}, {[]counterfoil.Event{event("A", counterfoil.ClassFileDelete), refusedBad}, 1}} {
		_, err = g.Append(t.Context(), "in", c.batch)
		var e *trail.EventError
		if !errors.As(err, &e) || e.Index != c.index {
			t.Errorf("%d: %v", i, err)
		}
	}
	if err := g.Write(t.Context(), intake.Writer{Host: "h"}); err != nil {
		t.Fatal(err)
	}
	if err := g.Write(t.Context(), intake.Writer{Host: "h"}); err != nil {
		t.Fatal(err)
	}
	counts := tr.Named("REFUSED")
	if len(counts) != 1 || counts[0].Via != "in" || counts[0].Action != counterfoil.AuditRefuse {
		t.Fatalf("%+v", counts)
	}
	d := counts[0].EventData
	if got := fmt.Sprint(d.Member("policy"), " ", d.Member("count"), " ", d.Member("shown"), " ", d.Member("rules")); got != `7 2 1 [{"count":2,"place":"built in","rule":"flags"}]` {
		t.Errorf("counted %s", got)
	}
	if err := g.Change(t.Context(), nil, 8, intake.Writer{}, nil); err != nil {
		t.Fatal(err)
	}
	if r, err := g.Append(t.Context(), "in", batch); err != nil || r.LeftOut != 0 || len(tr.Records()) != 8 {
		t.Errorf("without a policy: %+v, %v", r, err)
	}
}

// A group that this machine's database told is added to the event that is kept for it.
func TestGateMarks(t *testing.T) {
	tr := &intaketest.Trail{}
	g := gateOn(t, tr, &intake.Shown{}, policyOf(t, "fd"))
	e := event("A", counterfoil.ClassFileRead)
	e.User = "anna"
	if r, err := g.Append(t.Context(), "nas", []counterfoil.Event{event("B", counterfoil.ClassFileRead), e}); err != nil || r.LeftOut != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := tr.Records()[0]; got.Name != "A" || got.EventData != `{"added":{"groups":["staff"]}}` || e.EventData != "" {
		t.Errorf("%+v", got)
	}
}

// The position behind a batch of which nothing is kept is kept with its count; a batch that failed is not counted.
func TestGatePosition(t *testing.T) {
	tr := &intaketest.Trail{}
	g := gateOn(t, tr, &intake.Shown{}, policyOf(t, "fd"))
	refused, kept := []counterfoil.Event{event("B", counterfoil.ClassFileRead)}, []counterfoil.Event{event("A", counterfoil.ClassFileDelete), event("B", counterfoil.ClassFileRead)}
	step := func(batch []counterfoil.Event, pos string, want string) {
		t.Helper()
		if _, err := g.AppendAt(t.Context(), "in", batch, []byte(pos)); err != nil {
			t.Fatal(err)
		}
		if got := string(g.Position("in")); got != want {
			t.Errorf("position %q, want %q", got, want)
		}
	}
	step(refused, "1", "")
	step(kept, "2", "2")
	step(refused, "3", "2")
	tr.Fail = func(int) (bool, error) { return false, trail.ErrSuspended }
	if _, err := g.AppendAt(t.Context(), "in", kept, []byte("4")); !errors.Is(err, trail.ErrSuspended) {
		t.Fatal(err)
	}
	if err := g.Write(t.Context(), intake.Writer{}); !errors.Is(err, trail.ErrSuspended) {
		t.Fatal(err)
	}
	tr.Fail = nil
	if err := g.Write(t.Context(), intake.Writer{}); err != nil {
		t.Fatal(err)
	}
	if got := string(g.Position("in")); got != "3" || tr.Named("REFUSED")[0].EventData.Member("count") != "3" {
		t.Errorf("position %q, %s", got, tr.Named("REFUSED")[0].EventData)
	}
}

// While policies change, no event is lost, and each is kept by the policy whose record stands before it.
func TestGateChange(t *testing.T) {
	tr := &intaketest.Trail{}
	policies := []*preselect.Policy{policyOf(t, "fd"), policyOf(t, "fr")}
	class := []counterfoil.Class{counterfoil.ClassFileDelete, counterfoil.ClassFileRead}
	g := gateOn(t, tr, &intake.Shown{}, policies[0])
	const senders, batches = 4, 200
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for range batches {
				r, err := g.Append(t.Context(), "in", []counterfoil.Event{event("DELETE", class[0]), event("READ", class[1]), event("BOTH", class[0]|class[1])})
				if err != nil || r.LeftOut != 1 {
					t.Error(r, err)
				}
			}
		})
	}
	for i := range 50 {
		n := (i + 1) % 2
		err := g.Change(t.Context(), policies[n], uint64(i), intake.Writer{}, func() error {
			_, err := tr.Append(context.Background(), "counterfoil", []counterfoil.Event{event(fmt.Sprintf("POLICY%d", n), 0)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if err := g.Write(t.Context(), intake.Writer{}); err != nil {
		t.Fatal(err)
	}
	at, both, kept, refused := 0, 0, 0, 0
	for _, r := range tr.Records() {
		switch {
		case strings.HasPrefix(r.Name, "POLICY"):
			at = int(r.Name[6] - '0')
		case r.Name == "REFUSED":
			var n int
			fmt.Sscan(string(r.EventData.Member("count")), &n)
			refused += n
		case r.Name == "BOTH":
			both++
		case r.Class != class[at]:
			t.Fatalf("record %d, %s, stands behind policy %d", r.Seq, r.Name, at)
		default:
			kept++
		}
	}
	if both != senders*batches || kept != both || refused != both {
		t.Errorf("%d and %d kept, %d counted of %d each", both, kept, refused, senders*batches)
	}
	failed := errors.New("cannot record")
	if err := g.Change(t.Context(), nil, 99, intake.Writer{}, func() error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	if p, n := g.Policy(); p == nil || n == 99 {
		t.Error("a policy that could not be recorded is in force")
	}
}

// What is kept from the disk is handed on once its batch is durable, marked, and the batch is as it was.
func TestGatePasses(t *testing.T) {
	tr := &intaketest.Trail{}
	g := gateOn(t, tr, &intake.Shown{}, policyOf(t, "fd"))
	var got []string
	g.Pass = func(via string, events []counterfoil.Event) {
		for i := range events {
			got = append(got, fmt.Sprintf("%s %s %s behind %d", via, events[i].Name, events[i].EventData, len(tr.Records())))
		}
	}
	batch := []counterfoil.Event{event("A", counterfoil.ClassFileDelete), event("HUSH", counterfoil.ClassFileDelete), event("READ", counterfoil.ClassFileRead)}
	batch[1].EventData = `{"added":{"stored":true},"x":1}`
	fails := true
	tr.Fail = func(int) (bool, error) {
		if fails {
			return false, trail.ErrSuspended
		}
		return false, nil
	}
	if _, err := g.Append(t.Context(), "in", batch); !errors.Is(err, trail.ErrSuspended) || len(got) > 0 {
		t.Fatalf("%v, and %q were passed on before the batch was kept", err, got)
	}
	fails = false
	if _, err := g.Append(t.Context(), "in", batch); err != nil {
		t.Fatal(err)
	}
	if want := `in HUSH {"added":{"stored":false},"added#2":{"stored":true},"x":1} behind 1`; len(got) != 1 || got[0] != want {
		t.Errorf("passed on: %q, want %q", got, want)
	}
	if batch[1].EventData != `{"added":{"stored":true},"x":1}` {
		t.Error("the batch was changed")
	}
	huge := event("HUSH", counterfoil.ClassFileDelete)
	huge.Raw = strings.Repeat("x", counterfoil.MaxMessage-len(counterfoil.AppendEvent(nil, &huge))-len(`,"raw":""`))
	got = nil
	if _, err := g.Append(t.Context(), "in", []counterfoil.Event{huge}); err != nil || len(got) != 1 || got[0] != "in HUSH  behind 1" {
		t.Errorf("%v, %.100q", err, got)
	}
}

// TestGateDropped: what the policy refused of a batch that a full disk dropped is counted, and what it only shows is shown: the trail
// counts the rest. Of a batch that may come again nothing is.
func TestGateDropped(t *testing.T) {
	tr := &intaketest.Trail{}
	g := gateOn(t, tr, &intake.Shown{}, policyOf(t, "fd"))
	passed := 0
	g.Pass = func(_ string, events []counterfoil.Event) { passed += len(events) }
	batch := []counterfoil.Event{event("A", counterfoil.ClassFileDelete), event("HUSH", counterfoil.ClassFileDelete), event("READ", counterfoil.ClassFileRead)}
	for _, why := range []error{trail.ErrSuspended, trail.ErrDropped} {
		tr.Fail = func(int) (bool, error) { return false, why }
		if _, err := g.Append(t.Context(), "in", batch); !errors.Is(err, why) {
			t.Fatal(err)
		}
	}
	tr.Fail = nil
	if err := g.Write(t.Context(), intake.Writer{Host: "h"}); err != nil {
		t.Fatal(err)
	}
	counts := tr.Named("REFUSED")
	if len(counts) != 1 || counts[0].EventData.Member("count") != "1" || counts[0].EventData.Member("shown") != "1" || passed != 1 {
		t.Errorf("%d passed on, counted %+v", passed, counts)
	}
}

// Who looks on sees what is not stored; nobody looking, nothing is held.
func TestShown(t *testing.T) {
	shown := &intake.Shown{}
	g := gateOn(t, &intaketest.Trail{}, shown, policyOf(t, "fd"))
	hush := []counterfoil.Event{event("HUSH", counterfoil.ClassFileDelete)}
	send := func() {
		t.Helper()
		if r, err := g.Append(t.Context(), "in", hush); err != nil || r.LeftOut != 1 {
			t.Fatal(r, err)
		}
	}
	send()
	next, done := shown.Look()
	if got, _, _ := shown.Since(0); next != 0 || len(got) != 0 {
		t.Errorf("%d held while nobody looked", len(got))
	}
	changed := shown.Changed()
	send()
	<-changed
	got, next, missed := shown.Since(next)
	if len(got) != 1 || got[0].Name != "HUSH" || got[0].Via != "in" || missed != 0 {
		t.Errorf("%+v", got)
	}
	for range 1024 + 5 {
		send()
	}
	if got, after, missed := shown.Since(next); len(got) != 1024 || missed != 5 || after != next+1029 {
		t.Errorf("%d, after %d, missed %d", len(got), after, missed)
	}
	done()
	done()
	if got, _, _ := shown.Since(next); len(got) > 0 {
		t.Error("events are held though nobody looks on")
	}
	next, done = shown.Look()
	defer done()
	hush[0].Raw = strings.Repeat("x", 10<<20)
	for range 10 {
		send()
	}
	if got, after, missed := shown.Since(next); len(got) != 6 || missed != 4 || after != next+10 {
		t.Errorf("of large ones %d, after %d, missed %d", len(got), after, missed)
	}
}
