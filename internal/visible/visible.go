// Package visible writes text from a trail so that people may look at it: whoever was audited wrote it. A terminal obeys what it is
// sent, and a page shows what was turned around or has no width as something else. What has no look of its own (controls, bytes
// that are not UTF-8, bidirectional overrides, zero widths, tags, private use, every space but the common one) becomes an
// escape. Pure.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may stand on one letter; more would climb over the neighbouring rows.
const maxMarks = 3

// Pieces cuts s into stretches that can be shown as they are and single characters that cannot. For the latter raw is
// false and text is an escape such as \u202e or \xff.
func Pieces(s string, lines bool, yield func(text string, raw bool)) {
	start, marks := 0, 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		esc := ""
		switch {
		case r == utf8.RuneError && n <= 1:
			esc = fmt.Sprintf(`\x%02x`, s[i])
		case r == '\n' && lines || r == '\t' && lines:
		case !HasLook(r):
			esc = escapeRune(r)
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > maxMarks {
				esc = escapeRune(r)
			}
		default:
			marks = 0
		}
		if esc != "" {
			if start < i {
				yield(s[start:i], true)
			}
			yield(esc, false)
			start = i + n
		}
		i += n
	}
	if start < len(s) {
		yield(s[start:], true)
	}
}

// HasLook reports whether a character has a look of its own: controls, format characters (bidirectional overrides,
// zero-width joiners, tags), line separators, private use, and every space but the common one have not.
func HasLook(r rune) bool {
	return r == ' ' || r < utf8.RuneSelf && r > 0x20 && r != 0x7f || r >= utf8.RuneSelf && unicode.IsGraphic(r) && !unicode.IsSpace(r) &&
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !unicode.Is(unicode.Variation_Selector, r) && r != 0x2800
}

func escapeRune(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\t':
		return `\t`
	case r == '\r':
		return `\r`
	case r < 0x20 || r == 0x7f:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// Text gives s with what cannot be shown written as escapes.
func Text(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	Pieces(s, false, func(t string, _ bool) { b.WriteString(t) })
	return b.String()
}

// Lines is Text that keeps line breaks and tabs.
func Lines(s string) string {
	var b strings.Builder
	Pieces(s, true, func(t string, _ bool) { b.WriteString(t) })
	return b.String()
}

// isPlain tells what most texts are: ASCII that can be shown.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
