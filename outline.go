package counterfoil

import (
	"sync"
	"unsafe"
)

// outline is the structure of a JSON value in its text: it makes the canonical form of what is nearly canonical already,
// which all but the rarest data is, in one pass over the text and one over the members. What needs rewriting inside a
// string or number, and every error, is left to scanner.value.
type outline struct {
	s     scanner
	nodes []node
	order []child // being sorted, of the objects that are being written
	out   []byte
	arena []byte // the free end of what results are cut from
	tight bool   // no white space so far, and keys in order: the text is canonical as it stands
}

// node is a value, and its key in an object.
type node struct {
	key, keyEnd int32 // the key with its quotes; both 0 outside an object
	val, end    int32 // the value
	first, next int32 // first child and next sibling, 0 for none; node 0 is the whole value
	kind        byte  // '{', '[', or 0 for what is copied as it stands
}

// child is a member of an object, with the first eight bytes of its key as a number: few keys need to be looked at.
type child struct {
	prefix uint64
	node   int32
}

var outlines = sync.Pool{New: func() any { return new(outline) }}

// outlineValue gives the canonical form of the value at s.i and moves s behind it; false if scanner.value must do it.
func (s *scanner) outlineValue(depth int) (JSON, bool) {
	if len(s.s) > 1<<30 {
		return "", false
	}
	o := outlines.Get().(*outline)
	defer outlines.Put(o)
	o.s, o.nodes, o.order, o.tight = *s, o.nodes[:0], o.order[:0], true
	defer func() { o.s.s = "" }() // the pool must not hold the text
	if !o.value(depth) {
		return "", false
	}
	start := s.i
	s.i = o.s.i
	if o.tight {
		return JSON(s.s[start:s.i]), true
	}
	const chunk, most = 64 << 10, 8 << 10
	switch n := s.i - start; { // the canonical form is no longer
	case n > most:
		o.out = make([]byte, 0, n)
	case n > len(o.arena):
		o.arena = make([]byte, chunk)
		fallthrough
	default:
		o.out = o.arena[:0]
	}
	if !o.write(s.s, 0) {
		s.i = start
		return "", false
	}
	if s.i-start <= most {
		o.arena = o.arena[len(o.out):]
	}
	return JSON(unsafe.String(unsafe.SliceData(o.out), len(o.out))), true // nothing writes to it again
}

// value reads one value into a new node.
func (o *outline) value(depth int) bool {
	s := &o.s
	if s.i >= len(s.s) || depth > MaxDepth {
		return false
	}
	at := len(o.nodes)
	o.nodes = append(o.nodes, node{val: int32(s.i)})
	ok := false
	switch c := s.s[s.i]; c {
	case '{':
		o.nodes[at].kind = c
		s.i++
		ok = o.members(at, depth)
	case '[':
		o.nodes[at].kind = c
		s.i++
		ok = o.elements(at, depth)
	case '"':
		ok = o.str()
	default:
		ok = o.literal()
	}
	o.nodes[at].end = int32(s.i)
	return ok
}

// space skips white space and notes that there was some.
func (o *outline) space() {
	if i := o.s.i; i < len(o.s.s) && o.s.s[i] <= ' ' {
		o.s.space()
		o.tight = false
	}
}

// at consumes c.
func (o *outline) at(c byte) bool {
	if o.s.i < len(o.s.s) && o.s.s[o.s.i] == c {
		o.s.i++
		return true
	}
	return false
}

func (o *outline) members(parent, depth int) bool {
	if o.space(); o.at('}') {
		return true
	}
	s := &o.s
	prev := int32(0)
	for {
		key := s.i
		if !o.str() {
			return false
		}
		keyEnd := s.i
		if o.space(); !o.at(':') {
			return false
		}
		o.space()
		n := int32(len(o.nodes))
		if !o.value(depth + 1) {
			return false
		}
		o.nodes[n].key, o.nodes[n].keyEnd = int32(key), int32(keyEnd)
		if prev == 0 {
			o.nodes[parent].first = n
		} else {
			o.nodes[prev].next = n
			if o.tight {
				p := &o.nodes[prev]
				o.tight = s.s[p.key+1:p.keyEnd-1] < s.s[key+1:keyEnd-1]
			}
		}
		prev = n
		o.space()
		if o.at('}') {
			return true
		}
		if !o.at(',') {
			return false
		}
		o.space()
	}
}

