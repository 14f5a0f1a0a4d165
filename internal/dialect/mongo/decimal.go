package mongo

import (
	"math/bits"
	"strconv"
)

// decimalText writes a decimal128 (IEEE 754-2008, binary integer significand) as MongoDB's $numberDecimal: 1.50, 1E+3, NaN.
func decimalText(lo, hi uint64) string {
	sign := ""
	if hi>>63 != 0 {
		sign = "-"
	}
	var exp int
	switch {
	case hi>>58&31 == 31:
		return "NaN"
	case hi>>58&31 == 30:
		return sign + "Infinity"
	case hi>>61&3 == 3: // the significand would pass 34 digits, which is read as zero
		exp, hi, lo = int(hi>>47&0x3fff), 0, 0
	default:
		exp, hi = int(hi>>49&0x3fff), hi&(1<<49-1)
	}
	exp -= 6176
	digits := significand(lo, hi)
	adjusted := exp + len(digits) - 1
	if exp > 0 || adjusted < -6 { // scientific
		s := sign + digits[:1]
		if len(digits) > 1 {
			s += "." + digits[1:]
		}
		if adjusted >= 0 {
			return s + "E+" + strconv.Itoa(adjusted)
		}
		return s + "E" + strconv.Itoa(adjusted)
	}
	if exp == 0 {
		return sign + digits
	}
	for len(digits) <= -exp {
		digits = "0" + digits
	}
	return sign + digits[:len(digits)+exp] + "." + digits[len(digits)+exp:]
}

// significand writes a number of 113 bits in decimal; one of more than 34 digits is zero by the standard.
func significand(lo, hi uint64) string {
	var b [40]byte
	i := len(b)
	for hi != 0 || lo != 0 {
		var rem uint64
		hi, rem = hi/10, hi%10
		lo, rem = bits.Div64(rem, lo, 10)
		i--
		b[i] = '0' + byte(rem)
	}
	if i == len(b) || len(b)-i > 34 {
		return "0"
	}
	return string(b[i:])
}
