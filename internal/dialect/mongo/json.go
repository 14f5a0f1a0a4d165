package mongo

import (
	"fmt"
	"math"
	"math/bits"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// maxNest is how deep a document may nest; servers stop at 200.
const maxNest = 250

// jsonReader is a tree while a JSON document is read into it. Beside JSON it knows the server's bare NaN, Infinity and
// -Infinity.
type jsonReader struct {
	tree
	i   int
	err error    // the first
	rep *repeats // nil: every value is to be read
}

// parseJSON reads text, which must be one document. Errors name the byte, counted from 1.
func (t *tree) parseJSON(text string, rep *repeats) error {
	if len(text) > math.MaxInt32 {
		return fmt.Errorf("a document of %d bytes", len(text))
	}
	t.reset(text)
	r := jsonReader{tree: *t, rep: rep}
	r.whole()
	*t = r.tree
	return r.err
}

// whole reads the document that the text is.
func (r *jsonReader) whole() {
	if r.space(); r.i == len(r.src) || r.src[r.i] != '{' {
		r.fail("no document begins here")
		return
	}
	if r.value(1); r.err != nil {
		return
	}
	if r.space(); r.i < len(r.src) {
		r.fail("text follows the document")
	}
}

func (r *jsonReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("byte %d: %s", r.i+1, fmt.Sprintf(format, args...))
	}
}

func (r *jsonReader) space() {
	for r.i < len(r.src) && r.src[r.i] <= ' ' {
		if c := r.src[r.i]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return
		}
		r.i++
	}
}

// at consumes c where it comes next, after at most one space: what servers write needs no more.
func (r *jsonReader) at(c byte) bool {
	i := r.i
	if i+1 < len(r.src) && r.src[i] == ' ' {
		i++
	}
	if i < len(r.src) && r.src[i] == c {
		r.i = i + 1
		return true
	}
	return false
}

// next consumes c where it comes next, after any white space.
func (r *jsonReader) next(c byte) bool {
	r.space()
	return r.at(c)
}

// byte consumes c, after white space.
func (r *jsonReader) byte(c byte) bool {
	r.space()
	if r.i == len(r.src) {
		r.fail("the text ends where %q is expected", c)
		return false
	}
	if r.src[r.i] != c {
		r.fail("%q where %q is expected", r.src[r.i], c)
		return false
	}
	r.i++
	return true
}

// value reads the value at i, which is no white space, into a node; key is set by the caller.
func (r *jsonReader) value(depth int) int32 {
	if r.i == len(r.src) {
		r.fail("the text ends where a value is expected")
		return 0
	}
	switch r.src[r.i] {
	case '{':
		return r.document(depth)
	case '[':
		return r.array(depth)
	case '"':
		r.i++
		text, plain := r.quoted()
		return r.add(node{kind: kString, text: text, plain: plain})
	}
	return r.literal()
}

func (r *jsonReader) document(depth int) int32 {
	n := r.add(node{kind: kDocument})
	if depth > maxNest {
		r.fail("the document nests deeper than %d", maxNest)
		return n
	}
	r.i++
	if r.space(); r.i < len(r.src) && r.src[r.i] == '}' {
		r.i++
		return n
	}
	extended := false
	for prev := int32(0); ; {
		if !r.at('"') && !r.byte('"') {
			return n
		}
		extended = extended || prev == 0 && r.i < len(r.src) && r.src[r.i] == '$'
		key, plain := r.quoted()
		if !r.at(':') && !r.byte(':') {
			return n
		}
		var c int32
		if r.at('"') { // most values are texts
			text, ok := r.quoted()
			c = r.add(node{kind: kString, text: text, plain: ok})
		} else {
			r.space()
			c = r.field(key, depth)
		}
		if r.err != nil {
			return n
		}
		v := &r.nodes[c]
		v.key, v.plainKey = key, plain
		r.link(n, prev, c)
		prev = c
		if r.at(',') {
			continue
		}
		if !r.at('}') {
			if r.next(',') {
				continue
			}
			r.byte('}')
		}
		if extended && r.err == nil {
			r.extended(n)
		}
		return n
	}
}

// field reads the value of a field of a document that is at depth.
func (r *jsonReader) field(key span, depth int) int32 {
	if depth > 1 || r.rep == nil {
		return r.value(depth + 1)
	}
	field, ok := repeated(r.str(key))
	if !ok {
		return r.value(depth + 1)
	}
	start := r.i
	if v := r.rep.find(field, r.src[start:]); v != nil {
		r.i += len(v.text)
		c := r.add(node{kind: kReady, text: r.keep(string(v.data))})
		if field == repeatUsers && r.first.node == 0 {
			r.first = firstUser{c, v.user, v.db}
		}
		return c
	}
	c := r.value(depth + 1)
	if r.err == nil {
		r.rep.learn(field, &r.tree, c, r.src[start:r.i])
	}
	return c
}

func (r *jsonReader) array(depth int) int32 {
	n := r.add(node{kind: kArray})
	if depth > maxNest {
		r.fail("the document nests deeper than %d", maxNest)
		return n
	}
	r.i++
	if r.space(); r.i < len(r.src) && r.src[r.i] == ']' {
		r.i++
		return n
	}
	for prev := int32(0); ; {
		r.space()
		c := r.value(depth + 1)
		if r.err != nil {
			return n
		}
		r.link(n, prev, c)
		prev = c
		if r.next(',') {
			continue
		}
		r.byte(']')
		return n
	}
}

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
