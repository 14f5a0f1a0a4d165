package text

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// escape appends a text of others. last: it ends its line, so that a delimiter in it parts nothing.
func (p *Printer) escape(dst, s []byte, last bool) []byte {
	parting := byte(0)
	if !last || p.OneLine {
		parting = p.Delim[0]
	}
	for i := 0; i < len(s); {
		n := i + harmlessLen(s[i:], parting)
		if dst = append(dst, s[i:n]...); n == len(s) {
			break
		}
		i = n
		c := s[i]
		switch {
		case c == '\\':
			dst = append(dst, '\\', '\\')
		case c < utf8.RuneSelf:
			dst = appendOctal(dst, c)
		default:
			r, n := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && n == 1 || r < 0xa0 { // no UTF-8, or a control that some terminals obey
				for _, c := range s[i : i+n] {
					dst = appendOctal(dst, c)
				}
			} else {
				dst = append(dst, s[i:i+n]...)
			}
			i += n - 1
		}
		i++
	}
	return dst
}

// harmlessLen gives how many bytes of a text, from its beginning, stand for themselves, eight at a time where it can. parting 0: there is no
// delimiter to mind.
func harmlessLen(s []byte, parting byte) (n int) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; n+8 <= len(s); n += 8 {
		w := binary.LittleEndian.Uint64(s[n:])
		b, d := w^'\\'*ones, w^uint64(parting)*ones
		// A top bit for each byte that does not, and perhaps for some behind it.
		if m := ((w-' '*ones)&^w | w | (w + ones) | (b-ones)&^b | (d-ones)&^d) & tops; m != 0 {
			n += bits.TrailingZeros64(m) / 8
			break
		}
	}
	for n < len(s) && harmless[s[n]] && (s[n] != parting || parting == 0) {
		n++
	}
	return n
}

func appendOctal(dst []byte, c byte) []byte {
	return append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
}
