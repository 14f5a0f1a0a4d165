package ferretdb

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
)

// class is a way in which FerretDB departs from MongoDB.
type class struct {
	name string
	has  func(t test, doc bson.D) bool // by the operator and by what the path meets in the document, not by the answer
}

// classes are those that there are. In all of them the reference is with us, in the words of MongoDB's matcher: it looks at each element of an array that a path ends at; it sees nothing, and
// so no null, below an element that is no document; and in each element that is one it sees a missing field.
var classes = []class{
	{"$mod and $bits do not look into an array", func(t test, doc bson.D) bool {
		return (t.op == "$mod" || strings.HasPrefix(t.op, "$bits")) && slices.ContainsFunc(reach(doc, t.path), isArray)
	}},
	{"null below an array", func(t test, doc bson.D) bool {
		return t.asksNull() && t.op != "$elemMatch" && passesArray(doc, t.path)
	}},
	{"an empty document in an array is not {}", func(t test, doc bson.D) bool {
		return (t.op == "$eq" || t.op == "$ne") && isEmpty(t.operand) && slices.ContainsFunc(reach(doc, t.path), isArray)
	}},
	{"null within $elemMatch", func(t test, doc bson.D) bool {
		return t.asksNull() && t.op == "$elemMatch" && slices.ContainsFunc(reach(doc, t.path), isArray)
	}},
}

// test is a leaf, read.
type test struct {
	path    []string
	op      string // "$eq" where it is a bare value
	operand any
}

func testOf(c condition) (t test, err error) {
	var doc bson.D
	if err := bson.UnmarshalExtJSON([]byte(c.text()), false, &doc); err != nil {
		return t, fmt.Errorf("read %s: %w", c.text(), err)
	}
	t = test{strings.Split(c.path, "."), "$eq", doc[0].Value}
	if d, is := doc[0].Value.(bson.D); is && len(d) > 0 && strings.HasPrefix(d[0].Key, "$") {
		t.op, t.operand = d[0].Key, d[0].Value
	}
	return t, nil
}

// asksNull tells a test that null meets or must not meet.
func (t test) asksNull() bool {
	switch x := t.operand.(type) {
	case nil, primitive.Null:
		return true
	case bson.A:
		return slices.ContainsFunc(x, isNull)
	case bson.D:
		return t.op == "$elemMatch" && len(x) == 1 && isNull(x[0].Value)
	}
	return false
}

// missing is what a path meets where there is no such field.
type missing struct{}

func isNull(v any) bool {
	switch v.(type) {
	case nil, primitive.Null, missing:
		return true
	}
	return false
}

func isArray(v any) bool { _, is := v.(bson.A); return is }

func isEmpty(v any) bool { d, is := v.(bson.D); return is && len(d) == 0 }

// reach gives what a path meets, as the reference tells it: of an array at its end the elements and the array itself.
func reach(v any, path []string) (met []any) {
	if len(path) == 0 {
		if list, is := v.(bson.A); is {
			met = append(met, list...)
		}
		return append(met, v)
	}
	switch v := v.(type) {
	case bson.D:
		for _, e := range v {
			if e.Key == path[0] {
				return reach(e.Value, path[1:])
			}
		}
	case bson.A:
		if i, err := strconv.Atoi(path[0]); err == nil && i < len(v) {
			if _, below := v[i].(bson.D); below || isArray(v[i]) || len(path) == 1 { // below a scalar in an array there is nothing, not even null
				met = append(met, reach(v[i], path[1:])...)
			}
		}
		for _, x := range v {
			if d, is := x.(bson.D); is {
				met = append(met, reach(d, path)...)
			}
		}
		return met
	}
	return []any{missing{}}
}

// passesArray reports whether a path meets an array before its end.
func passesArray(v any, path []string) bool {
	for n := range len(path) {
		if slices.ContainsFunc(reach(v, path[:n]), isArray) {
			return true
		}
	}
	return false
}

// holds is the reference's answer, for tests of the classes only.
func (t test) holds(doc bson.D) bool {
	met := reach(doc, t.path)
	list, _ := t.operand.(bson.A)
	one := func(want any) bool { return slices.ContainsFunc(met, func(v any) bool { return same(v, want) }) }
	switch t.op {
	case "$eq", "$gte", "$lte": // null is compared with null only
		return one(t.operand)
	case "$ne":
		return !one(t.operand)
	case "$in":
		return slices.ContainsFunc(list, one)
	case "$nin":
		return !slices.ContainsFunc(list, one)
	case "$all":
		return !slices.ContainsFunc(list, func(want any) bool { return !one(want) })
	case "$mod":
		return slices.ContainsFunc(met, func(v any) bool { n, is := integer(v); return is && n%whole(list[0]) == whole(list[1]) })
	case "$elemMatch":
		key := t.operand.(bson.D)[0].Key
		for _, v := range met {
			elements, _ := v.(bson.A)
			for _, e := range elements {
				if d, is := e.(bson.D); is && slices.ContainsFunc(reach(d, []string{key}), isNull) {
					return true
				}
			}
		}
		return false
	}
	return slices.ContainsFunc(met, func(v any) bool { return bits(t.op, v, mask(t.operand)) })
}

// same compares two values by their types; numbers are of one.
func same(a, b any) bool {
	if isNull(a) || isNull(b) {
		return isNull(a) && isNull(b)
	}
	x, isX := number(a)
	y, isY := number(b)
	if isX || isY {
		return isX && isY && x == y
	}
	return isEmpty(a) && isEmpty(b) || reflect.DeepEqual(a, b)
}

// number gives a number exactly as text, so that 2^53+1 is not 2^53.
func number(v any) (string, bool) {
	switch v := v.(type) {
	case int32:
		return strconv.FormatInt(int64(v), 10), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// integer gives a number without what is behind the point.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(v), true
	}
	return 0, false
}

func whole(v any) int64 { n, _ := integer(v); return n }

// mask gives the bits that are asked for.
func mask(operand any) (m uint64) {
	positions, is := operand.(bson.A)
	if !is {
		return uint64(whole(operand))
	}
	for _, p := range positions {
		m |= 1 << whole(p)
	}
	return m
}

// bits asks a number without a fraction, or binary data, whose first byte has the lowest bits.
func bits(op string, v any, mask uint64) bool {
	var have uint64
	switch v := v.(type) {
	case primitive.Binary:
		for i, b := range v.Data {
			have |= uint64(b) << (8 * i)
		}
	case float64:
		if v != float64(int64(v)) {
			return false
		}
		have = uint64(int64(v))
	case int32, int64:
		have = uint64(whole(v))
	default:
		return false
	}
	switch op {
	case "$bitsAllSet":
		return have&mask == mask
	case "$bitsAnySet":
		return have&mask != 0
	case "$bitsAllClear":
		return have&mask == 0
	}
	return have&mask != mask
}
