package mongo

import (
	"math"
	"strconv"
	"strings"
)

// extended gives a document that is a value in extended JSON (versions 1 and 2, canonical and relaxed, and the server's
// LegacyStrict) one form: dates and numbers become what they are, and binary data and regular expressions the words of
// LegacyStrict. A document that is not exactly such a value stays what it is.
func (r *jsonReader) extended(n int32) {
	c := r.nodes[n].first
	v := &r.nodes[c]
	if v.next != 0 {
		return
	}
	switch r.str(v.key) {
	case "$date":
		if ms, ok := r.millis(c); ok {
			r.scalar(n, kDate, ms)
		}
	case "$numberLong":
		if i, err := strconv.ParseInt(r.str(v.text), 10, 64); err == nil && v.kind == kString {
			r.scalar(n, kLong, i)
		}
	case "$numberInt":
		if i, err := strconv.ParseInt(r.str(v.text), 10, 32); err == nil && v.kind == kString {
			r.scalar(n, kInt, i)
		}
	case "$numberDouble":
		if f, ok := parseDouble(r.text(c)); ok {
			r.scalar(n, kDouble, int64(math.Float64bits(f)))
		}
	case "$binary":
		if b64, sub := r.pair(c, "base64", "subType"); sub != 0 {
			if text := r.text(sub); len(text) == 1 {
				r.nodes[sub].text = r.keep("0" + text)
			}
			r.rename(n, b64, "$binary", sub, "$type")
		}
	case "$regularExpression":
		if pattern, options := r.pair(c, "pattern", "options"); options != 0 {
			r.rename(n, pattern, "$regex", options, "$options")
		}
	case "$uuid":
		if b64, ok := uuidBase64(r.text(c)); ok {
			v.key, v.text = r.keep("$binary"), r.keep(b64)
			r.link(n, c, r.add(node{key: r.keep("$type"), plainKey: true, kind: kString, text: r.keep("04"), plain: true}))
		}
	}
}

// scalar makes node n a value without children.
func (r *jsonReader) scalar(n int32, k kind, num int64) {
	r.nodes = r.nodes[:n+1] // its children are the last nodes there are
	v := &r.nodes[n]
	v.kind, v.num, v.text, v.first = k, num, span{}, 0
}

// pair gives the two members of a document that has exactly these, strings, in any order; 0, 0 else.
func (r *jsonReader) pair(n int32, one, two string) (a, b int32) {
	a, b = r.member(n, one), r.member(n, two)
	first := r.nodes[n].first
	if a == 0 || b == 0 || r.nodes[r.nodes[first].next].next != 0 || r.nodes[a].kind != kString || r.nodes[b].kind != kString {
		return 0, 0
	}
	return a, b
}

// rename makes a and b, under new keys, the only members of n.
func (r *jsonReader) rename(n, a int32, keyA string, b int32, keyB string) {
	r.nodes[n].first = a
	r.nodes[a].key, r.nodes[a].next = r.keep(keyA), b
	r.nodes[b].key, r.nodes[b].next = r.keep(keyB), 0
}

// millis reads the value of $date: ISO text, or milliseconds as a number or as $numberLong.
func (r *jsonReader) millis(n int32) (int64, bool) {
	switch v := &r.nodes[n]; v.kind {
	case kInt, kLong:
		return v.num, true
	case kString:
		ms, ns, ok := r.dates.parse(r.str(v.text))
		return ms, ok && ns == 0 && ms >= 0
	}
	return 0, false
}

// parseDouble reads $numberDouble: a number as JSON has it, or one of the three that it has not.
func parseDouble(s string) (float64, bool) {
	switch s {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		return math.Inf(1), true
	case "-Infinity":
		return math.Inf(-1), true
	}
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false // ParseFloat takes more than JSON has
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}
