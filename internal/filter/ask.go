package filter

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// Test is what [Reach] asks of a value, one of the types below.
type Test interface{ isTest() }

type (
	// Holds compares with Value, which is written as data is, as MongoDB does: with values of its own type only, but null
	// with what is missing too, MinKey and MaxKey with everything. Document and array compare as a whole.
	Holds struct {
		Op    Op
		Value counterfoil.JSON
	}
	// Among is true of what Holds{Eq} is true of for one of Values.
	Among struct{ Values []counterfoil.JSON }
	// Matches is true of a string in which Re matches.
	Matches struct{ Re *Regexp }
	// Present is true of everything but what is missing.
	Present struct{}
	// OfType is true of the types in a set.
	OfType struct{ Types TypeSet }
	// Mod is true of a number that leaves Remainder when its whole part is divided by Divisor, which is not 0.
	Mod struct{ Divisor, Remainder int64 }
	// Bits is true of a whole number, and of binary data, whose bits of Mask are so: all or any of them, set or clear.
	Bits struct {
		Mask     uint64
		Any, Set bool
	}
	// Size is true of an array of so many elements.
	Size struct{ N int64 }
	// Element is true of an array with an element that X is true of. X is of And, Or, Not, All, None and Reach, whose
	// Column means nothing. If Documents, the element is a document or an array, and paths begin in it; else paths are
	// empty, and mean the element itself.
	Element struct {
		X         Expr
		Documents bool
	}
	// Has is true of a string that holds the string Value, and of an array with an element that equals it. Fold ignores case.
	Has struct {
		Value counterfoil.JSON
		Fold  bool
	}
	// Fails is true of a value that Test is not true of, and not null; of null if Null.
	Fails struct {
		Test Test
		Null bool
	}
)

func (Holds) isTest() {}

func (Among) isTest() {}

func (Matches) isTest() {}

func (Present) isTest() {}

func (OfType) isTest() {}

func (Mod) isTest() {}

func (Bits) isTest() {}

func (Size) isTest() {}

func (Element) isTest() {}

func (Has) isTest() {}

func (Fails) isTest() {}

// TypeSet is a set of types: a bit for each Type, and those that a number has by its value.
type TypeSet uint32

const (
	OfInt     TypeSet = 1 << (iota + 24) // a whole number of 32 bits
	OfLong                               // a whole number of 64 bits that is no int
	OfDouble                             // any other
	OfDecimal                            // as $numberDecimal
)

// SetOf gives the set of one type; a Number is of every kind.
func SetOf(t Type) TypeSet {
	if t == Number {
		return OfInt | OfLong | OfDouble | OfDecimal
	}
	return 1 << t
}

// passes reports whether the test is true of one value; no text is missing.
func passes(t Test, j counterfoil.JSON, undecided bool) bool {
	switch t := t.(type) {
	case Holds:
		return t.passes(j)
	case Among:
		return t.passes(j)
	case Matches:
		v := bsonOf(j)
		if v.t != Text {
			return false
		}
		matched, ok := t.Re.match(v.s)
		return matched || !ok && undecided
	case Present:
		return j != ""
	case OfType:
		v := bsonOf(j)
		return v.types()&t.Types != 0
	case Mod:
		n, ok := wholePart(j)
		return ok && n%t.Divisor == t.Remainder
	case Bits:
		return t.passes(j)
	case Size:
		return j.Kind() == '[' && count(j) == t.N
	case Element:
		return t.passes(j, undecided)
	case Has:
		return t.passes(j)
	case Fails:
		if j.Kind() == 'n' {
			return t.Null
		}
		return j != "" && !passes(t.Test, j, !undecided)
	}
	panic("filter: a test of another package")
}

func (h Holds) passes(j counterfoil.JSON) bool {
	if h.Op == Eq && isPlainString(h.Value) && j.Kind() != '{' {
		return j == h.Value // canonical text is equal only to itself
	}
	v, w := bsonOf(j), bsonOf(h.Value)
	if v.t != w.t {
		switch {
		case v.t == Missing && w.t == Null:
			return h.Op == Eq || h.Op == Le || h.Op == Ge
		case w.t == MinKey:
			return h.Op == Gt || h.Op == Ge
		case w.t == MaxKey:
			return h.Op == Lt || h.Op == Le
		}
		return false
	}
	if v.isNaN() || w.isNaN() {
		return v.isNaN() && w.isNaN() && h.Op != Lt && h.Op != Gt
	}
	return h.Op.holds(v.compare(&w))
}

