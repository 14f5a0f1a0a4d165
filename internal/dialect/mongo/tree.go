package mongo

import (
	"slices"
	"unsafe"
)

// kind is what a value of a document is. BSON's other types are documents in extended JSON's words: { "$oid" : … }.
type kind uint8

const (
	kNull   kind = iota
	kBool        // num: 0 or 1
	kInt         // num: a 32-bit integer, or any integer written bare
	kLong        // num: a 64-bit integer
	kDouble      // num: its bits
	kNumber      // text: a JSON number that is no integer of 64 bits
	kString      // text
	kDate        // num: milliseconds since 1970
	kDocument
	kArray
	kReady // text: canonical data
)

// span is a part of what a tree was read from; with at below 0 it is kept[-at-1]. Nodes without pointers cost the garbage
// collector nothing.
type span struct{ at, end int32 }

// node is a value of a document, with its key inside one.
type node struct {
	key, text   span
	num         int64
	first, next int32 // first child and next sibling; 0: none, as node 0 is the whole document
	kind        kind

	plainKey, plain bool // key and text stand for themselves in canonical data
}

// tree is a document as it was read. Its strings share the memory of what it was read from.
type tree struct {
	nodes []node
	src   string
	dates dates
	first firstUser // of users, where its node is ready
	kept  []string  // what stands otherwise in src: escaped there, or binary
}

// firstUser is what a value of users that is ready says to the mapping.
type firstUser struct {
	node     int32
	user, db string
}

// reset makes the tree ready for what is read from src.
func (t *tree) reset(src string) {
	t.nodes, t.src, t.kept = t.nodes[:0], src, t.kept[:0]
	t.first = firstUser{}
}

// str gives the text of a span.
func (t *tree) str(s span) string {
	if s.at < 0 {
		return t.kept[-s.at-1]
	}
	return t.src[s.at:s.end]
}

// appendQuoted appends a text that is plain, in quotes. In JSON it has them already.
func (t *tree) appendQuoted(dst []byte, s span) []byte {
	if s.at > 0 && int(s.end) < len(t.src) && t.src[s.at-1] == '"' && t.src[s.end] == '"' {
		return append(dst, t.src[s.at-1:s.end+1]...)
	}
	return append(append(append(dst, '"'), t.str(s)...), '"')
}

// keep makes a span of a text that is not in src.
func (t *tree) keep(s string) span {
	t.kept = append(t.kept, s)
	return span{int32(-len(t.kept)), 0}
}

// key gives the key of node n.
func (t *tree) key(n int32) string { return t.str(t.nodes[n].key) }

// add appends a node and gives its index.
func (t *tree) add(n node) int32 {
	i := len(t.nodes)
	if i == cap(t.nodes) {
		t.nodes = slices.Grow(t.nodes, 1)
	}
	t.nodes = t.nodes[:i+1]
	to := &t.nodes[i] // field by field: to copy as a whole what was just written in parts makes a processor wait
	to.key, to.text, to.num, to.first, to.next, to.kind, to.plainKey, to.plain = n.key, n.text, n.num, n.first, n.next, n.kind, n.plainKey, n.plain
	return int32(i)
}

// link makes c the child of parent that follows prev; prev 0 means the first.
func (t *tree) link(parent, prev, c int32) {
	if prev == 0 {
		t.nodes[parent].first = c
	} else {
		t.nodes[prev].next = c
	}
}

// member gives the first child of that key, 0 if n is no document or has none.
func (t *tree) member(n int32, key string) int32 {
	if t.nodes[n].kind != kDocument {
		return 0
	}
	for c := t.nodes[n].first; c != 0; c = t.nodes[c].next {
		if t.str(t.nodes[c].key) == key {
			return c
		}
	}
	return 0
}

// path follows members from n on; 0 if one is missing.
func (t *tree) path(n int32, keys ...string) int32 {
	for _, k := range keys {
		if n = t.member(n, k); n == 0 {
			return 0
		}
	}
	return n
}

// text gives the text of a string; "" for n 0 and for other kinds.
func (t *tree) text(n int32) string {
	if n == 0 || t.nodes[n].kind != kString {
		return ""
	}
	return t.str(t.nodes[n].text)
}

// string gives the text of a member that is a string.
func (t *tree) string(n int32, key string) string { return t.text(t.member(n, key)) }

// document puts a new document with its members, strings, behind the nodes there are, for BSON types that have no JSON.
func (t *tree) document(key span, members ...string) int32 {
	d := t.add(node{key: key, kind: kDocument})
	prev := int32(0)
	for i := 0; i < len(members); i += 2 {
		text := members[i+1]
		c := t.add(node{key: t.keep(members[i]), plainKey: true, kind: kString, text: t.keep(text), plain: isPlain(text)})
		t.link(d, prev, c)
		prev = c
	}
	return d
}

// readOnly gives the bytes of a string without a copy, to look at.
func readOnly(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
