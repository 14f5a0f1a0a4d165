package carry

import (
	"strings"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
)

// Valid gives s with U+FFFD for each byte that is not UTF-8: what a reader that demands UTF-8 may be shown. The exact
// bytes go beside it, see [Quote].
func Valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

// Plain gives s as one line: valid UTF-8, control characters as spaces, no space at its ends, at most limit bytes.
func Plain(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, Valid(s))
	s = strings.Trim(s, " ")
	if len(s) > limit {
		for limit > 0 && !utf8.RuneStart(s[limit]) {
			limit--
		}
		s = strings.TrimRight(s[:limit], " ")
	}
	return s
}

// Quote gives s as the text of a canonical JSON string. It is valid UTF-8 whatever s is, and holds no control
// character but 0x7f.
func Quote(s string) string { return string(counterfoil.String(s)) }

// Unquote gives the bytes that [Quote] was given.
func Unquote(text string) (string, error) {
	j, err := counterfoil.Canonical(text)
	if err == nil && j.Kind() != '"' {
		err = errNoString
	}
	return j.Text(), err
}

// Exact reports whether no string in data holds bytes that are not UTF-8, so that any JSON reader reads what was
// written. Canonical JSON has such a byte as a lone surrogate, which some readers refuse and others replace.
func Exact(data counterfoil.JSON) bool {
	for i := strings.IndexByte(string(data), '\\'); i >= 0 && i+2 < len(data); {
		if data[i+1] == 'u' && data[i+2] == 'd' {
			return false
		}
		next := strings.IndexByte(string(data[i+2:]), '\\')
		if next < 0 {
			return true
		}
		i += 2 + next
	}
	return true
}

// Depth counts how deep objects and arrays nest in canonical JSON: 0 for a string or number.
func Depth(data counterfoil.JSON) (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// CamelKey gives a key of our own for a field: "counterfoilObjectKind" of the prefix "counterfoil" and "object.kind".
func CamelKey(prefix, field string) string {
	b := []byte(prefix)
	up := true
	for i := range len(field) {
		switch c := field[i]; {
		case c == '.' || c == '_':
			up = true
		case up:
			b = append(b, c-'a'+'A')
			up = false
		default:
			b = append(b, c)
		}
	}
	return string(b)
}
