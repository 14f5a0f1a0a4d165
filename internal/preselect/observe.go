package preselect

import "github.com/counterfoil/counterfoil"

// Observe says until when a policy only observes: what a rule leaves out is kept, and marked with the rule.
type Observe struct {
	Until   counterfoil.Time // 0: it never does
	Persist bool             // also what is not to be stored, whatever else is decided on it
	Place   Place
}

// Observing reports whether the policy only observes at a moment.
func (p *Policy) Observing(now counterfoil.Time) bool {
	return p.observe.Until != 0 && now < p.observe.Until
}

// ObservesUntil is the end of observing; 0: the policy never does.
func (p *Policy) ObservesUntil() counterfoil.Time { return p.observe.Until }

// ObservesStored reports whether an event that a rule leaves out goes to the disk while the policy observes: what is not to be
// stored does only where the policy says so.
func (in *Input) ObservesStored(e *counterfoil.Event) bool {
	if in.p.observe.Persist {
		return true
	}
	in.copied = false
	if c := in.category(e); !c.persist && !c.implicit {
		return false
	}
	for _, f := range in.filters {
		if f.then == Stream && f.judge(in, e).verdict == stream {
			return false
		}
	}
	return true
}

// MarkObserved says in an event what a decision would have made of it if the policy did not only observe.
func (p *Policy) MarkObserved(e *counterfoil.Event, d Decision) {
	decision := "refuse"
	if d.Keep {
		decision = "stream"
	}
	add(e, func(b *counterfoil.Builder) {
		b.Object("observed")
		b.String("decision", decision)
		b.String("rule", p.rules[d.Rule].Name)
		b.End()
	})
}

// observed makes an explanation say what became of an event that came while the policy only observed.
func (t *Told) observed() {
	t.Decision = "kept because the policy only observes; else " + t.Decision
	t.Keep, t.Persist = true, true
}
