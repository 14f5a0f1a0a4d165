package filter_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
)

// What is left of a filter says of every record that has the known columns in common what the filter says.
func TestGiven(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	unknown := []filter.Column{filter.ColEventData, filter.ColSvcData, filter.ColRaw, filter.ColPID, filter.ColTime, filter.ColObjectName, filter.ColUser}
	known := func(c filter.Column) bool { return !slices.Contains(unknown, c) }
	decided, left := 0, 0
	for range 4000 {
		x, r := filtertest.RandomExpr(rng, 3), filtertest.RandomRecord(rng, 1)
		if rng.IntN(3) == 0 {
			x = filter.And{X: []filter.Expr{x, filtertest.RandomAbout(rng, &r)}}
		}
		rest := filter.Given(x, &r, known)
		switch rest.(type) {
		case filter.All, filter.None:
			decided++
		default:
			left++
		}
		for range 4 {
			o, other := r, filtertest.RandomRecord(rng, 1)
			o.EventData, o.SvcData, o.Raw, o.Subject.PID, o.Time, o.Object.Name, o.User = other.EventData, other.SvcData, other.Raw, other.Subject.PID, other.Time, other.Object.Name, other.User
			if got, want := filter.Eval(rest, &o), filter.Eval(x, &o); got != want {
				t.Fatalf("%#v of %+v is %v, what is left of it, %#v, is %v", x, o, want, rest, got)
			}
		}
		filter.Columns(rest, func(c filter.Column) bool {
			if _, words := rest.(filter.Words); known(c) && !words && !hasWords(rest) {
				t.Fatalf("%#v looks at %s, which is known", rest, filter.ColumnNames[c])
			}
			return true
		})
	}
	if decided < 500 || left < 500 {
		t.Errorf("%d filters are decided and %d are not: the records try nothing", decided, left)
	}
}

func hasWords(x filter.Expr) bool {
	switch x := x.(type) {
	case filter.And:
		return slices.ContainsFunc(x.X, hasWords)
	case filter.Or:
		return slices.ContainsFunc(x.X, hasWords)
	case filter.Not:
		return hasWords(x.X)
	}
	_, is := x.(filter.Words)
	return is
}
