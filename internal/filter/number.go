package filter

import (
	"math"
	"strconv"
	"strings"
)

// Numbers are decimal numbers: the value of a number in data, of a string that is a JSON number, and of a literal is
// what its digits say, not the float64 nearest to it.

// exact is the bound below which whole numbers, and decimals of 15 characters, compare as float64 as they do in decimal.
const exact = 1e15

// compareNumber orders v, which has kind NumberValue or StringValue, against a number literal. ok is false if v is a
// string that is no JSON number.
func compareNumber(v val, lit Value) (c int, ok bool) {
	simple := lit.Str == "" && math.Abs(lit.Num) < exact && lit.Num == math.Trunc(lit.Num)
	if v.kind == NumberValue && v.s == "" {
		if simple || lit.Str == "" && v.i < exact && v.i > -exact {
			return compareFloats(float64(v.i), lit.Num), true
		}
		return compareDecimals(strconv.FormatInt(v.i, 10), NumberText(lit)), true
	}
	if v.kind == StringValue && !IsNumber(v.s) {
		return 0, false
	}
	if simple && len(v.s) <= 15 {
		if f, err := strconv.ParseFloat(v.s, 64); err == nil && (f != 0 || isZero(v.s)) {
			return compareFloats(f, lit.Num), true
		}
	}
	return compareDecimals(v.s, NumberText(lit)), true
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// NumberText gives a number literal as a JSON number.
func NumberText(v Value) string {
	if v.Str != "" {
		return v.Str
	}
	return strconv.FormatFloat(v.Num, 'g', -1, 64)
}

// ParseNumber gives the literal of a JSON number. Str keeps the digits of one that a float64 does not hold as they stand.
func ParseNumber(s string) (Value, bool) {
	if !IsNumber(s) {
		return Value{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	v := Value{Kind: NumberValue, Num: f}
	if err != nil || math.Abs(f) > 1<<53 || !SameNumber(s, strconv.FormatFloat(f, 'g', -1, 64)) {
		v.Str = s
	}
	if f == 0 {
		v.Num = 0 // not -0
	}
	return v, true
}

// IsNumber tells a JSON number.
func IsNumber(s string) bool {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	at := i
	if i = digits(s, i); i == at || s[at] == '0' && i > at+1 {
		return false
	}
	if i < len(s) && s[i] == '.' {
		at = i + 1
		if i = digits(s, at); i == at {
			return false
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		at = i
		if i = digits(s, at); i == at {
			return false
		}
	}
	return i == len(s)
}

func digits(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

func isZero(s string) bool { d, _, _ := decimal(s); return d == "" }

// SameNumber reports whether two JSON numbers have the same value, to the last digit.
func SameNumber(a, b string) bool { return compareDecimals(a, b) == 0 }

// compareDecimals orders two JSON numbers exactly.
func compareDecimals(a, b string) int {
	da, ea, na := decimal(a)
	db, eb, nb := decimal(b)
	sa, sb := sign(da, na), sign(db, nb)
	switch {
	case sa != sb:
		return compareInts(sa, sb)
	case ea != eb:
		return sa * compareInts(ea, eb)
	}
	return sa * strings.Compare(da, db)
}

// sign gives -1, 0 or 1 for a number of these digits.
func sign(digits string, negative bool) int {
	switch {
	case digits == "":
		return 0
	case negative:
		return -1
	}
	return 1
}

func compareInts(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// decimal gives the significant digits without zeros at either end, the power of ten of the first, and the sign. No
// digits means zero. An exponent too large for an int is the largest.
func decimal(s string) (digits string, exp int, negative bool) {
	s, negative = strings.CutPrefix(s, "-")
	mantissa := s
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		n, err := strconv.ParseInt(s[i+1:], 10, 48)
		if err != nil && strings.HasPrefix(s[i+1:], "-") {
			n = -1 << 47
		} else if err != nil {
			n = 1<<47 - 1
		}
		exp = int(n)
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	all := whole + fraction
	exp += len(whole) - 1
	trimmed := strings.TrimLeft(all, "0")
	exp -= len(all) - len(trimmed)
	return strings.TrimRight(trimmed, "0"), exp, negative
}
