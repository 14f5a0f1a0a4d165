package web

import (
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil/internal/visible"
)

// asHTML gives s as HTML, escapes set apart from text that merely looks like one.
func asHTML(s string) template.HTML { return markedHTML(s, false, nil) }

// blockHTML is asHTML for text of many lines.
func blockHTML(s string) template.HTML { return markedHTML(s, true, nil) }

func markedHTML(s string, lines bool, marks marker) template.HTML {
	var b strings.Builder
	visible.Pieces(s, lines, func(t string, raw bool) {
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
	if len(s) <= n && len(visible.Text(s)) <= n {
		return s
	}
	// What is shown as an escape takes up to six times its length.
	if part := s[:min(len(s), n)]; len(visible.Text(part)) > len(part) {
		n = n * len(part) / len(visible.Text(part))
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
