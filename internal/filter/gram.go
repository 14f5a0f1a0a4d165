package filter

import (
	"encoding/binary"
	"regexp"
	"slices"
	"unicode"
	"unicode/utf8"
)

// A gram is four bytes that stand one behind the other in the lower-case form of a token, as a little-endian number. A piece of
// a text has no grams that the text has not, wherever it begins and ends: so an index of grams knows of pieces of tokens what
// one of tokens cannot know.

// GramBits is the bits of a gram's place in a [GramSet].
const GramBits = 17

// GramSet has a bit for the places of some grams.
type GramSet [1 << GramBits / 64]uint64

// GramPlace gives the place of a gram. Index files hold it.
func GramPlace(gram uint32) uint32 { return gram * 0x9e3779b1 >> (32 - GramBits) }

func (g *GramSet) add(gram uint32) {
	place := GramPlace(gram)
	g[place>>6] |= 1 << (place & 63)
}

// word adds the grams of a token of n bytes, at most eight, in lower case.
func (g *GramSet) word(w uint64, n int) {
	for ; n >= 4; n-- {
		g.add(uint32(w))
		w >>= 8
	}
}

// ascii adds the grams of a token of ASCII letters and digits.
func (g *GramSet) ascii(token string) {
	for i := 0; i+4 <= len(token); i++ {
		g.add(load4(token[i:]) | smallBits&(1<<32-1))
	}
}

// runes adds the grams of any token.
func (g *GramSet) runes(token string) {
	var buf [64]byte
	for b := appendLower(buf[:0], token); len(b) >= 4; b = b[1:] {
		g.add(binary.LittleEndian.Uint32(b))
	}
}

func appendLower(b []byte, token string) []byte {
	for _, r := range token {
		b = utf8.AppendRune(b, unicode.ToLower(r))
	}
	return b
}

func load4(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// mostGrams is how many grams of a token are looked up: so many tell all, and each may have to be read from the disk.
const mostGrams = 32

// gramsOf requires the grams of what is a token of a piece, or a part of one: of a long one some, from one end to the other.
func gramsOf(token string) (needs allOf) {
	b := appendLower(nil, token)
	step := (len(b) + mostGrams - 4) / mostGrams
	for i := 0; i+4 <= len(b); i += step {
		if n := (hasKey{Key: Key{Kind: KeyGram, Hash: uint64(binary.LittleEndian.Uint32(b[i:]))}}); !slices.Contains(needs, need(n)) {
			needs = append(needs, n)
		}
	}
	return needs
}

// escapeTail gives how many bytes at the beginning of a piece of canonical JSON may be the end of an escape (\n, \u001f,
// \udc80) whose backslash stands before the piece, and then belong to no token.
func escapeTail(piece string) int { return len(escapeTails.FindString(piece)) }

var escapeTails = func() *regexp.Regexp {
	re := regexp.MustCompile(`^(?i:[bfnrt]|(((u?0)?0)?[01])?[0-9a-f]|(((u?d)?c)?[89a-f])?[0-9a-f])`)
	re.Longest()
	return re
}()
