package preselect

import (
	"fmt"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// authentication is the event that lists never speak of: a login is audited whoever tries it.
const authentication = "AUTHENTICATION"

type list struct {
	name         string
	inputs       []string
	watch, limit members
	rule         int // of the watch list, or of the limit list where nobody is watched
}

// members are a side of a list.
type members struct {
	any, all bool
	side     int // users who are named have this bit
	groups   map[string]struct{}
}

func (p *Policy) list(l List, side int) list {
	c := list{name: l.Name, inputs: l.Inputs, watch: p.members(l.Watch, side), limit: p.members(l.Limit, side+1)}
	which, m := "limit", l.Limit
	if !l.Watch.empty() {
		which, m = "watch", l.Watch
	}
	c.rule = p.rule("lists."+l.Name+"."+which, which+" "+m.String(), l.Place)
	return c
}

func (m Members) String() string {
	var parts []string
	if len(m.Users) > 0 {
		parts = append(parts, "users "+strings.Join(m.Users, " "))
	}
	if len(m.Groups) > 0 {
		parts = append(parts, "groups "+strings.Join(m.Groups, " "))
	}
	return strings.Join(parts, ", ")
}

func (p *Policy) members(m Members, side int) members {
	c := members{any: !m.empty(), side: side, groups: map[string]struct{}{}}
	for _, u := range m.Users {
		p.user(u).join(side)
		c.all = c.all || u == "*"
	}
	for _, g := range m.Groups {
		c.groups[g] = struct{}{}
		c.all = c.all || g == "*"
	}
	return c
}

// judge: who is watched is kept and nobody else; where nobody is watched, who is limited is refused. An event without a
// user is watched and not limited.
func (l *list) judge(in *Input, e *counterfoil.Event) answer {
	switch {
	case l.watch.any && (e.User == "" || l.watch.has(in, e)):
		return answer{keep, l.rule}
	case l.watch.any:
		return answer{refuse, l.rule}
	case e.User != "" && l.limit.has(in, e):
		return answer{refuse, l.rule}
	}
	return pass
}

// has reports whether the event's user is among the members. in.group becomes the group that this machine's database told
// of, where the event does not say it.
func (m *members) has(in *Input, e *counterfoil.Event) bool {
	switch {
	case m.all || in.user.on(m.side):
		return true
	case len(m.groups) == 0:
		return false
	}
	in.looked = true
	switch {
	case m.told(e):
		return true
	case in.p.groups == nil:
		return false
	}
	for _, g := range in.p.groups(e.User) {
		if _, is := m.groups[g]; is {
			in.group = g
			return true
		}
	}
	return false
}

// told looks for a group of the event itself: its effective group, the token of a file server, the list of a BSM record,
// and what was added when the event was taken in.
func (m *members) told(e *counterfoil.Event) bool {
	if _, is := m.groups[e.Subject.Group]; is {
		return true
	}
	for key, v := range e.EventData.Members() {
		switch key {
		case "unix_token":
			if m.hasAny(v.Member("gid")) || m.hasAny(v.Member("groups")) {
				return true
			}
		case "groups":
			if m.hasAny(v) {
				return true
			}
		case Added:
			if m.hasAny(v.Member("groups")) {
				return true
			}
		}
	}
	return false
}

func (m *members) hasAny(v counterfoil.JSON) bool {
	if v.Kind() == '[' {
		for x := range v.Elements() {
			if _, is := m.groups[x.Text()]; is {
				return true
			}
		}
		return false
	}
	_, is := m.groups[v.Text()]
	return is
}

// Added is the key in event_data of what did not come with the event.
const Added = "added"

// Mark says in the event that its user is in a group, as this machine's database has it.
func Mark(e *counterfoil.Event, group string) {
	add(e, func(b *counterfoil.Builder) {
		b.Array("groups")
		b.String("", group)
		b.End()
	})
}

// MarkUnstored says in an event that it is in no trail.
func MarkUnstored(e *counterfoil.Event) {
	add(e, func(b *counterfoil.Builder) { b.Bool("stored", false) })
}

// add puts data beside what the event says, before it: what a sender calls so is renamed.
func add(e *counterfoil.Event, data func(*counterfoil.Builder)) {
	var b counterfoil.Builder
	b.Object("")
	b.Object(Added)
	data(&b)
	b.End()
	if e.EventData.Kind() == '{' {
		for k, v := range e.EventData.Members() {
			b.Value(k, v)
		}
	} else if e.EventData != "" {
		b.Value("text", e.EventData)
	}
	b.End()
	e.EventData = b.JSON()
}

// words says whether and why the list speaks of the event's user.
func (l *list) words(in *Input, e *counterfoil.Event, a answer) Step {
	side := "watch"
	if !l.watch.any {
		side = "limit"
	}
	who := fmt.Sprintf("%s is not on the %s list", e.User, side)
	switch {
	case e.User == "":
		who = "the event has no user"
	case a.verdict == keep || a.verdict == refuse && side == "limit":
		who = fmt.Sprintf("%s is on the %s list", e.User, side)
	}
	if in.group != "" {
		who += fmt.Sprintf(", as a member of %s by this machine's database, not by the event", in.group)
	}
	return Step{Rule: l.rule, Words: who}
}
