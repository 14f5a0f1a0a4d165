package filter

import (
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
