package filter

import (
	"cmp"
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
)

// Type is the type that MongoDB sees in a value of the data, which the mongo room writes: a number, a string and so on as
// in JSON, anything else as an object of extended JSON. What data does not tell apart is one type here: whether a number
// is an int, a long, a double or a decimal is told by its value. The numbers are the places in MongoDB's order of types.
type Type int

const (
	Missing    Type = iota - 1
	MinKey          // {"$minKey":1}
	Undefined       // {"$undefined":true}
	Null            //
	Number          // a JSON number; a string of digits that no JSON number can carry; {"$numberDouble":"NaN"}; {"$numberDecimal":"1.5"}
	Text            //
	Document        //
	Array           //
	Binary          // {"$binary":"base64","$type":"04"}
	ObjectID        // {"$oid":"24 hex digits"}
	Bool            //
	Date            // {"$date":"2024-05-06T07:08:09.123Z"}, {"$date":{"$numberLong":"ms"}}
	Timestamp       // {"$timestamp":{"i":1,"t":2}}
	Expression      // {"$options":"i","$regex":"^a"}
	Code            // {"$code":"text"}, with "$scope"
	MaxKey          // {"$maxKey":1}
)

// bson is a value as MongoDB sees it.
type bson struct {
	t Type
	j counterfoil.JSON
	s string // text of a string or a number, or what is in quotes in extended JSON
	n int64  // milliseconds of a date, seconds and increment of a timestamp
	f float64
}

// bsonOf looks at a value; no text is missing.
func bsonOf(j counterfoil.JSON) bson {
	v := bson{j: j}
	switch j.Kind() {
	case 0:
		v.t = Missing
	case 'n':
		v.t = Null
	case 't', 'f':
		v.t = Bool
	case '0':
		v.t, v.s = Number, string(j)
	case '"':
		if v.t, v.s = Text, j.Text(); isLongNumber(v.s) {
			v.t = Number
		}
	case '[':
		v.t = Array
	default:
		if v.t = Document; len(j) > 4 && j[2] == '$' {
			v.extended()
		}
	}
	return v
}

// isLongNumber tells a string that stands for a number which no JSON number can carry.
func isLongNumber(s string) bool {
	if len(s) < 16 || len(s) > 400 || s[0] != '-' && (s[0] < '0' || s[0] > '9') || !IsNumber(s) {
		return false
	}
	j, err := counterfoil.Canonical(s)
	return err == nil && j.Kind() == '"'
}

// extended gives a document that is extended JSON its type. One that is not exactly what the mongo room writes stays a document.
func (v *bson) extended() {
	var keys [3]string
	var values [3]counterfoil.JSON
	n := 0
	for k, x := range v.j.Members() {
		if n == 2 {
			return
		}
		keys[n], values[n] = k, x
		n++
	}
	one := n == 1
	first := values[0]
	switch {
	case keys[0] == "$date" && one:
		v.date(first)
	case keys[0] == "$binary" && keys[1] == "$type" && first.Kind() == '"':
		v.t, v.s = Binary, values[1].Text()+first.Text()
	case keys[0] == "$oid" && one && len(first) == 26:
		v.t, v.s = ObjectID, first.Text()
	case keys[0] == "$options" && keys[1] == "$regex":
		v.t, v.s = Expression, values[1].Text()+"\x00"+first.Text()
	case keys[0] == "$timestamp" && one:
		t, err1 := strconv.ParseInt(string(first.Member("t")), 10, 64)
		i, err2 := strconv.ParseInt(string(first.Member("i")), 10, 64)
		if err1 == nil && err2 == nil {
			v.t, v.n = Timestamp, t<<32|i
		}
	case keys[0] == "$numberDouble" && one:
		v.t, v.s = Number, first.Text()
		v.f, _ = strconv.ParseFloat(v.s, 64)
	case keys[0] == "$numberDecimal" && one:
		v.t, v.s = Number, first.Text()
		if !IsNumber(v.s) {
			v.f, _ = strconv.ParseFloat(v.s, 64)
		}
	case keys[0] == "$code":
		v.t, v.s = Code, first.Text()
	case keys[0] == "$undefined" && one:
		v.t = Undefined
	case keys[0] == "$minKey" && one:
		v.t = MinKey
	case keys[0] == "$maxKey" && one:
		v.t = MaxKey
	}
}

func (v *bson) date(j counterfoil.JSON) {
	if j.Kind() == '"' {
		if t, err := time.Parse(time.RFC3339Nano, j.Text()); err == nil {
			v.t, v.n = Date, t.UnixMilli()
		}
		return
	}
	if ms, err := strconv.ParseInt(j.Member("$numberLong").Text(), 10, 64); err == nil {
		v.t, v.n = Date, ms
	}
}

