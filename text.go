package counterfoil

import (
	"fmt"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// Strings in canonical JSON.
//
// A byte that begins no valid UTF-8 sequence is written as the lone surrogate \udcXX, XX being the byte (the
// "surrogateescape" of Python), so that any byte string survives. '"', '\' and bytes below 0x20 are escaped, with the
// short forms \b \t \n \f \r where they exist and \u00xx in lower case elsewhere. Nothing else is escaped.

const hexDigits = "0123456789abcdef"

// plain tells the bytes that stand for themselves in a canonical string: 0x20 to 0x7f without '"' and '\'.
var plain = func() (t [256]bool) {
	for c := 0x20; c < 0x80; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// plainLen gives the length of the plain bytes that t has from i on, eight at a time where it can.
func plainLen(t string, i int) int {
	start := i
	for ; i+8 <= len(t); i += 8 {
		if m := notPlain(eight(t, i)); m != 0 {
			return i - start + bits.TrailingZeros64(m)/8
		}
	}
	if i < len(t) && len(t) >= 8 && notPlain(eight(t, len(t)-8)) == 0 { // the last eight, of which some have been looked at
		return len(t) - start
	}
	for i < len(t) && plain[t[i]] {
		i++
	}
	return i - start
}

// eight gives the eight bytes of t from i on.
func eight(t string, i int) uint64 {
	t = t[i : i+8] // one look at the bounds instead of eight
	return uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 |
		uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
}

// notPlain gives a top bit for each of eight bytes that is below 0x20, '"', '\\' or above 0x7f, and perhaps for some behind it.
func notPlain(w uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	q, b := w^'"'*ones, w^'\\'*ones
	return ((w - 0x20*ones) | (q-ones)&^q | (b-ones)&^b | w) & tops
}

// appendString appends s as a canonical JSON string with its quotes.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	i := plainLen(s, 0)
	dst = append(dst, s[:i]...)
	if i < len(s) {
		dst = appendEscaped(dst, s[i:])
	}
	return append(dst, '"')
}

func appendEscaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case plain[c]:
			n := plainLen(s, i)
			dst = append(dst, s[i:i+n]...)
			i += n
			continue
		case c >= utf8.RuneSelf:
			if r, n := utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || n > 1 {
				dst = append(dst, s[i:i+n]...)
				i += n
				continue
			}
			dst = append(dst, '\\', 'u', 'd', 'c', hexDigits[c>>4], hexDigits[c&15])
		case c == '"', c == '\\':
			dst = append(dst, '\\', c)
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
	}
	return dst
}

// unquote gives the bytes of a JSON string body (without its quotes). It understands every JSON escape; a lone
// surrogate \udc80 to \udcff becomes the byte it stands for, any other lone surrogate its three bytes in WTF-8.
func unquote(s string) (string, error) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c := s[i]
		if c != '\\' {
			b = append(b, c)
			i++
			continue
		}
		if i++; i == len(s) {
			return "", fmt.Errorf("string ends in a backslash")
		}
		switch c = s[i]; c {
		case '"', '\\', '/':
			b = append(b, c)
		case 'b':
			b = append(b, '\b')
		case 't':
			b = append(b, '\t')
		case 'n':
			b = append(b, '\n')
		case 'f':
			b = append(b, '\f')
		case 'r':
			b = append(b, '\r')
		case 'u':
			r, ok := hex4(s, i+1)
			if !ok {
				return "", fmt.Errorf(`\u wants four hexadecimal digits`)
			}
			i += 4
			if r >= 0xd800 && r < 0xdc00 && i+6 < len(s) && s[i+1] == '\\' && s[i+2] == 'u' {
				if lo, ok := hex4(s, i+3); ok && lo >= 0xdc00 && lo < 0xe000 {
					r = 0x10000 + (r-0xd800)<<10 + lo - 0xdc00
					i += 6
				}
			}
			switch {
			case r >= 0xdc80 && r <= 0xdcff:
				b = append(b, byte(r))
			case r >= 0xd800 && r < 0xe000:
				b = append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
			default:
				b = utf8.AppendRune(b, r)
			}
		default:
			return "", fmt.Errorf(`\%c is no JSON escape`, c)
		}
		i++
	}
	return string(b), nil
}

func hex4(s string, i int) (r rune, ok bool) {
	if i+4 > len(s) {
		return 0, false
	}
	for _, c := range []byte(s[i : i+4]) {
		d := hexValues[c]
		if d > 15 {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}
