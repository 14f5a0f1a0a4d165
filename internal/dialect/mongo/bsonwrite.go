package mongo

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
)

// appendBSON appends the document or array n. Documents in the words of extended JSON become the types they stand for,
// but for $numberDecimal, $code and $ref, which stay documents. A name cannot hold NUL: U+2400 stands in its place, and
// the encoder sees that the document does not read back and writes the event otherwise.
func appendBSON(dst []byte, t *tree, n int32) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	i := int64(0)
	for c := t.nodes[n].first; c != 0; c = t.nodes[c].next {
		tagAt := len(dst)
		dst = append(dst, 0)
		if t.nodes[n].kind == kArray {
			dst = strconv.AppendInt(dst, i, 10)
			i++
		} else {
			dst = appendName(dst, t.key(c))
		}
		dst = append(dst, 0)
		var tag byte
		dst, tag = appendValue(dst, t, c)
		dst[tagAt] = tag
	}
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at))
	return dst
}

func appendName(dst []byte, s string) []byte {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\u2400")
	}
	return append(dst, s...)
}

// appendValue appends the value of node n and gives its type.
func appendValue(dst []byte, t *tree, n int32) ([]byte, byte) {
	le := binary.LittleEndian
	v := &t.nodes[n]
	switch v.kind {
	case kBool:
		return append(dst, byte(v.num)), tBool
	case kInt:
		if v.num == int64(int32(v.num)) {
			return le.AppendUint32(dst, uint32(v.num)), tInt32
		}
		return le.AppendUint64(dst, uint64(v.num)), tInt64
	case kLong:
		return le.AppendUint64(dst, uint64(v.num)), tInt64
	case kDate:
		return le.AppendUint64(dst, uint64(v.num)), tDate
	case kDouble:
		return le.AppendUint64(dst, uint64(v.num)), tDouble
	case kNumber:
		f, _ := strconv.ParseFloat(t.str(v.text), 64) // what it cannot carry shows when it is read back
		return le.AppendUint64(dst, math.Float64bits(f)), tDouble
	case kString:
		return appendText(dst, t.str(v.text)), tString
	case kDocument:
		if out, tag := appendExtended(dst, t, v.first); tag != 0 {
			return out, tag
		}
		return appendBSON(dst, t, n), tDocument
	case kArray:
		return appendBSON(dst, t, n), tArray
	}
	return dst, tNull
}

func appendText(dst []byte, s string) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(s)+1))
	return append(append(dst, s...), 0)
}

// appendExtended appends the value that a document stands for whose first member is c; type 0 if it stands for itself.
func appendExtended(dst []byte, t *tree, c int32) ([]byte, byte) {
	if c == 0 || !strings.HasPrefix(t.key(c), "$") {
		return dst, 0
	}
	v, second := &t.nodes[c], &node{}
	if v.next != 0 {
		if second = &t.nodes[v.next]; second.next != 0 {
			return dst, 0
		}
	}
	switch t.str(v.key) + " " + t.str(second.key) {
	case "$oid ":
		if b, err := hex.DecodeString(t.text(c)); err == nil && len(b) == 12 {
			return append(dst, b...), tOID
		}
	case "$binary $type":
		return appendBinary(dst, t.text(c), t.text(v.next))
	case "$regex $options":
		return appendRegex(dst, t, v, second)
	case "$options $regex": // as event_data has it
		return appendRegex(dst, t, second, v)
	case "$timestamp ":
		s, i := t.member(c, "t"), t.member(c, "i")
		if s != 0 && i != 0 && isUint32(&t.nodes[s]) && isUint32(&t.nodes[i]) {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(t.nodes[i].num))
			return binary.LittleEndian.AppendUint32(dst, uint32(t.nodes[s].num)), tTimestamp
		}
	case "$undefined ":
		if v.kind == kBool && v.num == 1 {
			return dst, tUndefined
		}
	case "$minKey ":
		if v.kind == kInt && v.num == 1 {
			return dst, tMinKey
		}
	case "$maxKey ":
		if v.kind == kInt && v.num == 1 {
			return dst, tMaxKey
		}
	}
	return dst, 0
}

func isUint32(v *node) bool {
	return (v.kind == kInt || v.kind == kLong) && v.num >= 0 && v.num <= math.MaxUint32
}

func appendBinary(dst []byte, b64, sub string) ([]byte, byte) {
	data, err := base64.StdEncoding.Strict().DecodeString(b64)
	typ, err2 := hex.DecodeString(sub)
	if err != nil || err2 != nil || len(typ) != 1 {
		return dst, 0
	}
	n := len(data)
	if typ[0] == 2 {
		n += 4
	}
	dst = append(binary.LittleEndian.AppendUint32(dst, uint32(n)), typ[0])
	if typ[0] == 2 { // the old form has its length twice
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(data)))
	}
	return append(dst, data...), tBinary
}

func appendRegex(dst []byte, t *tree, pattern, options *node) ([]byte, byte) {
	p, o := t.str(pattern.text), t.str(options.text)
	if pattern.kind != kString || options.kind != kString || strings.IndexByte(p, 0) >= 0 || strings.IndexByte(o, 0) >= 0 {
		return dst, 0
	}
	dst = append(append(dst, p...), 0)
	return append(append(dst, o...), 0), tRegex
}
