package counterfoil

import (
	"encoding/binary"
	"fmt"
)

// AID is an audit identifier: a UUID, in lower case with hyphens in text. Zero means "not given".
type AID [16]byte

// TrailID is a trail's identity: 16 random bytes, made once.
type TrailID [16]byte

// IsZero reports whether no identifier was given.
func (a AID) IsZero() bool { return a == AID{} }

// String gives the canonical text, 36 bytes.
func (a AID) String() string { return string(a.Append(nil)) }

// Append appends the canonical text.
func (a AID) Append(dst []byte) []byte {
	var d [36]byte
	middle, node := hex8(binary.BigEndian.Uint32(a[4:])), hex8(binary.BigEndian.Uint32(a[8:]))
	binary.BigEndian.PutUint64(d[0:], hex8(binary.BigEndian.Uint32(a[0:])))
	binary.BigEndian.PutUint32(d[9:], uint32(middle>>32))
	binary.BigEndian.PutUint32(d[14:], uint32(middle))
	binary.BigEndian.PutUint32(d[19:], uint32(node>>32))
	binary.BigEndian.PutUint32(d[24:], uint32(node))
	binary.BigEndian.PutUint64(d[28:], hex8(binary.BigEndian.Uint32(a[12:])))
	d[8], d[13], d[18], d[23] = '-', '-', '-', '-'
	return append(dst, d[:]...)
}

// hex8 gives the eight hexadecimal digits of x, the first in the highest byte: each half byte is moved to a byte of its own, and all of them become
// digits at once.
func hex8(x uint32) uint64 {
	const each = 0x0101010101010101
	v := uint64(x)
	v = (v | v<<16) & 0x0000ffff0000ffff
	v = (v | v<<8) & 0x00ff00ff00ff00ff
	v = (v | v<<4) & (0x0f * each)
	letters := (v + 6*each) >> 4 & each // 1 in each byte above 9
	return v + '0'*each + letters*('a'-'0'-10)
}

// ParseAID reads a UUID with hyphens, in either case. The nil UUID is refused: it means "not given".
func ParseAID(s string) (a AID, err error) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return a, fmt.Errorf("%q is not a UUID such as 6f0e2c1a-93d1-4c8b-a1f0-0c5c8f6f2b91", s)
	}
	wrong := byte(0)
	for j, i := range aidDigits {
		hi, lo := hexValues[s[i]], hexValues[s[i+1]]
		wrong |= hi | lo
		a[j] = hi<<4 | lo
	}
	if wrong > 15 {
		return AID{}, fmt.Errorf("%q is not a UUID: byte %d is no hexadecimal digit", s, noDigit(s)+1)
	}
	if a.IsZero() {
		return a, fmt.Errorf("is the nil UUID, which identifies nothing")
	}
	return a, nil
}

// aidDigits is where the digits of each byte stand in the text.
var aidDigits = [16]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

// noDigit gives the first byte in the place of a digit which is none.
func noDigit(s string) int {
	for _, i := range aidDigits {
		for _, at := range [...]int{i, i + 1} {
			if hexValues[s[at]] > 15 {
				return at
			}
		}
	}
	return -1
}

// hexValues are those of hexadecimal digits; 255 of anything else.
var hexValues = func() (t [256]byte) {
	for c := range t {
		t[c] = 255
	}
	for i := range byte(16) {
		t["0123456789abcdef"[i]], t["0123456789ABCDEF"[i]] = i, i
	}
	return t
}()

// DeriveAID gives the identifier of a record whose sender gave none: a version 8 UUID of the first 8 bytes of the trail's
// identity and the sequence number (big-endian, below 2^62), with version and variant set. Being a function of both it
// needs no storage, and [TrailID.SeqOf] finds the record.
func DeriveAID(trail TrailID, seq uint64) (a AID) {
	copy(a[:8], trail[:8])
	binary.BigEndian.PutUint64(a[8:], seq)
	a[6], a[8] = a[6]&0x0f|0x80, a[8]&0x3f|0x80
	return a
}

// SeqOf gives the sequence number of the record whose derived identifier is a; false if a was not derived by this trail.
func (t TrailID) SeqOf(a AID) (seq uint64, ok bool) {
	seq = binary.BigEndian.Uint64(a[8:]) & (1<<62 - 1)
	return seq, DeriveAID(t, seq) == a
}
