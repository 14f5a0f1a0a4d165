package segment

import (
	"encoding/binary"
	"math/bits"
)

// novel calls f with parts of the canonical JSON data that hold every token which before has not. Records of one kind
// repeat one another in their keys and in most values: both are walked side by side, and what stands alike between two
// boundaries is left out. It may give more than that, and gives all of data where before is something else.
func novel(data, before string, f func(part string)) {
	d, b := bytesOf(data), bytesOf(before)
	done := 0 // up to here every token is in before or was given
	for i, j := 0, 0; ; {
		n := common(d[i:], b[j:])
		i, j = i+n, j+n
		if i == len(d) && j == len(b) {
			return
		}
		start := i
		for start > done && !isBoundary[d[start-1]] {
			start--
		}
		if i == done {
			i++ // at the member's end itself: the one of before ends otherwise
		}
		if i = memberEnd(d, i); i > start {
			f(data[start:i])
		}
		if i == len(d) {
			return
		}
		done, j = i, memberEnd(b, j)
	}
}

// isBoundary tells the bytes that belong to no token and to no escape wherever they stand, so that tokens may be looked
// for from behind them.
var isBoundary = func() (t [256]bool) {
	for c := range 0x80 {
		t[c] = c != '"' && c != '\\' && !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')
	}
	return t
}()

// memberEnd gives where the next comma or closing brace stands, from i on, or the end.
func memberEnd(b []byte, i int) int {
	for i < len(b) && b[i] != ',' && b[i] != '}' {
		i++
	}
	return min(i, len(b))
}

// common gives how many bytes a and b have in common at their beginning.
func common(a, b []byte) (n int) {
	for n+8 <= len(a) && n+8 <= len(b) {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		n += 8
	}
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
