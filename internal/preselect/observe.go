package preselect

import "github.com/counterfoil/counterfoil"

// Observe says until when a policy only observes: everything is kept, and what a rule leaves out is marked with the rule.
type Observe struct {
	Until counterfoil.Time // 0: it never does
	Place Place
}

// Observing reports whether the policy only observes at a moment.
func (p *Policy) Observing(now counterfoil.Time) bool {
	return p.observe.Until != 0 && now < p.observe.Until
}

// ObservesUntil is the end of observing; 0: the policy never does.
func (p *Policy) ObservesUntil() counterfoil.Time { return p.observe.Until }

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
	if t.Keep && t.Persist {
		return
	}
	t.Decision = "kept because the policy only observes; else " + t.Decision
	t.Keep, t.Persist = true, true
}
