package pagefile

import "encoding/binary"

// thrift reads the compact protocol of Thrift, in which Parquet says what a file has: structs of numbered fields. What it cannot read is bad from
// there on, and everything behind it zero.
//
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
type thrift struct {
	b   []byte // what is left
	bad bool
}

// kind is of what a field or an element is.
type kind uint8

const (
	kindTrue   kind = 1 // a bool is its kind, but in lists, where it is a byte
	kindFalse  kind = 2
	kindByte   kind = 3
	kindInt16  kind = 4
	kindInt32  kind = 5
	kindInt64  kind = 6
	kindDouble kind = 7
	kindBytes  kind = 8
	kindList   kind = 9
	kindSet    kind = 10
	kindMap    kind = 11
	kindStruct kind = 12
	kindUUID   kind = 13
)

// deepest is how many structs, lists and maps may stand in one another: a footer has six.
const deepest = 16

func (t *thrift) fail() { t.b, t.bad = nil, true }

func (t *thrift) byte() byte {
	if len(t.b) == 0 {
		t.fail()
		return 0
	}
	b := t.b[0]
	t.b = t.b[1:]
	return b
}

func (t *thrift) uvarint() uint64 {
	if len(t.b) > 0 && t.b[0] < 0x80 { // most are
		v := t.b[0]
		t.b = t.b[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(t.b)
	if n <= 0 {
		t.fail()
		return 0
	}
	t.b = t.b[n:]
	return v
}

// int gives an integer of 16 to 64 bits.
func (t *thrift) int() int64 {
	v := t.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// bytes shares the memory that is read from.
func (t *thrift) bytes() []byte {
	n := t.uvarint()
	if n > uint64(len(t.b)) {
		t.fail()
		return nil
	}
	b := t.b[:n]
	t.b = t.b[n:]
	return b
}

func (t *thrift) text() string { return string(t.bytes()) }

// fields calls f with the number and the kind of each field of a struct; it reads the field or skips it.
func (t *thrift) fields(f func(id int, k kind)) {
	for id := 0; ; {
		head := t.byte()
		if t.bad || head == 0 {
			return
		}
		if delta := int(head >> 4); delta > 0 {
			id += delta
		} else {
			id = int(int16(t.int()))
		}
		f(id, kind(head&15))
	}
}

// list calls f with the kind of each element of a list, of which it reads one.
func (t *thrift) list(f func(k kind)) {
	k, n := t.listHead()
	for ; n > 0 && !t.bad; n-- {
		f(k)
	}
}

// listHead gives the kind of the elements of a list, and how many there are.
func (t *thrift) listHead() (k kind, n uint64) {
	head := t.byte()
	if n = uint64(head >> 4); n == 15 {
		n = t.uvarint()
	}
	if n > uint64(len(t.b)) { // an element has a byte at least
		t.fail()
		return 0, 0
	}
	return kind(head & 15), n
}

// skip reads what a field has that is not asked for.
func (t *thrift) skip(k kind) { t.skipIn(k, deepest, false) }

func (t *thrift) skipIn(k kind, deep int, inList bool) {
	if deep == 0 {
		t.fail()
		return
	}
	switch k {
	case kindTrue, kindFalse:
		if inList {
			t.byte()
		}
	case kindByte:
		t.byte()
	case kindInt16, kindInt32, kindInt64:
		t.uvarint()
	case kindDouble:
		t.jump(8)
	case kindUUID:
		t.jump(16)
	case kindBytes:
		t.bytes()
	case kindList, kindSet:
		t.list(func(k kind) { t.skipIn(k, deep-1, true) })
	case kindMap:
		t.skipMap(deep)
	case kindStruct:
		t.fields(func(_ int, k kind) { t.skipIn(k, deep-1, false) })
	default:
		t.fail()
	}
}

func (t *thrift) skipMap(deep int) {
	n := t.uvarint()
	if n == 0 {
		return
	}
	kinds := t.byte()
	for ; n > 0 && !t.bad; n-- {
		t.skipIn(kind(kinds>>4), deep-1, true)
		t.skipIn(kind(kinds&15), deep-1, true)
	}
}

func (t *thrift) jump(n int) {
	if n > len(t.b) {
		t.fail()
		return
	}
	t.b = t.b[n:]
}
