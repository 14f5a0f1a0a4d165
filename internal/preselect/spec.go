package preselect

import (
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Spec is a policy as it was read: everything in it is right.
type Spec struct {
	Categories map[counterfoil.Category]Switch // what is absent is enabled and persists
	Lists      []List
	Masks      *Masks // nil: classes decide nothing
	Filters    []Filter
	Observe    Observe
}

// Place is where a rule is written; the zero Place is nowhere.
type Place struct {
	File         string
	Line, Column int // from 1
}

func (p Place) String() string {
	switch {
	case p.File == "":
		return "built in"
	case p.Line == 0:
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Switch says what becomes of a category.
type Switch struct {
	Enabled, Persist bool
	Place            Place
}

// List is a watch and a limit list of some inputs.
type List struct {
	Name         string
	Inputs       []string // none: of all
	Watch, Limit Members
	Place        Place
}

// Members are users by name, and groups by name or number. "*" is everybody.
type Members struct{ Users, Groups []string }

func (m Members) empty() bool { return len(m.Users)+len(m.Groups) == 0 }

// Masks select by classes, as FreeBSD's audit does.
type Masks struct {
	Classes []bsm.Class
	// Events has the classes of BSM records by the names of their events; what it does not have is in no class. nil: those
	// that the event carries.
	Events         map[string]bsm.Mask
	Flags, NaFlags Expr
	Users          []User
	FreeBSD        bool // the rules are told in the words of its files
}

// Expr is a selection expression and what it means.
type Expr struct {
	Text  string
	Masks bsm.Masks
	Place Place
}

// User is audited by (flags | always) & ~never.
type User struct {
	Name          string
	Always, Never Expr
}

// Filter decides by what an event says.
type Filter struct {
	Name   string
	Inputs []string // none: of all
	Text   string
	Expr   filter.Expr
	Then   Then
	Place  Place
}

// Then is what a filter does.
type Then uint8

const (
	Only   Then = iota // what does not match is refused; what matches goes on
	Refuse             // what matches is refused
	Stream             // what matches is kept from the disk, and reaches who looks on
	Keep               // what matches is kept
)

var thens = [...]string{"only", "refuse", "stream", "keep"}

// Thens lists what a filter can do.
func Thens() []string { return thens[:] }

func (t Then) String() string { return thens[t] }

// DefaultCategories are those of Juniper's SSR: traffic, of which there is much, is neither kept nor stored unless told so.
func DefaultCategories() map[counterfoil.Category]Switch {
	m := map[counterfoil.Category]Switch{counterfoil.CategoryTraffic: {}}
	for _, c := range []counterfoil.Category{counterfoil.CategoryAdmin, counterfoil.CategorySystem, counterfoil.CategorySecurity, counterfoil.CategoryData} {
		m[c] = Switch{Enabled: true, Persist: true}
	}
	return m
}

// Implicit reports whether a category is always kept, whatever a policy says.
func Implicit(c counterfoil.Category) bool {
	return c == counterfoil.CategoryAlarm || c == counterfoil.CategoryProvision
}