func (t Among) passes(j counterfoil.JSON) bool {
	for _, v := range t.Values {
		if j == v && j != "" {
			return true
		}
	}
	plain := j.Kind() == '"' && isPlainString(j) // canonical text is equal only to itself
	return !plain && slices.ContainsFunc(t.Values, func(v counterfoil.JSON) bool { return Holds{Eq, v}.passes(j) })
}

// isPlainString tells a string that stands for no number.
func isPlainString(j counterfoil.JSON) bool {
	return j.Kind() == '"' && (len(j) < 18 || j[1] != '-' && (j[1] < '0' || j[1] > '9'))
}

// types gives the sets that a value is in.
func (v *bson) types() TypeSet {
	if v.t != Number {
		if v.t == Missing {
			return 0
		}
		return 1 << v.t
	}
	if v.j.Kind() == '{' && v.j[2:16] == "$numberDecimal" {
		return OfDecimal
	}
	n, err := strconv.ParseInt(v.s, 10, 64)
	switch {
	case err != nil:
		return OfDouble
	case n == int64(int32(n)):
		return OfInt
	}
	return OfLong
}

// wholePart gives a number without its fraction, if 64 bits hold it.
func wholePart(j counterfoil.JSON) (int64, bool) {
	v := bsonOf(j)
	if v.t != Number {
		return 0, false
	}
	if n, err := strconv.ParseInt(v.s, 10, 64); err == nil {
		return n, true
	}
	f := v.float()
	if f != f || math.Abs(f) >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

func (b Bits) passes(j counterfoil.JSON) bool {
	v := bsonOf(j)
	var n uint64
	switch v.t {
	case Number:
		whole, ok := wholePart(j)
		if f := v.float(); !ok || f != math.Trunc(f) {
			return false
		}
		n = uint64(whole)
	case Binary:
		_, data := binaryBytes(v.s)
		n = lowBits(data)
	default:
		return false
	}
	if !b.Set {
		n = ^n
	}
	if b.Any {
		return n&b.Mask != 0
	}
	return n&b.Mask == b.Mask
}

func count(j counterfoil.JSON) (n int64) {
	for range j.Elements() {
		n++
	}
	return n
}

func (t Element) passes(j counterfoil.JSON, undecided bool) bool {
	for e := range j.Elements() {
		if t.Documents && (e.Kind() != '{' && e.Kind() != '[' || isExtended(e)) {
			continue
		}
		if evalElement(t.X, e, t.Documents, undecided) {
			return true
		}
	}
	return false
}

func (h Has) passes(j counterfoil.JSON) bool {
	if j.Kind() != '[' {
		v, w := bsonOf(j), bsonOf(h.Value)
		switch {
		case v.t != Text || w.t != Text:
			return false
		case h.Fold:
			return containsLower(v.s, strings.ToLower(w.s))
		}
		return strings.Contains(v.s, w.s)
	}
	for e := range j.Elements() {
		if h.equals(e) {
			return true
		}
	}
	return false
}

func (h Has) equals(j counterfoil.JSON) bool {
	if h.Fold && h.Value.Kind() == '"' {
		return j.Kind() == '"' && strings.EqualFold(j.Text(), h.Value.Text())
	}
	return (Holds{Eq, h.Value}).passes(j)
}

// evalElement is Eval of an element of an array.
func evalElement(x Expr, e counterfoil.JSON, documents, undecided bool) bool {
	switch x := x.(type) {
	case nil, All:
		return true
	case None:
		return false
	case And:
		return !slices.ContainsFunc(x.X, func(y Expr) bool { return !evalElement(y, e, documents, undecided) })
	case Or:
		return slices.ContainsFunc(x.X, func(y Expr) bool { return evalElement(y, e, documents, undecided) })
	case Not:
		return !evalElement(x.X, e, documents, !undecided)
	case Reach:
		switch {
		case !documents:
			return passes(x.Test, e, undecided)
		case e.Kind() == '[': // an array is a document whose keys are the positions
			return x.below(elementAt(e, position(x.Field.Path[0])), x.Field.Path[1:], undecided)
		}
		return x.below(e, x.Field.Path, undecided)
	}
	panic("filter: a node in Element that is none of its own")
}
