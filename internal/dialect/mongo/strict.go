package mongo

import (
	"math"
	"strconv"

	"github.com/counterfoil/counterfoil"
)

// appendStrict appends node n as the server writes JSON (LegacyStrict), byte for byte, but for three things: dates are in
// UTC, a number takes the digits that it needs (17 where the server's %.16g would round), and bytes that are not UTF-8 are
// escaped as in a canonical message.
func appendStrict(dst []byte, t *tree, n int32) []byte {
	v := &t.nodes[n]
	switch v.kind {
	case kBool:
		return strconv.AppendBool(dst, v.num != 0)
	case kInt:
		if v.num == int64(int32(v.num)) {
			return strconv.AppendInt(dst, v.num, 10)
		}
		return appendLong(dst, v.num)
	case kLong:
		return appendLong(dst, v.num)
	case kDouble:
		if f := math.Float64frombits(uint64(v.num)); math.IsNaN(f) || math.IsInf(f, 0) {
			return append(dst, notFinite(f)...)
		} else {
			return doubleText(dst, f)
		}
	case kNumber:
		return append(dst, t.str(v.text)...)
	case kString:
		return counterfoil.AppendText(dst, t.str(v.text))
	case kDate:
		dst = append(dst, `{ "$date" : `...)
		if v.num < 0 || v.num > lastStrict {
			return append(appendLong(dst, v.num), " }"...)
		}
		return append(appendISO(append(dst, '"'), v.num, "+00:00"), `" }`...)
	case kDocument:
		return appendMembers(dst, t, v.first)
	case kArray:
		return appendElements(dst, t, v.first)
	}
	return append(dst, "null"...)
}

func appendLong(dst []byte, i int64) []byte {
	return append(strconv.AppendInt(append(dst, `{ "$numberLong" : "`...), i, 10), `" }`...)
}

func appendMembers(dst []byte, t *tree, c int32) []byte {
	if c == 0 {
		return append(dst, "{}"...)
	}
	for sep := "{ "; c != 0; c = t.nodes[c].next {
		dst = counterfoil.AppendText(append(dst, sep...), t.key(c))
		dst = appendStrict(append(dst, " : "...), t, c)
		sep = ", "
	}
	return append(dst, " }"...)
}

func appendElements(dst []byte, t *tree, c int32) []byte {
	if c == 0 {
		return append(dst, "[]"...)
	}
	for sep := "[ "; c != 0; c = t.nodes[c].next {
		dst = appendStrict(append(dst, sep...), t, c)
		sep = ", "
	}
	return append(dst, " ]"...)
}
