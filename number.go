package counterfoil

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Numbers in canonical JSON.
//
// An integer up to 2^53 either way is written in decimal. Any other number is written as ECMAScript writes the nearest
// float64 (RFC 8785 §3.2.2.3) if that float64 has exactly the digits that were sent, and otherwise as a string that holds
// the number's text, so that no digit is lost and no reader rounds. -0 is 0.

const maxExact = 1 << 53

// isPlainInt tells a canonical integer: no sign but '-', no leading zero, at most 2^53 either way.
func isPlainInt(s string) bool {
	t := strings.TrimPrefix(s, "-")
	if t == "" || len(t) > 16 || t[0] == '0' && len(s) > 1 {
		return false
	}
	n := 0
	for i := range len(t) {
		if t[i] < '0' || t[i] > '9' {
			return false
		}
		n = n*10 + int(t[i]-'0')
	}
	return n <= maxExact
}

// isNumber tells a JSON number.
func isNumber(s string) bool {
	i := 0
	digits := func() bool {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	zero := i < len(s) && s[i] == '0'
	at := i
	if !digits() || zero && i > at+1 {
		return false
	}
	if i < len(s) && s[i] == '.' {
		i++
		if !digits() {
			return false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(s)
}

// appendNumber appends the canonical form of a JSON number.
func appendNumber(dst []byte, lit string) []byte {
	f, err := strconv.ParseFloat(lit, 64)
	if err != nil || math.IsInf(f, 0) {
		return appendString(dst, lit)
	}
	if f == 0 {
		if d, _ := decimal(lit); d != "" {
			return appendString(dst, lit) // underflow
		}
		return append(dst, '0')
	}
	text := string(appendFloat(nil, f))
	d1, e1 := decimal(lit)
	d2, e2 := decimal(text)
	if d1 != d2 || e1 != e2 || f == math.Trunc(f) && math.Abs(f) > maxExact {
		return appendString(dst, lit)
	}
	return append(dst, text...)
}

// appendFloat appends f as ECMAScript's Number::toString does. f is finite.
func appendFloat(dst []byte, f float64) []byte {
	if f == 0 {
		return append(dst, '0')
	}
	if a := math.Abs(f); a >= 1e-6 && a < 1e21 {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// Go writes e-07 where ECMAScript writes e-7.
	if n := len(dst); n >= 4 && dst[n-4] == 'e' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

// decimal gives a number's significant digits without zeros at either end, and the power of ten of the first.
func decimal(s string) (digits string, exp int) {
	s = strings.TrimPrefix(s, "-")
	mant, e, _ := strings.Cut(strings.ToLower(s), "e")
	if e != "" {
		exp, _ = strconv.Atoi(e)
	}
	whole, frac, _ := strings.Cut(mant, ".")
	all := whole + frac
	exp += len(whole) - 1
	lead := len(all) - len(strings.TrimLeft(all, "0"))
	digits = strings.TrimRight(all[lead:], "0")
	if digits == "" {
		return "", 0
	}
	return digits, exp - lead
}

// runeLen gives the length of the valid UTF-8 sequence that s begins with, 0 if it begins with none.
func runeLen(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n <= 1 {
		return 0
	}
	return n
}
