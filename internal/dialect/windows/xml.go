package windows

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner reads the XML that events are: elements, attributes, text, the five named entities, character references, CDATA
// sections and comments. Anything else (a DOCTYPE, a processing instruction, any other entity) is an error; nothing is
// ever fetched or expanded. Text is given as it stands, line ends included.
type scanner struct {
	s     string
	i     int
	attrs []attr // of the tag read last
}

type attr struct{ name, value string }

// maxAttrs is how many attributes a tag may have: each is compared with those before it.
const maxAttrs = 256

func (x *scanner) errorf(format string, args ...any) error {
	return fmt.Errorf("byte %d: %s", x.i+1, fmt.Sprintf(format, args...))
}

func (x *scanner) space() {
	for x.i < len(x.s) && isSpace(x.s[x.i]) {
		x.i++
	}
}

// take consumes text if it stands here.
func (x *scanner) take(text string) bool {
	if strings.HasPrefix(x.s[x.i:], text) {
		x.i += len(text)
		return true
	}
	return false
}

func (x *scanner) name() (string, error) {
	start := x.i
	for x.i < len(x.s) {
		c := x.s[x.i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':' || c >= 0x80
		if !letter && (x.i == start || !(c >= '0' && c <= '9' || c == '-' || c == '.')) {
			break
		}
		x.i++
	}
	if x.i == start {
		return "", x.errorf("a name is expected")
	}
	return x.s[start:x.i], nil
}

// open reads a start tag behind its '<', its attributes into attrs, and reports whether the element is empty.
func (x *scanner) open() (name string, empty bool, err error) {
	x.attrs = x.attrs[:0]
	if name, err = x.name(); err != nil {
		return "", false, err
	}
	for {
		before := x.i
		x.space()
		switch {
		case x.take("/>"):
			return name, true, nil
		case x.take(">"):
			return name, false, nil
		case x.i == before:
			return "", false, x.errorf("the tag %s does not end", name)
		}
		var a attr
		if a.name, err = x.name(); err != nil {
			return "", false, err
		}
		if a.value, err = x.value(); err != nil {
			return "", false, err
		}
		for _, b := range x.attrs {
			if a.name == b.name {
				return "", false, x.errorf("the attribute %s stands twice", a.name)
			}
		}
		if len(x.attrs) == maxAttrs {
			return "", false, x.errorf("the tag %s has more than %d attributes", name, maxAttrs)
		}
		x.attrs = append(x.attrs, a)
	}
}

// value reads ="…" or ='…'.
func (x *scanner) value() (string, error) {
	x.space()
	if !x.take("=") {
		return "", x.errorf("'=' is expected")
	}
	if x.space(); x.i >= len(x.s) || x.s[x.i] != '"' && x.s[x.i] != '\'' {
		return "", x.errorf("a quote is expected")
	}
	quote := x.s[x.i]
	x.i++
	n := strings.IndexByte(x.s[x.i:], quote)
	if n < 0 {
		return "", x.errorf("a value does not end")
	}
	raw := x.s[x.i : x.i+n]
	if strings.IndexByte(raw, '<') >= 0 {
		return "", x.errorf("'<' in a value")
	}
	text, err := x.unescape(raw)
	x.i += n + 1
	return text, err
}

// text reads up to the next tag, and stands at its '<'.
func (x *scanner) text() (string, error) {
	var all strings.Builder // only where there is more than one piece
	for first := true; ; first = false {
		n := strings.IndexByte(x.s[x.i:], '<')
		if n < 0 {
			return "", x.errorf("an element does not end")
		}
		piece, err := x.unescape(x.s[x.i : x.i+n])
		if err != nil {
			return "", err
		}
		x.i += n
		end := ""
		switch {
		case x.take("<![CDATA["):
			end = "]]>"
		case x.take("<!--"):
			end = "-->"
		case first:
			return piece, nil
		default:
			all.WriteString(piece)
			return all.String(), nil
		}
		all.WriteString(piece)
		if n = strings.Index(x.s[x.i:], end); n < 0 {
			return "", x.errorf("%q is expected", end)
		}
		if end == "]]>" {
			all.WriteString(x.s[x.i : x.i+n])
		}
		x.i += n + len(end)
	}
}

var entities = map[string]string{"lt": "<", "gt": ">", "amp": "&", "quot": `"`, "apos": "'"}

func (x *scanner) unescape(s string) (string, error) {
	if strings.IndexByte(s, '&') < 0 {
		return s, nil
	}
	var b strings.Builder
	for {
		plain, rest, found := strings.Cut(s, "&")
		b.WriteString(plain)
		if !found {
			return b.String(), nil
		}
		name, after, ok := strings.Cut(rest, ";")
		if !ok {
			return "", x.errorf("'&' without ';'")
		}
		if number, ok := strings.CutPrefix(name, "#"); ok {
			r, ok := reference(number)
			if !ok {
				return "", x.errorf("&%.20s; is no character", name)
			}
			b.WriteRune(r)
		} else if text := entities[name]; text != "" {
			b.WriteString(text)
		} else {
			return "", x.errorf("&%.20s; is no entity of XML's own", name)
		}
		s = after
	}
}

func reference(number string) (rune, bool) {
	base := 10
	if hex, ok := strings.CutPrefix(number, "x"); ok {
		number, base = hex, 16
	}
	n, err := strconv.ParseUint(number, base, 32)
	if err != nil || n == 0 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return 0, false
	}
	return rune(n), true
}
