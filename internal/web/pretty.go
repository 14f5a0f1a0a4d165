package web

import (
	"html/template"
	"strings"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
)

// pretty gives data as indented HTML with classes for keys, strings and other values.
func pretty(j counterfoil.JSON) template.HTML {
	if j.Kind() == '"' {
		return clipped(j.Text(), blockHTML)
	}
	var b strings.Builder
	writePretty(&b, j, 0)
	if b.Len() > clipPretty {
		b.WriteString("\n<span class=\"sub\">cut here: Copy JSON has it all</span>")
	}
	return template.HTML(b.String())
}

func writePretty(b *strings.Builder, j counterfoil.JSON, depth int) {
	indent := func(n int) { b.WriteByte('\n'); b.WriteString(strings.Repeat("  ", n)) }
	n := 0
	switch j.Kind() {
	case '{':
		b.WriteByte('{')
		for k, v := range j.Members() {
			if b.Len() > clipPretty {
				break
			}
			if n++; n > 1 {
				b.WriteByte(',')
			}
			indent(depth + 1)
			writeString(b, "k", k)
			b.WriteString(": ")
			writePretty(b, v, depth+1)
		}
		if n > 0 {
			indent(depth)
		}
		b.WriteByte('}')
	case '[':
		b.WriteByte('[')
		for v := range j.Elements() {
			if b.Len() > clipPretty {
				break
			}
			if n++; n > 1 {
				b.WriteByte(',')
			}
			indent(depth + 1)
			writePretty(b, v, depth+1)
		}
		if n > 0 {
			indent(depth)
		}
		b.WriteByte(']')
	case '"':
		writeString(b, "s", j.Text())
	default:
		b.WriteString(`<span class="n">` + template.HTMLEscapeString(string(j)) + `</span>`)
	}
}

// writeString writes a string as JSON would, but for what asHTML shows better.
func writeString(b *strings.Builder, class, s string) {
	quoted := func(s string) template.HTML {
		return asHTML(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s))
	}
	b.WriteString(`<span class="` + class + `">&#34;<bdi>` + string(clipped(s, quoted)) + `</bdi>&#34;</span>`)
}

// clipped shows the beginning of a long string, and says so.
func clipped(s string, show func(string) template.HTML) template.HTML {
	if len(s) <= clipPrettily {
		return show(s)
	}
	n := clipPrettily
	for n > clipPrettily-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return show(s[:n]) + template.HTML(`<span class="sub">… the first `+thousands(uint64(n))+` of `+thousands(uint64(len(s)))+` bytes; Copy JSON has them all</span>`)
}
