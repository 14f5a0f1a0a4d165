package simulate

import (
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// judge is a policy, or what is left of it to ask.
type judge interface {
	Judge(*counterfoil.Event) preselect.Decision
}

// sides are the two policies, ready to judge. For one goroutine.
type sides struct {
	now, next *preselect.Policy
	members   *membership
	inputs    map[string]*input // by via
}

type input struct{ now, next *preselect.Input }

// membership stands for the database that says who is in which group, which tells nothing of the past: it says what is
// supposed.
type membership struct {
	suppose [][]string // sets of groups that make a difference
	groups  []string
	asked   bool
}

func (m *membership) of(string) []string {
	m.asked = true
	return m.groups
}

func newSides(now, next preselect.Spec, suppose [][]string) *sides {
	m := &membership{suppose: suppose}
	return &sides{preselect.New(now, m.of), preselect.New(next, m.of), m, map[string]*input{}}
}

func (s *sides) input(via string) *input {
	in := s.inputs[via]
	if in == nil {
		in = &input{s.now.Input(via), s.next.Input(via)}
		s.inputs[via] = in
	}
	return in
}

// judge asks both policies, and again for each set of groups that the user may have been in.
func (s *sides) judge(now, next judge, e *counterfoil.Event) verdict {
	s.members.groups, s.members.asked = nil, false
	v := pair(now, next, e)
	if !s.members.asked {
		return v
	}
	for _, s.members.groups = range s.members.suppose {
		if pair(now, next, e).change() != v.change() {
			v.unsure = true
			break
		}
	}
	return v
}

func pair(now, next judge, e *counterfoil.Event) verdict {
	d := next.Judge(e)
	return verdict{now: outcomeOf(now.Judge(e)), next: outcomeOf(d), rule: d.Rule}
}

// mostGroups bounds how many groups each group is supposed together with.
const mostGroups = 16

// supposed gives the sets of groups by which the two policies can differ. A policy's decision takes a user to be in one
// group at most and outside others, so that no more than two together are needed. Groups that stand in the same lists are as
// good as one. Of more than 16 such groups not all pairs are tried.
func supposed(now, next *preselect.Spec) (sets [][]string) {
	in := map[string]string{} // by group: where it stands
	var names []string
	for side, s := range []*preselect.Spec{now, next} {
		for i, l := range s.Lists {
			for half, m := range []preselect.Members{l.Watch, l.Limit} {
				for _, g := range m.Groups {
					if in[g] == "" {
						names = append(names, g)
					}
					in[g] += string(rune(side)) + string(rune(i)) + string(rune(half)) + ";"
				}
			}
		}
	}
	var one []string // of each place
	for _, g := range names {
		if !slices.ContainsFunc(one, func(o string) bool { return in[o] == in[g] }) {
			one = append(one, g)
		}
	}
	for i, g := range one {
		sets = append(sets, []string{g})
		for _, o := range one[:min(i, mostGroups)] {
			sets = append(sets, []string{o, g})
		}
	}
	return append(sets, one)
}
