package preselect

import (
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// TestObserve: before its end a policy that observes says what became of an event and what would have; from its end on it
// is a policy like any other.
func TestObserve(t *testing.T) {
	spec := Spec{Observe: Observe{Until: 100}, Filters: []Filter{{Name: "quiet", Then: Refuse, Text: "all", Expr: filter.All{}}}}
	p := New(spec, nil)
	e := counterfoil.Event{Major: 1, Service: "APP", Name: "TICK", EventData: `{"added":{"observed":{"rule":"forged"}},"n":1}`}
	before, after := p.Tell(3, "in", &e, 99), p.Tell(3, "in", &e, 100)
	if !before.Keep || !before.Persist || before.Decision != "kept because the policy only observes; else refused by filters.quiet" || before.Rule != "filters.quiet" {
		t.Errorf("before its end: %+v", before)
	}
	if after.Keep || after.Decision != "refused by filters.quiet" {
		t.Errorf("at its end: %+v", after)
	}
	hidden := counterfoil.Event{Major: 1, Service: "APP", Name: "TICK", Category: counterfoil.CategoryData}
	spec.Categories = map[counterfoil.Category]Switch{counterfoil.CategoryData: {Enabled: true}}
	if got := New(spec, nil).Tell(3, "in", &hidden, 99); got.Keep || got.Decision != "refused by filters.quiet" {
		t.Errorf("what is not to be stored: %+v", got)
	}
	spec.Observe.Persist = true
	if got := New(spec, nil).Tell(3, "in", &hidden, 99); !got.Keep || !got.Persist {
		t.Errorf("what is not to be stored, and is observed: %+v", got)
	}
	if p := New(Spec{}, nil); p.Observing(0) || p.Observing(-1) {
		t.Error("a policy that does not say so observes")
	}
	d := p.Input("in").Judge(&e)
	p.MarkObserved(&e, d)
	const want = `{"added":{"observed":{"decision":"refuse","rule":"filters.quiet"}},"added#2":{"observed":{"rule":"forged"}},"n":1}`
	if string(e.EventData) != want {
		t.Errorf("marked: %s\nwant:   %s", e.EventData, want)
	}
	if err := e.Check(); err != nil && !strings.Contains(err.Error(), "time") {
		t.Error(err)
	}
}
