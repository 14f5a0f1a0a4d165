package mongo

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
)

// dataWriter writes a tree, or a part of one, as canonical data.
type dataWriter struct {
	t    *tree
	b    counterfoil.Builder
	deep *dataWriter // for what nests too deep
	num  []byte
	root int32 // where it begins: a value without a key

	skip     int32 // a field at the top that is left out, as it is in a field of the event; 0: none
	withhold int32 // a field at the top in whose place a sentence stands; 0: none
}

// withheld stands for a field that would make the message too long.
const withheld = "left out, as the message would be too long; it is in raw"

// event writes the whole document as event_data.
func (w *dataWriter) event(t *tree, skip, withhold int32) counterfoil.JSON {
	w.t, w.skip, w.withhold = t, skip, withhold
	w.b.Reset()
	w.value(0, 1)
	return counterfoil.JSON(string(w.b.JSON()))
}

// value writes node n at a depth, the data itself being at depth 1.
func (w *dataWriter) value(n int32, depth int) {
	v := &w.t.nodes[n]
	key := w.t.str(v.key)
	if n == w.root {
		key = ""
	}
	switch v.kind {
	case kNull:
		w.b.Null(key)
	case kBool:
		w.b.Bool(key, v.num != 0)
	case kInt, kLong:
		w.b.Int(key, v.num)
	case kDouble:
		w.double(key, math.Float64frombits(uint64(v.num)))
	case kNumber:
		w.literal(key, w.t.str(v.text))
	case kString:
		w.b.String(key, w.t.str(v.text))
	case kDate:
		w.date(key, v.num)
	case kReady:
		w.b.Value(key, counterfoil.JSON(w.t.str(v.text)))
	case kDocument, kArray:
		w.container(n, key, depth)
	}
}

func (w *dataWriter) container(n int32, key string, depth int) {
	v := &w.t.nodes[n]
	if depth >= counterfoil.MaxDepth && v.first != 0 {
		w.b.String(key, w.deeper(n))
		return
	}
	if v.kind == kArray {
		w.b.Array(key)
	} else {
		w.b.Object(key)
	}
	for c := v.first; c != 0; c = w.t.nodes[c].next {
		switch {
		case depth > 1, c != w.skip && c != w.withhold:
			w.value(c, depth+1)
		case c == w.withhold:
			w.b.String(w.t.key(c), withheld)
		}
	}
	w.b.End()
}

// deeper gives what is nested deeper than data may be as its own text.
func (w *dataWriter) deeper(n int32) string {
	if w.deep == nil {
		w.deep = new(dataWriter)
	}
	d := w.deep
	d.t, d.root = w.t, n
	d.b.Reset()
	d.value(n, 2) // skip and withhold are for the top
	return string(d.b.JSON())
}

// double writes a number; the three that JSON has not in the words of extended JSON.
func (w *dataWriter) double(key string, f float64) {
	switch {
	case f == math.Trunc(f) && math.Abs(f) <= 1<<53:
		w.b.Int(key, int64(f))
	case math.IsNaN(f), math.IsInf(f, 0):
		w.b.Object(key)
		w.b.String("$numberDouble", notFinite(f))
		w.b.End()
	default:
		w.num = doubleText(w.num[:0], f)
		w.literal(key, string(w.num))
	}
}

func notFinite(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case f > 0:
		return "Infinity"
	}
	return "-Infinity"
}

// literal writes a JSON number.
func (w *dataWriter) literal(key, text string) {
	j, err := counterfoil.Canonical(text)
	if err != nil {
		j = counterfoil.String(text)
	}
	w.b.Value(key, j)
}

// date writes { "$date": … }, in UTC.
func (w *dataWriter) date(key string, ms int64) {
	w.b.Object(key)
	if ms < 0 || ms > lastISO {
		w.b.Object("$date")
		w.b.String("$numberLong", string(strconv.AppendInt(w.num[:0], ms, 10)))
		w.b.End()
	} else {
		w.num = appendISO(w.num[:0], ms, "Z")
		w.b.String("$date", string(w.num))
	}
	w.b.End()
}

// cost is how many bytes a text takes in a message, quotes included.
func cost(raw string) int {
	if !utf8.ValidString(raw) {
		return len(raw)/3*4 + 6
	}
	return len(counterfoil.AppendText(nil, raw))
}
