package filter

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
)

// A path of MongoDB's leads through documents by their keys. At an array before its end it goes on below each element
// that is a document, and below the element whose position the next part of the path is; at an array at its end the test
// sees the elements and then the array. Where a document has not the key, the test sees that something is missing; where
// an array has no such elements, it sees nothing. That is BSONElementIterator of MongoDB's matcher.
//
// A straight path is TrueNAS's: keys of objects, positions in arrays, and * for every element. It sees an array as one
// value, nothing where a key is missing, and null in a column that is empty.

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

func (Holds) isTest()   {}
func (Among) isTest()   {}
func (Matches) isTest() {}
func (Present) isTest() {}
func (OfType) isTest()  {}
func (Mod) isTest()     {}
func (Bits) isTest()    {}
func (Size) isTest()    {}
func (Element) isTest() {}
func (Has) isTest()     {}
func (Fails) isTest()   {}

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

// spreads reports whether a test looks at the elements of an array at the end of a path.
func spreads(t Test) bool {
	switch t.(type) {
	case Size, Element:
		return false
	}
	return true
}

func (x *Reach) holds(r *counterfoil.Record, undecided bool) bool {
	j, path := columnJSON(x.Field.Column, r), x.Field.Path
	return x.below(j, path, undecided)
}

// below is x.holds of a value at path below j.
func (x *Reach) below(j counterfoil.JSON, path []string, undecided bool) bool {
	if x.Straight {
		if j == "" && len(path) == 0 {
			j = "null"
		}
		return straight(j, path, func(v counterfoil.JSON) bool { return passes(x.Test, v, undecided) })
	}
	if h, ok := x.Test.(Holds); ok { // most are, and need no look at the type of the test for every value
		return reach(j, path, true, func(v counterfoil.JSON) bool { return v == h.Value && h.Op == Eq || h.passes(v) })
	}
	return reach(j, path, spreads(x.Test), func(v counterfoil.JSON) bool { return passes(x.Test, v, undecided) })
}

// reach calls test with the values that MongoDB's way along path from j leads to, until it gives true.
func reach(j counterfoil.JSON, path []string, spread bool, test func(counterfoil.JSON) bool) bool {
	for ; len(path) > 0 && j.Kind() == '{' && !isExtended(j); path = path[1:] {
		j = memberOf(j, path[0])
	}
	switch {
	case j.Kind() != '[':
		if len(path) > 0 {
			j = "" // there is nothing below a scalar
		}
		return test(j)
	case len(path) > 0:
		return reachElements(j, path, spread, test)
	case spread:
		for e := range j.Elements() {
			if test(e) {
				return true
			}
		}
	}
	return test(j)
}

// memberOf is j.Member(key) of an object. Two looks save most walks: keys are in order, so that the first one is the key,
// or tells that it is missing; and a key that stands nowhere in the text is missing, which is seen many bytes at a time.
func memberOf(j counterfoil.JSON, key string) counterfoil.JSON {
	if n := len(key); n > 0 && len(j) > n+4 && isBare(key[0]) {
		switch first := j[2:]; {
		case first[0] > key[0]:
			return ""
		case first[0] == key[0] && first[n] == '"' && string(first[:n]) == key && first[n-1] != '\\':
			return j.Member(key)
		case len(j) > 64 && !strings.Contains(string(j), key) && !strings.Contains(string(j), `\`):
			return ""
		}
	}
	return j.Member(key)
}

// isBare tells a byte that stands for itself in a key of canonical JSON.
func isBare(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$'
}

// reachElements goes on from an array in the middle of a path.
func reachElements(j counterfoil.JSON, path []string, spread bool, test func(counterfoil.JSON) bool) bool {
	n, at := 0, position(path[0])
	for e := range j.Elements() {
		document := e.Kind() == '{' && !isExtended(e)
		if document && reach(e, path, spread, test) {
			return true
		}
		if n == at {
			switch {
			case len(path) == 1:
				if test(e) {
					return true
				}
			case document:
				if reach(e, path[1:], spread, test) {
					return true
				}
			case e.Kind() == '[':
				if reachElements(e, path[1:], spread, test) {
					return true
				}
			}
		}
		n++
	}
	return false
}

// position reads a part of a path that is a position in an array; -1 if it is none.
func position(s string) int {
	if s == "" || len(s) > 9 || s[0] == '0' && len(s) > 1 {
		return -1
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// isExtended tells an object that is a scalar of MongoDB's.
func isExtended(j counterfoil.JSON) bool { return len(j) > 4 && j[2] == '$' && bsonOf(j).t != Document }

// straight calls test with the values that TrueNAS's way along path from j leads to.
func straight(j counterfoil.JSON, path []string, test func(counterfoil.JSON) bool) bool {
	for ; len(path) > 0; path = path[1:] {
		switch j.Kind() {
		case '{':
			j = j.Member(path[0])
		case '[':
			if path[0] == "*" {
				for e := range j.Elements() {
					if straight(e, path[1:], test) {
						return true
					}
				}
				return false
			}
			j = elementAt(j, position(path[0]))
		default:
			return false
		}
	}
	return j != "" && test(j)
}

func elementAt(j counterfoil.JSON, at int) counterfoil.JSON {
	n := 0
	for e := range j.Elements() {
		if n == at {
			return e
		}
		n++
	}
	return ""
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

// columnJSON gives a column as it stands in the message; no text where it is empty.
func columnJSON(c Column, r *counterfoil.Record) counterfoil.JSON {
	switch c {
	case ColSvcData:
		return r.SvcData
	case ColEventData:
		return r.EventData
	}
	var j counterfoil.JSON
	if c == ColClass {
		var b counterfoil.Builder
		b.Array("")
		for _, name := range r.Class.Names() {
			b.String("", name)
		}
		b.End()
		if r.Class != 0 {
			j = b.JSON()
		}
		return j
	}
	some(Field{Column: c}, r, func(v val) bool {
		switch v.kind {
		case StringValue:
			j = counterfoil.String(v.s)
		case NumberValue:
			j = counterfoil.JSON(strconv.FormatInt(v.i, 10))
		case BoolValue:
			j = counterfoil.JSON(strconv.FormatBool(v.i == 1))
		case TimeValue:
			j = DateJSON(time.Unix(0, v.i).UnixMilli())
		}
		return true
	})
	return j
}
