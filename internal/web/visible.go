package web

import (
	"fmt"
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may stand on one letter; more would climb over the neighbouring rows.
const maxMarks = 3

// pieces cuts s into stretches that can be shown as they are and single characters that cannot. For the latter raw is
// false and text is an escape such as \u202e or \xff.
func pieces(s string, lines bool, yield func(text string, raw bool)) {
	start, marks := 0, 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		esc := ""
		switch {
		case r == utf8.RuneError && n <= 1:
			esc = fmt.Sprintf(`\x%02x`, s[i])
		case r == '\n' && lines || r == '\t' && lines:
		case !showable(r):
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

// showable reports whether a character has a look of its own: controls, format characters (bidirectional overrides,
// zero-width joiners, tags), line separators, private use, and every space but the common one have not.
func showable(r rune) bool {
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

// visibleText gives s with what cannot be shown written as escapes.
func visibleText(s string) string {
	var b strings.Builder
	pieces(s, false, func(t string, _ bool) { b.WriteString(t) })
	return b.String()
}

// visibleLines is visibleText that keeps line breaks and tabs.
func visibleLines(s string) string {
	var b strings.Builder
	pieces(s, true, func(t string, _ bool) { b.WriteString(t) })
	return b.String()
}

// visible gives s as HTML, escapes set apart from text that merely looks like one.
func visible(s string) template.HTML { return visibleHTML(s, false, nil) }

// visibleBlock is visible for text of many lines.
func visibleBlock(s string) template.HTML { return visibleHTML(s, true, nil) }

func visibleHTML(s string, lines bool, marks marker) template.HTML {
	var b strings.Builder
	pieces(s, lines, func(t string, raw bool) {
		if raw {
			marks.write(&b, t)
			return
		}
		b.WriteString(`<span class="esc">`)
		b.WriteString(template.HTMLEscapeString(t))
		b.WriteString(`</span>`)
	})
	return template.HTML(b.String())
}

// marker holds the words of a search that are to be marked where they are found, in lower case.
type marker []string

func (m marker) write(b *strings.Builder, s string) {
	low := strings.ToLower(s)
	if len(low) != len(s) { // a letter whose lower case has another length: positions would not fit
		low, m = s, nil
	}
	for s != "" {
		at, n := -1, 0
		for _, w := range m {
			if i := strings.Index(low, w); i >= 0 && (at < 0 || i < at || i == at && len(w) > n) {
				at, n = i, len(w)
			}
		}
		if at < 0 {
			break
		}
		b.WriteString(template.HTMLEscapeString(s[:at]))
		b.WriteString("<mark>" + template.HTMLEscapeString(s[at:at+n]) + "</mark>")
		s, low = s[at+n:], low[at+n:]
	}
	b.WriteString(template.HTMLEscapeString(s))
}

// clip shortens s by its middle to what takes about n bytes to show: the ends of a path tell most.
func clip(s string, n int) string {
	if len(s) <= n && len(visibleText(s)) <= n {
		return s
	}
	// What is shown as an escape takes up to six times its length.
	if part := s[:min(len(s), n)]; len(visibleText(part)) > len(part) {
		n = n * len(part) / len(visibleText(part))
	}
	if len(s) <= n {
		return s
	}
	head, tail := n/2, len(s)-n/2
	for head > 0 && !utf8.RuneStart(s[head]) && n/2-head < utf8.UTFMax {
		head--
	}
	for tail < len(s) && !startsLetter(s[tail:]) {
		tail++
	}
	return s[:head] + "…" + s[tail:]
}

// startsLetter reports whether s begins with a character that stands on its own.
func startsLetter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return utf8.RuneStart(s[0]) && !unicode.IsMark(r)
}
