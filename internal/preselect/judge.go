package preselect

import (
	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Decision is what becomes of an event.
type Decision struct {
	Keep    bool   // false: the event is refused, and counted
	Persist bool   // false: it reaches who looks on, but not the disk
	Rule    int    // the deciding one, of [Policy.Rules]
	Group   string // set where membership of this group decided and this machine's database told it, not the event
}

// verdict is what one step answers.
type verdict uint8

const (
	next verdict = iota
	keep
	refuse
	stream
)

// answer is a verdict and the rule that gave it. A rule that lets an event go on because it selects it is the deciding one
// if nothing behind it decides.
type answer struct {
	verdict verdict
	rule    int
}

// pass is the answer of a step that has nothing to say.
var pass = answer{next, ruleRest}

// take adds an answer to what was decided so far, and reports whether it was the last.
func (d *Decision) take(a answer) (last bool) {
	if a.rule != ruleRest {
		d.Rule = a.rule
	}
	if a.verdict == refuse {
		d.Keep = false
	}
	if a.verdict == refuse || a.verdict == stream {
		d.Persist = false
	}
	return a.verdict != next
}

// step is one question that is asked of an event.
type step interface {
	judge(in *Input, e *counterfoil.Event) answer
	// words says why the step answers a.
	words(in *Input, e *counterfoil.Event, a answer) Step
}

// Judge decides on an event. It does not change it and keeps nothing of it.
func (in *Input) Judge(e *counterfoil.Event) Decision { return in.walk(e, nil) }

// walk asks step after step until one decides. said, if it is not nil, hears every answer. It calls the steps by their
// types and not through the interface: this is done for every event there is.
func (in *Input) walk(e *counterfoil.Event, said func(step, answer)) Decision {
	d, decided := in.toFilters(e, said)
	if decided {
		return d
	}
	filters := in.filters
	if said == nil && len(filters) > 0 {
		filters = in.filtersOf(e.Service)
	}
	return in.byFilters(d, filters, e, said)
}

// toFilters asks the steps before the filters.
func (in *Input) toFilters(e *counterfoil.Event, said func(step, answer)) (d Decision, decided bool) {
	in.copied, in.group, in.looked = false, "", false
	d = Decision{Keep: true, Persist: true, Rule: ruleRest}
	if e.Service == act.Service {
		d.take(heard(said, own{}, own{}.judge(in, e)))
		return d, true
	}
	c := in.category(e)
	d.Persist = c.persist || c.implicit
	if c.rule != ruleRest && d.take(heard(said, c, c.judge(in, e))) {
		return d, true
	}
	in.user = in.p.users[e.User]
	if e.Name != authentication {
		for _, l := range in.lists {
			if a := heard(said, l, l.judge(in, e)); a != pass && d.take(a) {
				d.Group = in.group
				return d, true
			}
		}
	}
	if m := in.p.masks; m != nil && d.take(heard(said, m, m.judge(in, e))) {
		return d, true
	}
	return d, false
}

// byFilters asks filters of an event of which d was decided so far.
func (in *Input) byFilters(d Decision, filters []*filterRule, e *counterfoil.Event, said func(step, answer)) Decision {
	for _, f := range filters {
		if a := heard(said, f, f.judge(in, e)); a != pass && d.take(a) {
			break
		}
	}
	return d
}

func heard[S step](said func(step, answer), s S, a answer) answer {
	if said != nil {
		said(s, a)
	}
	return a
}

// own is the step that keeps what the program says of itself.
type own struct{}

func (own) judge(*Input, *counterfoil.Event) answer { return answer{verdict: keep, rule: ruleOwn} }

// category gives the switch of an event's category; one that has none is not switched.
func (in *Input) category(e *counterfoil.Event) *category {
	if int(e.Category) < len(in.p.categories) {
		return &in.p.categories[e.Category]
	}
	return &in.p.categories[counterfoil.NoCategory]
}

func (c *category) judge(*Input, *counterfoil.Event) answer {
	switch {
	case c.implicit:
		return answer{verdict: keep, rule: c.rule}
	case !c.enabled:
		return answer{verdict: refuse, rule: c.rule}
	}
	return pass
}

func (f *filterRule) judge(in *Input, e *counterfoil.Event) answer {
	return f.answer(f.hint.mayMatch(e) && filter.Eval(f.expr, in.recordOf(e)) != f.not)
}

// answer says what a filter does where what it asks is true, and where not.
func (f *filterRule) answer(hit bool) answer {
	switch {
	case f.then == Only && hit:
		return answer{rule: f.rule}
	case f.then == Only:
		return answer{verdict: refuse, rule: f.rule}
	case !hit:
		return pass
	}
	return answer{verdict: [...]verdict{Refuse: refuse, Stream: stream, Keep: keep}[f.then], rule: f.rule}
}

// recordOf gives the event as filters want it. It is copied once, where the first filter is reached.
func (in *Input) recordOf(e *counterfoil.Event) *counterfoil.Record {
	if !in.copied {
		in.record.Event, in.copied = *e, true
	}
	return &in.record
}
