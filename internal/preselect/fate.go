package preselect

import (
	"maps"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/bsm"
)

// Fate is what becomes of events that are gone.
type Fate uint8

const (
	Unknown Fate = iota // that depends on what they said
	Left                // left out again: refused, or shown and not stored
	Kept
)

// FateOf says what next makes of the events that rule of was left out of an input, of which nothing else is known: not
// what they said, only that they passed the rules before it. It says only what is so of each of them.
func (next *Spec) FateOf(was *Spec, via, rule string) Fate {
	was, next = was.of(via), next.of(via)
	category := "" // of the events, where it is known
	if name, is := strings.CutPrefix(rule, "categories."); is {
		category = name
	}
	switch {
	case next.leaves(category):
		return Left
	case next.keeps(category):
		return Kept
	case strings.HasPrefix(rule, "lists.") && next.listsAgain(was, rule),
		strings.HasPrefix(rule, "filters.") && next.filtersAgain(was, rule),
		isMasks(rule) && next.masksAgain(was):
		return Left
	}
	return Unknown
}

// of gives what the rules say of an input.
func (s *Spec) of(via string) *Spec {
	o := *s
	o.Lists = slices.DeleteFunc(slices.Clone(s.Lists), func(l List) bool { return !applies(l.Inputs, via) })
	o.Filters = slices.DeleteFunc(slices.Clone(s.Filters), func(f Filter) bool { return !applies(f.Inputs, via) })
	return &o
}

// leaves reports whether the events of a category are left out as such.
func (s *Spec) leaves(category string) bool {
	for c, x := range s.Categories {
		if c.String() == category && !Implicit(c) && !(x.Enabled && x.Persist) {
			return true
		}
	}
	return false
}

// keeps reports whether no rule leaves anything out, of a category or, "", of all.
func (s *Spec) keeps(category string) bool {
	for c, x := range s.Categories {
		if (category == "" || c.String() == category) && !Implicit(c) && !(x.Enabled && x.Persist) {
			return false
		}
	}
	return len(s.Lists) == 0 && s.Masks == nil && !slices.ContainsFunc(s.Filters, func(f Filter) bool { return f.Then != Keep })
}

// listsAgain: what stands before the same list in s lets nobody in whom the list refuses.
func (s *Spec) listsAgain(was *Spec, rule string) bool {
	for _, l := range was.Lists {
		if rule != "lists."+l.Name+"."+l.side() {
			continue
		}
		for _, x := range s.Lists {
			if x.same(l) {
				return true
			}
			if x.side() == "watch" {
				return false // it may keep
			}
		}
	}
	return false
}

func (l *List) side() string {
	if l.Watch.empty() {
		return "limit"
	}
	return "watch"
}

func (l *List) same(o List) bool {
	return l.Watch.same(o.Watch) && (l.side() == "watch" || l.Limit.same(o.Limit))
}

func (m Members) same(o Members) bool {
	return slices.Equal(slices.Sorted(slices.Values(m.Users)), slices.Sorted(slices.Values(o.Users))) &&
		slices.Equal(slices.Sorted(slices.Values(m.Groups)), slices.Sorted(slices.Values(o.Groups)))
}

// passesLists reports whether no list of s can keep what came through the lists of was. A watch list lets nothing through
// but AUTHENTICATION, which no list is asked about.
func (s *Spec) passesLists(was *Spec) bool {
	watches := func(l List) bool { return l.side() == "watch" }
	return slices.ContainsFunc(was.Lists, watches) || !slices.ContainsFunc(s.Lists, watches)
}

func isMasks(rule string) bool {
	return rule == "flags" || rule == "naflags" || strings.HasPrefix(rule, "users.")
}

// masksAgain: s selects nothing that was does not.
func (s *Spec) masksAgain(was *Spec) bool {
	a, b := was.Masks, s.Masks
	if a == nil || b == nil || !s.passesLists(was) || !slices.Equal(a.Classes, b.Classes) || (a.Events == nil) != (b.Events == nil) || !maps.Equal(a.Events, b.Events) {
		return false
	}
	users := []string{""}
	for _, u := range slices.Concat(a.Users, b.Users) {
		users = append(users, u.Name)
	}
	for _, name := range users {
		if !within(b.of(name), a.of(name)) {
			return false
		}
	}
	return within(b.NaFlags.Masks, a.NaFlags.Masks)
}

// of gives the masks of a user.
func (m *Masks) of(name string) bsm.Masks {
	i := slices.IndexFunc(m.Users, func(u User) bool { return u.Name == name }) // the first counts
	if i < 0 {
		return m.Flags.Masks
	}
	return m.Flags.Masks.Union(m.Users[i].Always.Masks).Without(m.Users[i].Never.Masks)
}

func within(a, b bsm.Masks) bool { return a.Success&^b.Success == 0 && a.Failure&^b.Failure == 0 }

// filtersAgain: what stands before the same filter in s keeps nothing that the filter leaves out.
func (s *Spec) filtersAgain(was *Spec, rule string) bool {
	i := slices.IndexFunc(was.Filters, func(f Filter) bool { return rule == "filters."+f.Name })
	if i < 0 || !s.passesLists(was) {
		return false
	}
	same := func(x Filter) func(Filter) bool {
		return func(f Filter) bool { return f.Text == x.Text && f.Then == x.Then }
	}
	for _, x := range s.Filters {
		if same(x)(was.Filters[i]) {
			return true
		}
		if x.Then == Keep && !slices.ContainsFunc(was.Filters[:i], same(x)) {
			return false // it may keep
		}
	}
	return false
}
