package preselect

import (
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/mongoq"
)

// TestHintOfNumbers: a text that stands for a number has many spellings. A hint that wants one of them would leave out what
// the filter is true of.
func TestHintOfNumbers(t *testing.T) {
	for _, f := range []string{
		`{"event_data.n": {"$numberLong": "9007199254740993"}}`,
		`{"event_data.n": {"$in": [{"$numberLong": "9007199254740993"}, "x"]}}`,
	} {
		q, err := mongoq.Parse(f)
		if err != nil {
			t.Fatal(err)
		}
		in := New(Spec{Filters: []Filter{{Name: "n", Text: f, Expr: q.Expr}}}, nil).Input("in")
		for _, data := range []string{`{"n":9007199254740993}`, `{"n":9.007199254740993e15}`, `{"n":"90071992547409930e-1"}`} {
			j, err := counterfoil.Canonical(data)
			if err != nil {
				t.Fatal(err)
			}
			e := counterfoil.Event{Major: 1, Service: "APP", Name: "X", EventData: j}
			if !filter.Eval(q.Expr, &counterfoil.Record{Event: e}) {
				t.Errorf("%s is not true of %s", f, data)
			}
			if !in.Judge(&e).Keep {
				t.Errorf("only %s: %s is refused", f, data)
			}
		}
	}
}
