package bsm

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
)

// Elements iterates over what a list has: strings without their NUL, groups as four bytes or, where named, as names.
func Elements(k Kind, f *Field) func(yield func(s []byte, named bool) bool) {
	return func(yield func([]byte, bool) bool) {
		for raw := f.Bytes; len(raw) > 0; {
			var s []byte
			switch {
			case k == Strings2:
				n := int(binary.BigEndian.Uint16(raw)) + 2
				s, raw = raw[2:n], raw[n:]
				if len(s) > 0 && s[len(s)-1] == 0 {
					s = s[:len(s)-1]
				}
			case k == Groups && !f.Named:
				s, raw = raw[:4], raw[4:]
			default:
				n := 0
				for raw[n] != 0 {
					n++
				}
				s, raw = raw[:n], raw[n+1:]
			}
			if !yield(s, f.Named) {
				return
			}
		}
	}
}

// AddrText gives an address of 4 or 16 bytes as text, "" for other lengths.
func AddrText(b []byte) string {
	a, _ := netip.AddrFromSlice(b)
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// UUIDText gives 16 bytes as a UUID.
func UUIDText(b []byte) string {
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Counted reports whether raw is count strings with their lengths, as [Strings2] has them.
func Counted(raw []byte, count int) bool {
	_, n, why := countedStrings(append(binary.BigEndian.AppendUint16(nil, uint16(count)), raw...))
	return why == "" && n == len(raw)+2
}
