package mongo

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Types of BSON values, bsonspec.org.
const (
	tDouble    = 0x01
	tString    = 0x02
	tDocument  = 0x03
	tArray     = 0x04
	tBinary    = 0x05
	tUndefined = 0x06
	tOID       = 0x07
	tBool      = 0x08
	tDate      = 0x09
	tNull      = 0x0a
	tRegex     = 0x0b
	tDBPointer = 0x0c
	tCode      = 0x0d
	tSymbol    = 0x0e
	tCodeScope = 0x0f
	tInt32     = 0x10
	tTimestamp = 0x11
	tInt64     = 0x12
	tDecimal   = 0x13
	tMinKey    = 0xff
	tMaxKey    = 0x7f
)

// bsonReader reads a BSON document into a tree. What BSON has and JSON has not becomes what the server writes for it in
// JSON, so that both forms of a log give one event.
type bsonReader struct {
	*tree
	s   string
	err error // the first
}

// parseBSON reads a document that fills s. Errors name the byte, counted from 1.
func (t *tree) parseBSON(s string) error {
	t.reset(s)
	r := bsonReader{tree: t, s: s}
	r.document(span{}, 0, len(s), kDocument, 1)
	return r.err
}

func (r *bsonReader) fail(at int, format string, args ...any) int32 {
	if r.err == nil {
		r.err = fmt.Errorf("byte %d: %s", at+1, fmt.Sprintf(format, args...))
	}
	return 0
}

// document reads the document or array that fills s[at:end].
func (r *bsonReader) document(key span, at, end int, k kind, depth int) int32 {
	n := r.add(node{key: key, kind: k})
	if depth > maxNest {
		return r.fail(at, "the document nests deeper than %d", maxNest)
	}
	if end-at < headLen || int(u32(r.s[at:])) != end-at || r.s[end-1] != 0 {
		return r.fail(at, "a document's length is not that of its bytes")
	}
	prev := int32(0)
	for i := at + 4; i < end-1; {
		tag := r.s[i]
		i++
		k0 := strings.IndexByte(r.s[i:end-1], 0)
		if k0 < 0 {
			return r.fail(i, "the name of a field does not end")
		}
		name := span{int32(i), int32(i + k0)}
		if k == kArray {
			name = span{}
		}
		i += k0 + 1
		size := r.size(tag, i, end-1)
		if size < 0 {
			return 0
		}
		c := r.value(name, tag, i, size, depth)
		if r.err != nil {
			return 0
		}
		r.nodes[c].plainKey = isPlain(r.str(name))
		r.link(n, prev, c)
		prev = c
		i += size
	}
	return n
}

// size gives the length of the value at s[at:end] and checks that it is there; -1 after an error.
func (r *bsonReader) size(tag byte, at, end int) int {
	n, ok := valueLen(tag, readOnly(r.s[at:end]))
	switch {
	case !ok && n == 0 && !knownType(tag):
		r.fail(at, "%#02x is no BSON type", tag)
	case !ok || n < 0 || at+n > end:
		r.fail(at, "a value is longer than its document, or its parts do not agree")
	default:
		return n
	}
	return -1
}

func knownType(tag byte) bool {
	return tag >= tDouble && tag <= tDecimal || tag == tMinKey || tag == tMaxKey
}

// value reads the value of size bytes at s[at:].
func (r *bsonReader) value(key span, tag byte, at, size, depth int) int32 {
	v := r.s[at : at+size]
	switch tag {
	case tDouble:
		return r.add(node{key: key, kind: kDouble, num: int64(u64(v))})
	case tString, tSymbol: // the server writes a symbol as a string
		return r.add(node{key: key, kind: kString, text: span{int32(at + 4), int32(at + size - 1)}, plain: isPlain(v[4 : size-1])})
	case tDocument:
		return r.document(key, at, at+size, kDocument, depth+1)
	case tArray:
		return r.document(key, at, at+size, kArray, depth+1)
	case tBool:
		if v[0] > 1 {
			return r.fail(at, "%#02x is neither true nor false", v[0])
		}
		return r.add(node{key: key, kind: kBool, num: int64(v[0])})
	case tDate:
		return r.add(node{key: key, kind: kDate, num: int64(u64(v))})
	case tNull:
		return r.add(node{key: key, kind: kNull})
	case tInt32:
		return r.add(node{key: key, kind: kInt, num: int64(int32(u32(v)))})
	case tInt64:
		return r.add(node{key: key, kind: kLong, num: int64(u64(v))})
	}
	return r.rare(key, tag, v, at, depth)
}

// rare reads a value of the types that become a document of extended JSON.
func (r *bsonReader) rare(key span, tag byte, v string, at, depth int) int32 {
	switch tag {
	case tOID:
		return r.tree.document(key, "$oid", hex.EncodeToString([]byte(v)))
	case tBinary:
		sub, data := v[4], v[5:]
		if sub == 2 && len(data) >= 4 && int(u32(data)) == len(data)-4 {
			data = data[4:] // the old form has its length twice
		}
		return r.tree.document(key, "$binary", base64.StdEncoding.EncodeToString([]byte(data)), "$type", hex.EncodeToString([]byte{sub}))
	case tRegex:
		pattern, options, _ := strings.Cut(v[:len(v)-1], "\x00")
		return r.tree.document(key, "$regex", pattern, "$options", options)
	case tDecimal:
		return r.tree.document(key, "$numberDecimal", decimalText(u64(v), u64(v[8:])))
	case tCode:
		return r.tree.document(key, "$code", v[4:len(v)-1])
	case tDBPointer:
		n := len(v) - 12
		return r.tree.document(key, "$ref", v[4:max(4, n-1)], "$id", hex.EncodeToString([]byte(v[n:])))
	case tUndefined:
		return r.single(key, "$undefined", node{kind: kBool, num: 1})
	case tMinKey:
		return r.single(key, "$minKey", node{kind: kInt, num: 1})
	case tMaxKey:
		return r.single(key, "$maxKey", node{kind: kInt, num: 1})
	case tTimestamp:
		n := r.add(node{key: key, kind: kDocument})
		d := r.add(node{key: r.keep("$timestamp"), plainKey: true, kind: kDocument})
		r.link(n, 0, d)
		seconds := r.add(node{key: r.keep("t"), plainKey: true, kind: kInt, num: int64(u32(v[4:]))})
		r.link(d, 0, seconds)
		r.link(d, seconds, r.add(node{key: r.keep("i"), plainKey: true, kind: kInt, num: int64(u32(v))}))
		return n
	}
	return r.codeScope(key, v, at, depth)
}

// single adds a document with one member.
func (r *bsonReader) single(key span, name string, v node) int32 {
	n := r.add(node{key: key, kind: kDocument})
	v.key, v.plainKey = r.keep(name), true
	r.link(n, 0, r.add(v))
	return n
}

// codeScope reads code with its scope: length of all, string, document.
func (r *bsonReader) codeScope(key span, v string, at, depth int) int32 {
	code := int(u32(v[4:]))
	if code < 1 || 8+code+headLen > len(v) || v[8+code-1] != 0 {
		return r.fail(at, "code with a scope whose parts do not agree")
	}
	n := r.tree.document(key, "$code", v[8:8+code-1])
	scope := r.document(r.keep("$scope"), at+8+code, at+len(v), kDocument, depth+1)
	if r.err == nil {
		r.nodes[scope].plainKey = true
		r.nodes[r.nodes[n].first].next = scope
	}
	return n
}

func u32(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func u64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// doubleText writes a double as %.16g of C does where that is exact, and with the digits it takes where not.
func doubleText(dst []byte, f float64) []byte {
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}
