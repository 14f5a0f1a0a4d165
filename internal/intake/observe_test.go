package intake_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// TestGateObserves: until the policy's time what it would leave out is kept and marked, but for what is not to be stored, whatever
// else is decided on it; from that moment on, with nothing done by anybody, it is left out and counted.
func TestGateObserves(t *testing.T) {
	testGateObserves(t, false, "KEPT READ HUGE", []string{"", `{"added":{"observed":{"decision":"refuse","rule":"flags"}}}`, ""}, 3)
	testGateObserves(t, true, "KEPT READ SHOWN HIDDEN HUSH HUGE", []string{"", `{"added":{"observed":{"decision":"refuse","rule":"flags"}}}`,
		`{"added":{"observed":{"decision":"stream","rule":"flags"}}}`, `{"added":{"observed":{"decision":"refuse","rule":"flags"}}}`,
		`{"added":{"observed":{"decision":"refuse","rule":"flags"}}}`, ""}, 0)
}

func testGateObserves(t *testing.T, persist bool, want string, marks []string, leftOut int) {
	t.Helper()
	fd, err := bsm.ParseMasks("fd", bsm.Classes)
	if err != nil {
		t.Fatal(err)
	}
	x := preselect.Expr{Text: "fd", Masks: fd}
	end := time.Unix(1000, 0)
	p := preselect.New(preselect.Spec{Masks: &preselect.Masks{Classes: bsm.Classes, Flags: x, NaFlags: x}, Observe: preselect.Observe{Until: counterfoil.TimeOf(end), Persist: persist},
		Filters: []preselect.Filter{{Name: "hush", Then: preselect.Stream, Expr: filter.Compare{Field: filter.Field{Column: filter.ColEvent},
			Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue, Str: "HUSH"}}}},
		Categories: map[counterfoil.Category]preselect.Switch{counterfoil.CategoryData: {Enabled: true}}}, nil)
	now := end.Add(-1)
	tr := &intaketest.Trail{}
	g := intake.NewGate(tr, &intake.Shown{}, func() time.Time { return now })
	if err := g.Change(t.Context(), p, 1, intake.Writer{}, nil); err != nil {
		t.Fatal(err)
	}
	shown := event("SHOWN", counterfoil.ClassFileDelete)
	shown.Category = counterfoil.CategoryData
	hidden := event("HIDDEN", counterfoil.ClassFileRead) // refused, and not to be stored if it were not
	hidden.Category = counterfoil.CategoryData
	huge := event("HUGE", counterfoil.ClassFileRead)
	huge.Raw = strings.Repeat("x", counterfoil.MaxMessage-len(counterfoil.AppendEvent(nil, &huge))-len(`,"raw":""`))
	batch := []counterfoil.Event{event("KEPT", counterfoil.ClassFileDelete), event("READ", counterfoil.ClassFileRead), shown, hidden, event("HUSH", counterfoil.ClassFileRead), huge}
	r, err := g.Append(t.Context(), "in", batch)
	if err != nil || r.LeftOut != leftOut || names(tr.Records()) != want {
		t.Fatalf("while it observes: %+v, %v: %s", r, err, names(tr.Records()))
	}
	for i, want := range marks {
		if got := string(tr.Records()[i].EventData); got != want {
			t.Errorf("event %d is marked %q, want %q", i, got, want)
		}
	}
	if batch[1].EventData != "" {
		t.Error("the batch was changed")
	}
	now = end
	if r, err = g.Append(t.Context(), "in", batch); err != nil || r.LeftOut != 5 {
		t.Errorf("at its end: %+v, %v", r, err)
	}
	if err := g.Write(context.Background(), intake.Writer{Host: "h"}); err != nil {
		t.Fatal(err)
	}
	if got := names(tr.Records()[len(marks):]); got != "KEPT REFUSED" {
		t.Errorf("at its end the trail gets %s", got)
	}
}
