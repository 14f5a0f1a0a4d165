package preselect

import (
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Common are the columns that events must have in common to be judged together: those that the rules look at, but for the
// filters and the groups of a user.
var Common = []filter.Column{filter.ColVia, filter.ColDialect, filter.ColService, filter.ColEvent, filter.ColClass, filter.ColCategory,
	filter.ColSuccess, filter.ColUser, filter.ColLoginID}

// Given is what is left to ask of events that have much in common. For one goroutine, that of its Input.
type Given struct {
	in      *Input
	decided Decision      // so far
	filters []*filterRule // still to be asked
	looks   []filter.Column
	all     bool // a list looks at the groups of a user: each event is judged from the beginning
}

// Given asks once what events have in common, which agree with e in [Common] and in the columns that known tells: what is
// left decides on each of them as [Input.Judge] does. Two values agree, too, of which every rule says the same: any two
// login identities, and any two users whom no rule names ([Policy.Names]), where filters do not tell them apart; empty agrees with empty only.
func (in *Input) Given(e *counterfoil.Event, known func(filter.Column) bool) *Given {
	g := &Given{in: in}
	d, decided := in.toFilters(e, nil)
	if g.all = in.looked; g.all {
		g.looks = in.columns()
		return g
	}
	g.decided = d
	if decided {
		return g
	}
	for _, f := range in.filtersOf(e.Service) {
		left := f.given(filter.Given(f.expr, in.recordOf(e), known))
		hit, sure := left.constant()
		a := left.answer(hit)
		if sure && a == pass {
			continue
		}
		if sure && len(g.filters) == 0 {
			g.decided.take(a)
		} else { // in its place, since what is before it may decide
			g.filters = append(g.filters, left)
		}
		if sure && a.verdict != next {
			break
		}
	}
	for _, f := range g.filters {
		g.looks = f.columns(g.looks)
	}
	return g
}

// Columns are those that Judge looks at; none: the decision is the same on all the events.
func (g *Given) Columns() []filter.Column { return g.looks }

// Judge decides on one of the events, of which only Columns need be there.
func (g *Given) Judge(e *counterfoil.Event) Decision {
	if g.all {
		return g.in.Judge(e)
	}
	g.in.copied = false
	return g.in.byFilters(g.decided, g.filters, e, nil)
}

// given is the rule with what is left of its expression.
func (f *filterRule) given(left filter.Expr) *filterRule {
	r := &filterRule{rule: f.rule, expr: left, not: f.not, then: f.then}
	if not, ok := left.(filter.Not); ok && f.not {
		left = not.X
	}
	r.hint = hintOf(left)
	return r
}

// constant gives what the rule finds of any event, where nothing is left to ask.
func (f *filterRule) constant() (hit, sure bool) {
	switch f.expr.(type) {
	case filter.All:
		return !f.not, true
	case filter.None:
		return f.not, true
	}
	return false, false
}

func (f *filterRule) columns(list []filter.Column) []filter.Column {
	filter.Columns(f.expr, func(c filter.Column) bool {
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
		return true
	})
	return list
}

// columns are all that any rule looks at.
func (in *Input) columns() []filter.Column {
	list := append(slices.Clone(Common), filter.ColGroup, filter.ColEventData)
	for _, f := range in.filters {
		list = f.columns(list)
	}
	return list
}