func (o *outline) elements(parent, depth int) bool {
	if o.space(); o.at(']') {
		return true
	}
	prev := int32(0)
	for {
		n := int32(len(o.nodes))
		if !o.value(depth + 1) {
			return false
		}
		if prev == 0 {
			o.nodes[parent].first = n
		} else {
			o.nodes[prev].next = n
		}
		prev = n
		o.space()
		if o.at(']') {
			return true
		}
		if !o.at(',') {
			return false
		}
		o.space()
	}
}

// str reads a string that is canonical as it stands.
func (o *outline) str() bool {
	t, i := o.s.s, o.s.i
	if i >= len(t) || t[i] != '"' {
		return false
	}
	for i++; ; {
		i += plainLen(t, i)
		if i >= len(t) {
			return false
		}
		if t[i] == '"' {
			o.s.i = i + 1
			return true
		}
		if t[i] < 0x80 {
			break // an escape, which may be the canonical one, or a control character
		}
		n := runeLen(t[i:])
		if n == 0 {
			return false
		}
		i += n
	}
	body, _, err := o.s.str()
	if err != nil {
		return false
	}
	u, err := unquote(body)
	return err == nil && string(appendString(nil, u)) == `"`+body+`"`
}

// literal reads a number, true, false or null that is canonical as it stands.
func (o *outline) literal() bool {
	switch lit := o.s.literal(); {
	case isPlainInt(lit), lit == "true", lit == "false", lit == "null":
		return true
	case isNumber(lit):
		return string(appendNumber(nil, lit)) == lit
	}
	return false
}

// write appends the canonical text of a node's value; false if an object has a key twice.
func (o *outline) write(text string, n int32) bool {
	v := &o.nodes[n]
	switch v.kind {
	case 0:
		o.out = append(o.out, text[v.val:v.end]...)
		return true
	case '[':
		o.out = append(o.out, '[')
		for c := v.first; c != 0; c = o.nodes[c].next {
			if c != v.first {
				o.out = append(o.out, ',')
			}
			if !o.write(text, c) {
				return false
			}
		}
		o.out = append(o.out, ']')
		return true
	}
	base := len(o.order)
	if !o.sort(text, v.first) {
		return false
	}
	o.out = append(o.out, '{')
	for i := base; i < len(o.order); i++ {
		if i > base {
			o.out = append(o.out, ',')
		}
		c := o.order[i].node
		m := &o.nodes[c]
		if m.kind == 0 && m.keyEnd+1 == m.val {
			o.out = append(o.out, text[m.key:m.end]...) // "key":value in one piece
			continue
		}
		o.out = append(append(o.out, text[m.key:m.keyEnd]...), ':')
		if !o.write(text, c) {
			return false
		}
	}
	o.order = o.order[:base]
	o.out = append(o.out, '}')
	return true
}

// sort appends the members of an object to order, sorted by key; false if a key stands twice or there are so many
// members that insertion would be slow.
func (o *outline) sort(text string, first int32) bool {
	const many = 64
	base := len(o.order)
	for c := first; c != 0; c = o.nodes[c].next {
		key := o.key(text, c)
		now := child{keyPrefix(key), c}
		i := len(o.order)
		if i-base >= many {
			return false
		}
		o.order = append(o.order, now)
		for ; i > base; i-- {
			p := o.order[i-1]
			if p.prefix < now.prefix {
				break
			}
			if p.prefix == now.prefix {
				if k := o.key(text, p.node); k < key {
					break
				} else if k == key {
					return false
				}
			}
			o.order[i] = p
		}
		o.order[i] = now
	}
	return true
}

func (o *outline) key(text string, n int32) string {
	m := &o.nodes[n]
	return text[m.key+1 : m.keyEnd-1]
}

// keyPrefix orders keys as their bytes do, as far as eight of them tell.
func keyPrefix(k string) (p uint64) {
	if len(k) >= 8 {
		return uint64(k[0])<<56 | uint64(k[1])<<48 | uint64(k[2])<<40 | uint64(k[3])<<32 |
			uint64(k[4])<<24 | uint64(k[5])<<16 | uint64(k[6])<<8 | uint64(k[7])
	}
	for i := range len(k) {
		p |= uint64(k[i]) << (56 - 8*i)
	}
	return p
}
