package preselect

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
)

// masks are the classes that are selected, of whom.
type masks struct {
	names          []bsm.Class
	bits           []bsm.Mask // by our classes
	events         map[string]bsm.Mask
	flags, naFlags selection
	freeBSD        bool
}

// selection is an expression with its rule.
type selection struct {
	rule int
	text string
	bsm.Masks
}

// userMasks are those of a user that has an entry of its own.
type userMasks struct {
	always, never selection
	bsm.Masks     // (flags | always) & ~never
}

func (p *Policy) newMasks(s *Masks) *masks {
	m := &masks{names: s.Classes, events: s.Events, freeBSD: s.FreeBSD}
	for _, name := range counterfoil.AllClasses.Names() {
		bits, _ := bsm.MaskOf(s.Classes, name)
		m.bits = append(m.bits, bits)
	}
	m.flags, m.naFlags = p.selection("flags", s.Flags), p.selection("naflags", s.NaFlags)
	for _, u := range s.Users {
		entry := p.user(u.Name)
		if entry.masks != nil {
			continue // the first counts
		}
		c := &userMasks{always: p.selection("users."+u.Name+".always", u.Always), never: p.selection("users."+u.Name+".never", u.Never)}
		c.Masks = m.flags.Union(c.always.Masks).Without(c.never.Masks)
		entry.masks = c
	}
	return m
}

func (p *Policy) selection(name string, x Expr) selection {
	return selection{p.rule(name, x.Text, x.Place), x.Text, x.Masks}
}

// judge: an event is selected if one of its classes is in the mask of its outcome. Of one that has no class at all,
// because its source does not tell, the masks say nothing: it goes on.
func (m *masks) judge(in *Input, e *counterfoil.Event) answer {
	classes, told := m.classesOf(e)
	if !told {
		return pass
	}
	set, user := m.of(in, e)
	if side(set, e.Outcome)&classes == 0 {
		rule := m.flags.rule
		switch {
		case set == &m.naFlags.Masks:
			rule = m.naFlags.rule
		case user != nil && side(&user.never.Masks, e.Outcome)&classes != 0 && (side(&m.flags.Masks, e.Outcome)|side(&user.always.Masks, e.Outcome))&classes != 0:
			rule = user.never.rule
		}
		return answer{verdict: refuse, rule: rule}
	}
	return answer{rule: m.selects(e, set, user, classes)}
}

// selects gives the rule that an event in some of the classes is selected by.
func (m *masks) selects(e *counterfoil.Event, set *bsm.Masks, user *userMasks, classes bsm.Mask) int {
	switch {
	case set == &m.naFlags.Masks:
		return m.naFlags.rule
	case user != nil && side(&m.flags.Masks, e.Outcome)&^side(&user.never.Masks, e.Outcome)&classes == 0:
		return user.always.rule
	}
	return m.flags.rule
}

// of gives the masks for an event's user, and the user's entry if there is one.
func (m *masks) of(in *Input, e *counterfoil.Event) (*bsm.Masks, *userMasks) {
	if !attributable(e) {
		return &m.naFlags.Masks, nil
	}
	if in.user != nil && in.user.masks != nil {
		return &in.user.masks.Masks, in.user.masks
	}
	return &m.flags.Masks, nil
}

// attributable reports whether somebody had logged in. Systems that have an identity for that leave it unset if not,
// whatever the effective user.
func attributable(e *counterfoil.Event) bool {
	if isBSM(e) || strings.HasPrefix(e.Dialect, "linux/") {
		return e.Subject.LoginID != ""
	}
	return e.User != ""
}

func isBSM(e *counterfoil.Event) bool {
	return strings.HasPrefix(e.Dialect, "bsm/") || strings.HasPrefix(e.Dialect, "praudit/")
}

// classesOf gives the classes of an event as bits of the policy's table. A BSM record that no table knows is in none. The
// file token of a trail is no record, and no table has a number for it: it is in the class that it carries.
func (m *masks) classesOf(e *counterfoil.Event) (mask bsm.Mask, told bool) {
	if m.events != nil && isBSM(e) && !(e.Service == "AUDITD" && e.Name == "FILE") {
		return m.events[e.Name], true
	}
	for c := e.Class & counterfoil.AllClasses; c != 0; c &= c - 1 {
		mask |= m.bits[bits.TrailingZeros32(uint32(c))]
	}
	return mask, e.Class != 0
}

// side is the mask that an outcome is held against; both where it is not told.
func side(m *bsm.Masks, o counterfoil.Outcome) bsm.Mask {
	switch o {
	case counterfoil.Success:
		return m.Success
	case counterfoil.Failure:
		return m.Failure
	}
	return m.Success | m.Failure
}

// words tells the classes, whose mask, and how it comes about.
func (m *masks) words(in *Input, e *counterfoil.Event, a answer) Step {
	classes, told := m.classesOf(e)
	if !told {
		return Step{Rule: m.flags.rule, Words: "the event tells no class: classes decide nothing"}
	}
	set, user := m.of(in, e)
	which := "the success or failure mask " + hex(set.Success|set.Failure)
	switch e.Outcome {
	case counterfoil.Success:
		which = "the success mask " + hex(set.Success)
	case counterfoil.Failure:
		which = "the failure mask " + hex(set.Failure)
	}
	whose, formula := e.User, m.name("flags")+" "+m.flags.text
	switch {
	case set == &m.naFlags.Masks:
		whose, formula = "events without a login", m.name("naflags")+" "+m.naFlags.text
	case user != nil:
		formula = fmt.Sprintf("(%s | %s %s) & ~ %s %s", formula, m.name("always"), user.always.text, m.name("never"), user.never.text)
	case m.freeBSD:
		whose += ", who is not in audit_user,"
	}
	s := Step{Rule: a.rule, Words: fmt.Sprintf("%s: %s of %s has %s: %s", m.classWords(classes), which, whose, m.shared(classes&side(set, e.Outcome)), formula)}
	return s
}

// name gives the key of an expression, in FreeBSD's words the field of a file.
func (m *masks) name(key string) string {
	if m.freeBSD && (key == "always" || key == "never") {
		return key + "audit"
	}
	return key
}

func (m *masks) classWords(bits bsm.Mask) string {
	if bits == 0 {
		return "the event is in no class that can be selected"
	}
	return "the event is in class " + m.list(bits) + " (" + hex(bits) + ")"
}

func (m *masks) shared(bits bsm.Mask) string {
	if bits == 0 {
		return "none of it"
	}
	return m.list(bits)
}

// list names the classes of a set of bits, "all" and those that are no bits left out.
func (m *masks) list(bits bsm.Mask) string { return ClassNames(bits, m.names) }

// ClassNames names the classes that have bits in a mask, with commas.
func ClassNames(bits bsm.Mask, classes []bsm.Class) string {
	var names []string
	for _, c := range classes {
		if c.Mask != 0 && c.Mask != ^bsm.Mask(0) && bits&c.Mask == c.Mask {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, ",")
}

func hex(m bsm.Mask) string { return fmt.Sprintf("%08x", uint32(m)) }
