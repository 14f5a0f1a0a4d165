package filter

import (
	"unicode"
	"unicode/utf8"
)

// Tokens.
//
// A token is a longest run of letters and digits: ASCII ones, and in valid UTF-8 the runes of [unicode.IsLetter] and
// [unicode.IsDigit]. Everything else separates, bytes that are not valid UTF-8 too. Tokens are compared in lower case,
// rune by rune ([unicode.ToLower]).
//
// The tokens of a data column are those of its canonical JSON text (keys, strings, numbers, true, false and null, in
// order), where an escape (\n, \", \u001f, \udcff) separates. That is the same as taking the tokens of every decoded
// key and string, because canonical JSON escapes no letter and no digit.

// TokenVersion names the rules for tokens and their hashes. An index made under other rules may lack tokens: rebuild
// it. It has the version of the Unicode tables, which say what a letter is.
const TokenVersion = "1/" + unicode.Version

const (
	separator = iota
	word      // ASCII letter or digit
	high      // 0x80 and above: look at the rune
	backslash // separates; in JSON the beginning of an escape
)

var byteClass = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			t[c] = word
		case c >= 0x80:
			t[c] = high
		}
	}
	t['\\'] = backslash
	return t
}()

// nextToken gives the first token of text that begins at i or later; start is len(text) if there is none. ascii tells
// that it has no byte above 0x7f.
func nextToken(text string, i int, json bool) (start, end int, ascii bool) {
	for i < len(text) {
		switch byteClass[text[i]] {
		case word:
			end, ascii = tokenEnd(text, i+1)
			return i, end, ascii
		case high:
			n, ok := tokenRune(text[i:])
			if ok {
				end, _ = tokenEnd(text, i+n)
				return i, end, false
			}
			i += n
		case backslash:
			i += escapeLen(text, i, json)
		default:
			i++
		}
	}
	return len(text), len(text), true
}

// tokenEnd gives where the token that stands before i ends.
func tokenEnd(text string, i int) (end int, ascii bool) {
	ascii = true
	for i < len(text) {
		switch byteClass[text[i]] {
		case word:
			i++
		case high:
			n, ok := tokenRune(text[i:])
			if !ok {
				return i, ascii
			}
			i += n
			ascii = false
		default:
			return i, ascii
		}
	}
	return i, ascii
}

// tokenRune gives the length of the rune (1 for an invalid byte) and whether it belongs to a token.
func tokenRune(s string) (n int, ok bool) {
	r, n := utf8.DecodeRuneInString(s)
	return n, isTokenRune(r)
}

func isTokenRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// escapeLen gives how many bytes the backslash at i takes with it.
func escapeLen(text string, i int, json bool) int {
	switch {
	case !json:
		return 1
	case i+1 < len(text) && text[i+1] == 'u':
		return 6
	}
	return 2
}

// Tokens calls yield with each token of text as it stands there, not lower-cased, until yield returns false. json says
// that text is canonical JSON.
func Tokens(text string, json bool, yield func(token string) bool) {
	for i := 0; ; {
		start, end, _ := nextToken(text, i, json)
		if start >= len(text) || !yield(text[start:end]) {
			return
		}
		i = end
	}
}

// foldPrefix gives the length of the beginning of token a that equals token b in lower case, -1 if a does not begin
// with b.
func foldPrefix(a, b string) int {
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		x, y := a[i], b[j]
		if x|y < utf8.RuneSelf {
			// Both are letters or digits; '0' to '9' have the bit 0x20, and letters get it.
			if x|0x20 != y|0x20 {
				return -1
			}
			i, j = i+1, j+1
			continue
		}
		r, n := utf8.DecodeRuneInString(a[i:])
		q, m := utf8.DecodeRuneInString(b[j:])
		if unicode.ToLower(r) != unicode.ToLower(q) {
			return -1
		}
		i, j = i+n, j+m
	}
	if j < len(b) {
		return -1
	}
	return i
}
