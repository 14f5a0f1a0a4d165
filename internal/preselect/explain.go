package preselect

import (
	"fmt"

	"github.com/counterfoil/counterfoil"
)

// Step is what one rule says of an event, and why.
type Step struct {
	Rule    int    // of [Policy.Rules]
	Verdict string // "next", "keep", "refuse", "stream"
	Words   string
}

var verdicts = [...]string{next: "next", keep: "keep", refuse: "refuse", stream: "stream"}

// Explain gives the decision on an event and every step to it, in order.
func (in *Input) Explain(e *counterfoil.Event) (steps []Step, d Decision) {
	d = in.walk(e, func(s step, a answer) {
		told := s.words(in, e, a)
		told.Verdict = verdicts[a.verdict]
		steps = append(steps, told)
	})
	return steps, d
}

// Words says a decision in a few words: "kept by flags", "refused by lists.finance.limit".
func (p *Policy) Words(d Decision) string {
	verb := "kept by "
	switch {
	case !d.Keep:
		verb = "refused by "
	case !d.Persist:
		verb = "shown but not stored, by "
	}
	return verb + p.rules[d.Rule].Name
}

func (own) words(*Input, *counterfoil.Event, answer) Step {
	return Step{Rule: ruleOwn, Words: "what the program says of itself is always kept"}
}

func (c *category) words(_ *Input, e *counterfoil.Event, a answer) Step {
	s := Step{Rule: c.rule, Words: fmt.Sprintf("the category %s is enabled", e.Category)}
	switch {
	case c.implicit:
		s.Words = fmt.Sprintf("the category %s is implicit: it cannot be disabled", e.Category)
	case a.verdict == refuse:
		s.Words = fmt.Sprintf("the category %s is not enabled", e.Category)
	case !c.persist:
		s.Words += ", its events are shown but not stored"
	}
	return s
}

func (f *filterRule) words(_ *Input, _ *counterfoil.Event, a answer) Step {
	words := "the filter matches"
	if f.then == Only && a.verdict == refuse || f.then != Only && a.verdict == next {
		words = "the filter does not match"
	}
	return Step{Rule: f.rule, Words: words}
}

// Told is an explanation as other programs read it.
type Told struct {
	Policy   uint64     `json:"policy"` // its number in the trail; 0: none, and everything is kept
	Keep     bool       `json:"keep"`
	Persist  bool       `json:"persist"`
	Decision string     `json:"decision"` // in a few words
	Rule     string     `json:"rule"`     // the deciding one
	Place    string     `json:"place"`
	Text     string     `json:"text"`
	Steps    []ToldStep `json:"steps"`
}

// ToldStep is one rule that was asked.
type ToldStep struct {
	Rule    string `json:"rule"`
	Place   string `json:"place"`
	Verdict string `json:"verdict"`
	Words   string `json:"words"`
}

// Tell explains the decision on an event that comes, or came, by via at a moment. number is the policy's.
func (p *Policy) Tell(number uint64, via string, e *counterfoil.Event, at counterfoil.Time) *Told {
	in := p.Input(via)
	steps, d := in.Explain(e)
	rule := p.rules[d.Rule]
	t := &Told{Policy: number, Keep: d.Keep, Persist: d.Persist, Decision: p.Words(d), Rule: rule.Name, Place: rule.Place.String(), Text: rule.Text,
		Steps: []ToldStep{}}
	for _, s := range steps {
		asked := p.rules[s.Rule]
		t.Steps = append(t.Steps, ToldStep{asked.Name, asked.Place.String(), s.Verdict, s.Words})
	}
	if p.Observing(at) && !(d.Keep && d.Persist) && in.ObservesStored(e) {
		t.observed()
	}
	return t
}
