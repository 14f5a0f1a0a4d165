package bsm

import (
	"fmt"
	"strings"
)

// Masks are the classes of a selection expression, by outcome: "lo,+ex,^-fc".
type Masks struct{ Success, Failure Mask }

// FlagError says what is wrong with a selection expression, and where.
type FlagError struct {
	Expr    string
	Byte    int // counted from 1
	Message string
}

// Error gives the place, the message, the expression and a caret under the place.
func (e *FlagError) Error() string {
	return fmt.Sprintf("byte %d of %q: %s\n  %s\n  %s^", e.Byte, e.Expr, e.Message, printable(e.Expr), strings.Repeat(" ", e.Byte-1))
}

// printable makes every byte one column, so that the caret stands right.
func printable(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < ' ' || c >= 0x7f {
			b[i] = '?'
		}
	}
	return string(b)
}

// ParseMasks reads a selection expression as audit_control(5) has them: classes with commas, each with + (successes only)
// or - (failures only) before it, and ^ before that to take it out again; from the left to the right. Of classes of one
// name the first counts. Every error is a *[FlagError].
func ParseMasks(expr string, classes []Class) (m Masks, err error) {
	at := 0
	for item := range strings.SplitSeq(expr, ",") {
		f := splitFlag(item)
		bits, ok := MaskOf(classes, f.class)
		switch {
		case item == "":
		case !ok:
			return Masks{}, &FlagError{expr, at + 1 + len(item) - len(f.class), noClass(f.class, classes)}
		default:
			m.apply(f, bits)
		}
		at += len(item) + 1
	}
	return m, nil
}

// flag is one item of an expression: what it does to which sides.
type flag struct {
	class            string
	out              bool
	success, failure bool
}

func splitFlag(item string) flag {
	f := flag{success: true, failure: true}
	f.class, f.out = strings.CutPrefix(item, "^")
	if rest, ok := strings.CutPrefix(f.class, "+"); ok {
		f.class, f.failure = rest, false
	} else if rest, ok := strings.CutPrefix(f.class, "-"); ok {
		f.class, f.success = rest, false
	}
	return f
}

func (m *Masks) apply(f flag, bits Mask) {
	for _, side := range []struct {
		mask *Mask
		on   bool
	}{{&m.Success, f.success}, {&m.Failure, f.failure}} {
		switch {
		case side.on && f.out:
			*side.mask &^= bits
		case side.on:
			*side.mask |= bits
		}
	}
}

// Idle lists the items with ^ of a right expression that take out nothing, because nothing before them put it in.
func Idle(expr string, classes []Class) (items []string) {
	var m Masks
	for item := range strings.SplitSeq(expr, ",") {
		f := splitFlag(item)
		bits, _ := MaskOf(classes, f.class)
		before := m
		if m.apply(f, bits); f.out && m == before {
			items = append(items, item)
		}
	}
	return items
}

// Union and Without are set operations on each side.
func (m Masks) Union(o Masks) Masks   { return Masks{m.Success | o.Success, m.Failure | o.Failure} }
func (m Masks) Without(o Masks) Masks { return Masks{m.Success &^ o.Success, m.Failure &^ o.Failure} }

// MaskOf gives the mask of a class of a table; the first of a name counts.
func MaskOf(classes []Class, name string) (Mask, bool) {
	for _, c := range classes {
		if c.Name == name {
			return c.Mask, true
		}
	}
	return 0, false
}

func noClass(name string, classes []Class) string {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = c.Name
	}
	want := "want one of " + strings.Join(names, " ")
	switch _, lower := MaskOf(classes, strings.ToLower(name)); {
	case name == "":
		return "a class is missing here: " + want
	case lower:
		return fmt.Sprintf("%q is no class: write %q", name, strings.ToLower(name))
	case strings.TrimSpace(name) != name:
		return fmt.Sprintf("%q is no class: an expression has no spaces", name)
	case strings.ContainsAny(name[:1], "^+-"):
		return fmt.Sprintf("%q is no class: before one stands at most a ^ and then a + or a -", name)
	}
	return fmt.Sprintf("%q is no class: %s", name, want)
}
