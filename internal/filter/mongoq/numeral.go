package mongoq

import (
	"math"
	"strconv"
	"strings"
)

// number reads what C's strtoll and strtod do: a whole number of 64 bits, or the nearest double.
func (p *parser) number() (value, error) {
	v := value{kind: number, at: p.i}
	end := numberEnd(p.text, p.i)
	switch {
	case end == p.i:
		return v, p.fail(p.i, "Bad characters in value")
	case end == len(p.text):
		return v, p.fail(end, "Trailing number at end of input")
	}
	s := strings.TrimPrefix(p.text[p.i:end], "+")
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		v.s = strconv.FormatInt(n, 10)
	} else {
		if strings.ContainsAny(s, "xX") {
			s += "p0"
		}
		f, _ := strconv.ParseFloat(s, 64) // what is too large is an infinity
		v.s = doubleText(f)
	}
	p.i = end
	return v, nil
}

// numberEnd gives where the longest number that begins at i ends; i if there is none. A number is a sign, and then 0x with
// hexadecimal digits, or decimal digits with a point among them and an exponent.
func numberEnd(s string, i int) int {
	run := func(from int, digits string) (to int) {
		for to = from; to < len(s) && strings.IndexByte(digits, s[to]) >= 0; {
			to++
		}
		return to
	}
	const decimal, hexadecimal = "0123456789", "0123456789abcdefABCDEF"
	start := i
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	if i+1 < len(s) && s[i] == '0' && s[i+1]|0x20 == 'x' {
		if end := run(i+2, hexadecimal); end > i+2 {
			return end
		}
	}
	whole := run(i, decimal)
	end, digits := whole, whole-i
	if whole < len(s) && s[whole] == '.' {
		fraction := run(whole+1, decimal)
		end, digits = fraction, digits+fraction-whole-1
	}
	if digits == 0 {
		return start
	}
	if end < len(s) && s[end]|0x20 == 'e' {
		at := end + 1
		if at < len(s) && (s[at] == '+' || s[at] == '-') {
			at++
		}
		if exponent := run(at, decimal); exponent > at {
			end = exponent
		}
	}
	return end
}

func doubleText(f float64) string {
	switch {
	case f != f:
		return "NaN"
	case math.IsInf(f, 0):
		return map[bool]string{true: "Infinity", false: "-Infinity"}[f > 0]
	case f == 0:
		return "0"
	case f == math.Trunc(f) && math.Abs(f) < 1e21:
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
