package web

import (
	"html/template"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// pretty gives data as indented HTML with classes for keys, strings and other values.
func pretty(j counterfoil.JSON) template.HTML {
	if j.Kind() == '"' {
		return blockHTML(j.Text())
	}
	var b strings.Builder
	writePretty(&b, j, 0)
	return template.HTML(b.String())
}

func writePretty(b *strings.Builder, j counterfoil.JSON, depth int) {
	indent := func(n int) { b.WriteByte('\n'); b.WriteString(strings.Repeat("  ", n)) }
	n := 0
	switch j.Kind() {
	case '{':
		b.WriteByte('{')
		for k, v := range j.Members() {
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
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
	b.WriteString(`<span class="` + class + `">&#34;<bdi>` + string(asHTML(s)) + `</bdi>&#34;</span>`)
}