// DateJSON writes a date, in milliseconds since 1970, as data has it.
func DateJSON(ms int64) counterfoil.JSON {
	var b counterfoil.Builder
	b.Object("")
	if ms < 0 || ms > lastISO {
		b.Object("$date")
		b.String("$numberLong", strconv.FormatInt(ms, 10))
		b.End()
	} else {
		b.String("$date", time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	b.End()
	return b.JSON()
}

// DateOf gives the milliseconds of a date that a Time can hold.
func DateOf(j counterfoil.JSON) (ms int64, ok bool) {
	v := bsonOf(j)
	return v.n, v.t == Date && v.n > math.MinInt64/1_000_000+1 && v.n < math.MaxInt64/1_000_000-1
}

// BinaryBits gives binary data of at most 8 bytes as a number, the first byte being the lowest.
func BinaryBits(j counterfoil.JSON) (uint64, bool) {
	v := bsonOf(j)
	if v.t != Binary {
		return 0, false
	}
	_, data := binaryBytes(v.s)
	return lowBits(data), len(data) <= 8
}

func lowBits(data string) (n uint64) {
	for i := range min(len(data), 8) {
		n |= uint64(data[i]) << (8 * i)
	}
	return n
}

// lastISO is the last moment of the year 9999, up to which extended JSON writes dates as text.
const lastISO = 253402300799999

// isNaN tells the one number that has no place in the order.
func (v *bson) isNaN() bool { return v.t == Number && v.f != v.f }

// compareBSON orders two values as MongoDB does: by type, then by value. Fields of documents are in the order of their
// names, for data does not keep another.
func compareBSON(a, b counterfoil.JSON) int {
	if a == b {
		return 0
	}
	x, y := bsonOf(a), bsonOf(b)
	return x.compare(&y)
}

func (v *bson) compare(w *bson) int {
	if v.t != w.t {
		return cmp.Compare(v.t, w.t)
	}
	switch v.t {
	case Number:
		return v.compareNumber(w)
	case Text, ObjectID, Expression, Code:
		return strings.Compare(v.s, w.s)
	case Bool:
		return cmp.Compare(len(w.j), len(v.j)) // false is the longer word
	case Date, Timestamp:
		return cmp.Compare(v.n, w.n)
	case Binary:
		return compareBinary(v.s, w.s)
	case Document:
		return compareDocuments(v.j, w.j)
	case Array:
		return compareArrays(v.j, w.j)
	}
	return 0
}

// compareNumber puts NaN below all others.
func (v *bson) compareNumber(w *bson) int {
	if v.special() || w.special() {
		return cmp.Compare(v.float(), w.float())
	}
	return compareDecimals(v.s, w.s)
}

func (v *bson) special() bool { return v.f != 0 && (v.f != v.f || math.IsInf(v.f, 0)) }

func (v *bson) float() float64 {
	if v.special() {
		return v.f
	}
	f, _ := strconv.ParseFloat(v.s, 64)
	return min(max(f, -math.MaxFloat64), math.MaxFloat64)
}

// compareBinary orders by length, subtype (two hex digits in front), bytes.
func compareBinary(a, b string) int {
	subA, bytesA := binaryBytes(a)
	subB, bytesB := binaryBytes(b)
	return cmp.Or(cmp.Compare(len(bytesA), len(bytesB)), strings.Compare(subA, subB), strings.Compare(bytesA, bytesB))
}

func binaryBytes(s string) (sub, data string) {
	if len(s) < 2 {
		return s, ""
	}
	b, err := base64.StdEncoding.DecodeString(s[2:])
	if err != nil {
		return s[:2], s[2:]
	}
	return s[:2], string(b)
}

func compareDocuments(a, b counterfoil.JSON) int {
	rest := members(b)
	for _, m := range members(a) {
		if len(rest) == 0 {
			return 1
		}
		v, w := bsonOf(m.value), bsonOf(rest[0].value)
		if c := cmp.Or(cmp.Compare(v.t, w.t), strings.Compare(m.key, rest[0].key), v.compare(&w)); c != 0 {
			return c
		}
		rest = rest[1:]
	}
	return -len(rest)
}

type member struct {
	key   string
	value counterfoil.JSON
}

func members(j counterfoil.JSON) (all []member) {
	for k, v := range j.Members() {
		all = append(all, member{k, v})
	}
	return all
}

func compareArrays(a, b counterfoil.JSON) int {
	return slices.CompareFunc(slices.Collect(a.Elements()), slices.Collect(b.Elements()), compareBSON)
}
