package filter

import "math/bits"

// finder looks for one ASCII token in many texts, 64 bytes at a time as hashTokens does.
type finder struct {
	n      int    // bytes of the token
	first  uint64 // its first up to eight, in lower case
	mask   uint64 // of these bytes
	longer bool   // longer tokens that begin so are wanted, too
}

func newFinder(token string, longer bool) finder {
	f := finder{n: len(token), longer: longer}
	for i := min(f.n, 8) - 1; i >= 0; i-- {
		f.first = f.first<<8 | uint64(token[i]|0x20)
		f.mask = f.mask<<8 | 0xff
	}
	return f
}

// find calls visit with every run of letters and digits, and bytes above 0x7f, that may hold the token, until it
// returns true. It reports whether it did.
func (f finder) find(text string, json bool, visit func(start, end int) bool) bool {
	inside, start, high, skip := uint64(0), 0, false, 0
	for base := 0; base < len(text); base += 64 {
		m, highs, backslashes := tokenBits(text[base:min(base+64, len(text))])
		if json && (backslashes != 0 || skip != 0) {
			m, skip = clearEscapes(m, backslashes, text[base:], skip)
		}
		edges := m ^ (m<<1 | inside)
		high = high || highs
		if inside != 0 && edges != 0 {
			e := base + bits.TrailingZeros64(edges)
			if f.may(text, start, e, high) && visit(start, e) {
				return true
			}
			edges &= edges - 1
			inside = 0
		}
		for edges != 0 {
			s := base + bits.TrailingZeros64(edges)
			if edges &= edges - 1; edges == 0 {
				start, inside, high = s, 1, highs
				break
			}
			e := base + bits.TrailingZeros64(edges)
			edges &= edges - 1
			if f.may(text, s, e, highs) && visit(s, e) {
				return true
			}
		}
	}
	return inside != 0 && f.may(text, start, len(text), high) && visit(start, len(text))
}

// may compares length and first bytes. Where a run may have bytes above 0x7f it may hold several tokens, and runes
// whose lower case is ASCII.
func (f finder) may(text string, s, e int, high bool) bool {
	if high {
		return true
	}
	if n := e - s; n != f.n && (n < f.n || !f.longer) {
		return false
	}
	return s+8 > len(text) || (load8(text[s:s+8])|smallBits)&f.mask == f.first
}
