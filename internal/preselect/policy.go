package preselect

import (
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Rule is what decides. Its name stays the same while the rule stays in the file, wherever in it.
type Rule struct {
	Name  string // "categories.traffic", "lists.finance.limit", "flags", "users.root.never", "filters.quiet"
	Text  string // as it is written
	Place Place
}

// Rules that every policy has, by their numbers.
const (
	ruleOwn = iota
	ruleImplicit
	ruleRest
)

var builtIn = []Rule{
	{Name: "own", Text: "the program's own events are always kept"},
	{Name: "implicit", Text: "alarm and provisioning are always kept"},
	{Name: "rest", Text: "what no rule refuses is kept"},
}

// Policy is a set of rules ready to judge. Immutable; safe for concurrent use.
type Policy struct {
	rules      []Rule
	categories []category // by their numbers
	lists      []list
	masks      *masks
	filters    []filterRule
	users      map[string]*user // who has rules of their own
	groups     func(user string) []string
	observe    Observe
}

// user is what the rules say of one user, found with one look.
type user struct {
	masks *userMasks
	sides []uint64 // bit n: named on side n, the number of members
}

func (p *Policy) user(name string) *user {
	if p.users[name] == nil {
		p.users[name] = &user{}
	}
	return p.users[name]
}

// join says that u is on side n.
func (u *user) join(n int) {
	for len(u.sides) <= n/64 {
		u.sides = append(u.sides, 0)
	}
	u.sides[n/64] |= 1 << (n % 64)
}

func (u *user) on(n int) bool { return u != nil && n/64 < len(u.sides) && u.sides[n/64]>>(n%64)&1 != 0 }

type category struct {
	rule             int
	enabled, persist bool
	implicit         bool
}

type filterRule struct {
	rule   int
	inputs []string
	expr   filter.Expr
	not    bool // expr is the contrary of what is asked
	then   Then
	hint   hint
}

// newFilterRule asks cheap terms first. What a filter cannot be decided of, because an expression takes too long, is kept:
// a filter that leaves out is asked whether it does not match.
func newFilterRule(rule int, f Filter) filterRule {
	r := filterRule{rule: rule, inputs: f.Inputs, expr: filter.Cheapest(f.Expr), then: f.Then}
	r.hint = hintOf(r.expr)
	if f.Then == Refuse || f.Then == Stream {
		r.expr, r.not = filter.Not{X: r.expr}, true
	}
	return r
}

// New compiles a policy. groups gives the names and numbers of the groups of a user on this machine; nil: nobody knows them.
func New(s Spec, groups func(user string) []string) *Policy {
	p := &Policy{rules: slices.Clone(builtIn), users: map[string]*user{}, groups: groups, observe: s.Observe}
	for i := range len(counterfoil.Categories()) + 1 {
		p.categories = append(p.categories, p.category(counterfoil.Category(i), s.Categories))
	}
	for i, l := range s.Lists {
		p.lists = append(p.lists, p.list(l, 2*i))
	}
	if s.Masks != nil {
		p.masks = p.newMasks(s.Masks)
	}
	for _, f := range s.Filters {
		rule := p.rule("filters."+f.Name, f.Then.String()+" "+f.Text, f.Place)
		p.filters = append(p.filters, newFilterRule(rule, f))
	}
	return p
}

// Rules lists the rules in the order in which they are asked; a [Decision] has the number of one.
func (p *Policy) Rules() []Rule { return p.rules }

func (p *Policy) rule(name, text string, at Place) int {
	p.rules = append(p.rules, Rule{name, text, at})
	return len(p.rules) - 1
}

func (p *Policy) category(c counterfoil.Category, switches map[counterfoil.Category]Switch) category {
	s, told := switches[c]
	switch {
	case Implicit(c):
		return category{rule: ruleImplicit, implicit: true}
	case !told:
		return category{rule: ruleRest, enabled: true, persist: true}
	}
	text := "enabled: false"
	if s.Enabled {
		text = "enabled: true"
	}
	if s.Enabled && !s.Persist {
		text += ", persist: false"
	}
	return category{p.rule("categories."+c.String(), text, s.Place), s.Enabled, s.Persist, false}
}

// Input is the part of a policy that speaks of one input. For one goroutine.
type Input struct {
	p         *Policy
	lists     []*list
	filters   []*filterRule
	user      *user  // of the event at hand
	group     string // of the event's user, which this machine's database told and the deciding list has
	looked    bool   // a list looked at the groups of the event's user
	byService map[string][]*filterRule
	record    counterfoil.Record // the event at hand, for filters
	copied    bool
}

// Input gives the part for events that come by via. An input of the configuration stands for all that come through it:
// "http" for "http/web1".
func (p *Policy) Input(via string) *Input {
	in := &Input{p: p}
	in.record.Via = via
	for i := range p.lists {
		if applies(p.lists[i].inputs, via) {
			in.lists = append(in.lists, &p.lists[i])
		}
	}
	for i := range p.filters {
		if applies(p.filters[i].inputs, via) {
			in.filters = append(in.filters, &p.filters[i])
		}
	}
	return in
}

func applies(inputs []string, via string) bool {
	name, _, _ := strings.Cut(via, "/")
	return len(inputs) == 0 || slices.Contains(inputs, via) || slices.Contains(inputs, name)
}

// Names reports whether a rule speaks of a user by name.
func (p *Policy) Names(user string) bool { return p.users[user] != nil }
