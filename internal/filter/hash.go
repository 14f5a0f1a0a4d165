package filter

import (
	"math/bits"
	"unicode/utf8"
)

// The hash of a token, which index files hold, is over the n bytes of its lower-case form, cut into words of eight
// bytes, little-endian, the last one filled up with zero bytes:
//
//	h = hashSeed + n
//	for each word w: h = fold(h XOR w, hashMul1)
//	h = fold(h, hashMul2)
//
// fold(x, k) is the XOR of the upper and the lower half of the 128-bit product x·k. Vectors are in token_test.go.
const (
	hashSeed = 0x9e3779b97f4a7c15
	hashMul1 = 0xa0761d6478bd642f
	hashMul2 = 0xe7037ed1a0b428db
)

func fold(x, k uint64) uint64 {
	hi, lo := bits.Mul64(x, k)
	return hi ^ lo
}

// HashToken gives the hash of one token, in any case.
func HashToken(token string) uint64 {
	for i := range len(token) {
		if token[i] >= utf8.RuneSelf {
			return hashRunes(token)
		}
	}
	return hashASCII(token)
}

// hashASCII hashes a token of ASCII letters and digits: bit 0x20 makes every letter a small one and is set in digits.
func hashASCII(s string) uint64 {
	h := hashSeed + uint64(len(s))
	for len(s) >= 8 {
		h = fold(h^(load8(s)|smallBits), hashMul1)
		s = s[8:]
	}
	if len(s) > 0 {
		var w uint64
		for i := len(s) - 1; i >= 0; i-- {
			w = w<<8 | uint64(s[i]|0x20)
		}
		h = fold(h^w, hashMul1)
	}
	return fold(h, hashMul2)
}

func hashRunes(s string) uint64 {
	var buf [64]byte
	lower := appendLower(buf[:0], s)
	h := hashSeed + uint64(len(lower))
	for len(lower) > 0 {
		var w uint64
		for i := min(len(lower), 8) - 1; i >= 0; i-- {
			w = w<<8 | uint64(lower[i])
		}
		h = fold(h^w, hashMul1)
		lower = lower[min(len(lower), 8):]
	}
	return fold(h, hashMul2)
}

func load8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// HashTokens appends the hash of every token of text to dst, in order, repeated ones too, and adds their grams to a set.
func HashTokens(dst []uint64, grams *GramSet, text string) []uint64 {
	return hashTokens(dst, grams, text, false)
}

// HashTokensJSON does it for canonical JSON: see the rules at the top of token.go.
func HashTokensJSON(dst []uint64, grams *GramSet, text string) []uint64 {
	return hashTokens(dst, grams, text, true)
}

// hashTokens looks at 64 bytes at a time: a bit for every byte that belongs to a token, then from edge to edge. Sealing
// runs it over every event; a loop from byte to byte costs five times as much, most of it in mispredicted branches.
func hashTokens(dst []uint64, grams *GramSet, text string, json bool) []uint64 {
	var (
		inside uint64 // 1 if the window before ended in a token
		start  int    // of that token
		high   bool   // it may have bytes above 0x7f
		skip   int    // bytes of an escape that reach into this window
	)
	for base := 0; base < len(text); base += 64 {
		window := text[base:min(base+64, len(text))]
		m, highs, escapes := tokenBits(window)
		if json && (escapes != 0 || skip != 0) {
			m, skip = clearEscapes(m, escapes, text[base:], skip)
		}
		edges := m ^ (m<<1 | inside)
		high = high || highs
		if inside != 0 && edges != 0 {
			dst = hashRun(dst, grams, text, start, base+bits.TrailingZeros64(edges), high)
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
			if n := e - s; n <= 8 && s+8 <= len(text) && !highs {
				w := (load8(text[s:s+8]) | smallBits) & (^uint64(0) >> (64 - 8*uint(n)))
				dst = append(dst, fold(fold((hashSeed+uint64(n))^w, hashMul1), hashMul2))
				grams.word(w, n)
				continue
			}
			dst = hashRun(dst, grams, text, s, e, highs)
		}
	}
	if inside != 0 {
		dst = hashRun(dst, grams, text, start, len(text), high)
	}
	return dst
}

// hashRun hashes what stands between two separators: one token, or where there may be bytes above 0x7f, any number.
func hashRun(dst []uint64, grams *GramSet, text string, start, end int, highs bool) []uint64 {
	run := text[start:end]
	if !highs {
		grams.ascii(run)
		return append(dst, hashASCII(run))
	}
	for i := 0; ; {
		s, e, ascii := nextToken(run, i, false)
		switch {
		case s >= len(run):
			return dst
		case ascii:
			dst = append(dst, hashASCII(run[s:e]))
			grams.ascii(run[s:e])
		default:
			dst = append(dst, hashRunes(run[s:e]))
			grams.runes(run[s:e])
		}
		i = e
	}
}

const (
	ones      = 0x0101010101010101
	tops      = 0x80 * ones
	smallBits = 0x20 * ones
)

// tokenBits gives a bit for each of up to 64 bytes that is an ASCII letter, a digit or above 0x7f; whether any is above
// 0x7f; and the bits of the backslashes.
func tokenBits(window string) (m uint64, highs bool, backslashes uint64) {
	var anyHigh uint64
	i := 0
	for ; i+8 <= len(window); i += 8 {
		x := load8(window[i : i+8])
		low := x &^ tops
		small := low | smallBits
		// Adding carries into the top bit of each byte from a bound on, and never beyond.
		letter := (small + (0x80-'a')*ones) &^ (small + (0x80-'z'-1)*ones)
		digit := (low + (0x80-'0')*ones) &^ (low + (0x80-'9'-1)*ones)
		m |= gather((letter|digit|x)&tops) << i
		anyHigh |= x
		y := x ^ '\\'*ones
		if z := ^((y&^tops + 0x7f*ones) | y) & tops; z != 0 {
			backslashes |= gather(z) << i
		}
	}
	for ; i < len(window); i++ {
		c := window[i]
		anyHigh |= uint64(c)
		switch byteClass[c] {
		case word, high:
			m |= 1 << i
		case backslash:
			backslashes |= 1 << i
		}
	}
	return m, anyHigh&tops != 0, backslashes
}

// gather moves the top bits of eight bytes together.
func gather(tops uint64) uint64 { return tops >> 7 * 0x0102040810204080 >> 56 }

// clearEscapes takes the bytes of JSON escapes out of m. text begins at the window; skip is how many bytes of it an
// escape of the window before takes, and in the result of the next.
func clearEscapes(m, backslashes uint64, text string, skip int) (uint64, int) {
	taken := uint64(1)<<skip - 1
	m, backslashes, skip = m&^taken, backslashes&^taken, 0
	for backslashes != 0 {
		i := bits.TrailingZeros64(backslashes)
		n := escapeLen(text, i, true)
		taken := (uint64(1)<<n - 1) << i
		m, backslashes = m&^taken, backslashes&^taken
		skip = max(0, i+n-64)
	}
	return m, skip
}
