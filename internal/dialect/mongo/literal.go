package mongo

import (
	"math"
	"math/bits"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// quoted reads the string that begins at i, behind its quote; plain says that it stands for itself in canonical data.
func (r *jsonReader) quoted() (text span, plain bool) {
	s, start := r.src, r.i
	i := start
	for ; i+8 <= len(s); i += 8 {
		if n := plainPrefix(u64(s[i:])); n < 8 {
			i += n
			break
		}
	}
	for ; i < len(s); i++ {
		if plainBytes[s[i]] {
			continue
		}
		if s[i] == '"' {
			r.i = i + 1
			return span{int32(start), int32(i)}, true
		}
		return r.escaped(start, i), false
	}
	r.i = len(s)
	r.fail("a string does not end")
	return span{}, false
}

// plainPrefix gives how many of the eight bytes of w, from the lowest, surely stand for themselves in a canonical string.
func plainPrefix(w uint64) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	q, b := w^'"'*ones, w^'\\'*ones
	m := ((w - ' '*ones) | (q-ones)&^q | (b-ones)&^b | w) & tops // exact up to the first byte it has
	return bits.TrailingZeros64(m) / 8
}

// escaped reads a string whose first byte that does not stand for itself is at i.
func (r *jsonReader) escaped(start, i int) span {
	rewrite := false
	for ; i < len(r.src) && r.src[i] != '"'; i++ {
		if r.src[i] == '\\' {
			i++
		}
		rewrite = rewrite || i < len(r.src) && (r.src[i-1] == '\\' || r.src[i] < ' ')
	}
	if i >= len(r.src) {
		r.i = len(r.src)
		r.fail("a string does not end")
		return span{}
	}
	if !rewrite { // letters beyond ASCII, or bytes that are none
		r.i = i + 1
		return span{int32(start), int32(i)}
	}
	j, err := counterfoil.Canonical(r.src[start-1 : i+1])
	if err != nil {
		r.i = start - 1
		_, what, _ := strings.Cut(err.Error(), ": ") // its byte is counted from the string's beginning
		r.fail("in the string that begins here: %s", what)
		return span{}
	}
	r.i = i + 1
	return r.keep(j.Text())
}

// literal reads a number or a word.
func (r *jsonReader) literal() int32 {
	s, start := r.src, r.i
	i, n := start, int64(0)
	if s[i] == '-' {
		i++
	}
	first := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' && i-first < 18 {
		n = n*10 + int64(s[i]-'0')
		i++
	}
	digits := i - first
	if i < len(s) && !ends[s[i]] || digits == 0 || s[first] == '0' && i > start+1 {
		for i < len(s) && !ends[s[i]] {
			i++
		}
		return r.word(s[start:i])
	}
	if first > start {
		n = -n
	}
	r.i = i
	return r.add(node{kind: kInt, num: n})
}

// ends are the bytes that end a literal.
var ends = [256]bool{' ': true, '\t': true, '\r': true, '\n': true, ',': true, ':': true, '}': true, ']': true, '{': true, '[': true, '"': true}

// word makes a node of a literal that is no plain integer.
func (r *jsonReader) word(word string) int32 {
	v := node{}
	switch word {
	case "null":
	case "true":
		v.kind, v.num = kBool, 1
	case "false":
		v.kind = kBool
	case "NaN":
		v.kind, v.num = kDouble, int64(math.Float64bits(math.NaN()))
	case "Infinity":
		v.kind, v.num = kDouble, int64(math.Float64bits(math.Inf(1)))
	case "-Infinity":
		v.kind, v.num = kDouble, int64(math.Float64bits(math.Inf(-1)))
	default:
		if _, err := counterfoil.Canonical(word); err != nil {
			r.fail("%.30q is no value", word)
			return 0
		}
		v.kind, v.text = kNumber, span{int32(r.i), int32(r.i + len(word))}
	}
	r.i += len(word)
	return r.add(v)
}
