package linux

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// isDigits tells a decimal number without sign.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return s != ""
}

// decimal reads digits; what overflows is no number anybody meant.
func decimal(s string) (n int64) {
	for i := range len(s) {
		n = n*10 + int64(s[i]-'0')
	}
	return n
}

// isInt tells a number that may stand in JSON as it is: no leading zero, and short enough to be exact.
func isInt(s string) bool {
	d := s
	if s != "" && s[0] == '-' {
		d = s[1:]
		if d == "0" {
			return false
		}
	}
	return len(d) <= 15 && isDigits(d) && (d[0] != '0' || len(d) == 1)
}

// isAbsent tells the ways to say "none". They are text where they stand in quotes.
func isAbsent(s string) bool { return s == "" || s == "?" || s == "(null)" || s == "(none)" }

// isUnset tells an audit id or session that was never set; OBJ_PID writes it with a sign.
func isUnset(s string) bool { return s == "" || s == "4294967295" || s == "-1" }

// tornHex is the length from which upper-case hex digits of an odd number are taken as hex that was cut.
const tornHex = 15

// isHex tells an untrusted string in its encoded form: pairs of upper-case hex digits. torn: its last digit is lost.
func isHex(s string) (hex, torn bool) {
	if len(s) < 2 || len(s)&1 == 1 && len(s) < tornHex {
		return false, false
	}
	for i := range len(s) {
		if unhex[s[i]] > 15 {
			return false, false
		}
	}
	return true, len(s)&1 == 1
}

// unhex has the value of upper-case hex digits, 255 for other bytes.
var unhex = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = uint8(c - '0')
		case c >= 'A' && c <= 'F':
			t[c] = uint8(c - 'A' + 10)
		default:
			t[c] = 255
		}
	}
	return t
}()

// plainText tells the bytes that stand for themselves in a JSON string.
var plainText = func() (t [256]bool) {
	for c := 0x20; c < 0x7f; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// decodeHex gives the bytes of an encoded string; a last odd digit is left out.
func decodeHex(s string) string {
	b := make([]byte, len(s)/2)
	for i := range b {
		b[i] = unhex[s[2*i]]<<4 | unhex[s[2*i+1]]
	}
	return string(b)
}

// text gives the value of an untrusted string, decoded; "" where it is absent.
func (t *token) text() string {
	if t.quoted {
		return t.val
	}
	if isAbsent(t.val) {
		return ""
	}
	if hex, _ := isHex(t.val); hex {
		return decodeHex(t.val)
	}
	return t.val
}

// plain gives a value that is never encoded; "" where it is absent.
func (t *token) plain() string {
	if !t.quoted && isAbsent(t.val) {
		return ""
	}
	return t.val
}

// appendHexText appends encoded text as a JSON string. Text is decoded in place where it needs no escape.
func appendHexText(dst []byte, s string) []byte {
	start := len(dst)
	dst = append(dst, '"')
	for i := 0; i+1 < len(s); i += 2 {
		c := unhex[s[i]]<<4 | unhex[s[i+1]]
		if !plainText[c] {
			return counterfoil.AppendText(dst[:start], decodeHex(s))
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// appendList appends text as a JSON array, parted at sep. A sep at the end is no part: argv ends in one.
func appendList(dst []byte, s string, sep byte) []byte {
	dst = append(dst, '[')
	for s = strings.TrimSuffix(s, string(rune(sep))); ; {
		i := strings.IndexByte(s, sep)
		if i < 0 {
			return append(counterfoil.AppendText(dst, s), ']')
		}
		dst = append(counterfoil.AppendText(dst, s[:i]), ',')
		s = s[i+1:]
	}
}

// appendHexList is appendList for encoded text.
func appendHexList(dst []byte, s string, sep byte) []byte {
	start := len(dst)
	dst = append(dst, '[', '"')
	end := len(s) &^ 1
	if end >= 2 && unhex[s[end-2]]<<4|unhex[s[end-1]] == sep {
		end -= 2
	}
	for i := 0; i < end; i += 2 {
		c := unhex[s[i]]<<4 | unhex[s[i+1]]
		switch {
		case c == sep:
			dst = append(dst, '"', ',', '"')
		case plainText[c]:
			dst = append(dst, c)
		default:
			return appendList(dst[:start], decodeHex(s), sep)
		}
	}
	return append(dst, '"', ']')
}
