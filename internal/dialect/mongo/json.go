package mongo

import (
	"fmt"
	"math"
)

// maxNest is how deep a document may nest; servers stop at 200.
const maxNest = 250

// jsonReader reads a JSON document into a tree. Beside JSON it knows the server's bare NaN, Infinity and
// -Infinity.
type jsonReader struct {
	*tree
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
	r := jsonReader{tree: t, rep: rep}
	r.whole()
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
		r.rep.learn(field, r.tree, c, r.src[start:r.i])
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
