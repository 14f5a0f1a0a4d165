package mongoq

import (
	"fmt"
	"strings"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// kind is what a value of a document is.
type kind uint8

const (
	null kind = iota
	undefined
	boolean
	number  // s: a JSON number, or NaN, Infinity, -Infinity
	decimal // s: its text
	text
	date      // n: milliseconds
	objectID  // s: 24 hex digits
	binary    // s: base64, t: subtype
	timestamp // s, t: seconds and increment
	regex     // s: pattern, t: options
	minKey
	maxKey
	object
	array
)

// value is a value of a document and where it stands.
type value struct {
	kind kind
	at   int // byte where it begins
	s, t string
	n    int64
	kids []member // of objects and arrays
	bare bool     // a string in single quotes
}

type member struct {
	key string
	at  int // byte where the key begins
	value
}

// parser reads a document as the server's fromjson does.
type parser struct {
	text     string
	i        int
	warnings []*filter.SyntaxError
	behind   int
	regexps  int
}

func (p *parser) errorAt(at int, hint string, code int, format string, args ...any) error {
	err := filter.ErrorAt(p.text, at, hint, format, args...)
	err.Code = code
	return err
}

func (p *parser) fail(at int, format string, args ...any) error {
	return p.errorAt(at, "", failedToParse, format, args...)
}

func (p *parser) warn(at int, hint, format string, args ...any) {
	p.warnings = append(p.warnings, filter.ErrorAt(p.text, at, hint, format, args...))
}

func (p *parser) space() {
	for p.i < len(p.text) && strings.IndexByte(" \t\n\r\v\f", p.text[p.i]) >= 0 {
		p.i++
	}
}

// take reads a token if it comes next, after white space.
func (p *parser) take(token string) bool {
	start := p.i
	p.space()
	if strings.HasPrefix(p.text[p.i:], token) {
		p.i += len(token)
		return true
	}
	p.i = start
	return false
}

// peek gives the next byte after white space, 0 at the end.
func (p *parser) peek() byte {
	if p.space(); p.i < len(p.text) {
		return p.text[p.i]
	}
	return 0
}

// document reads the whole filter.
func (p *parser) document() (value, error) {
	if p.text == "" {
		return value{kind: object}, nil
	}
	var v value
	var err error
	switch p.peek() {
	case '[':
		v, err = p.array(0)
	case '{':
		v, err = p.object(0)
	default:
		return v, p.fail(p.i, "Expecting '{'")
	}
	if err != nil {
		return v, err
	}
	if v.kind != object && v.kind != array {
		return v, p.fail(v.kids[0].at, "Reserved field name in base object: %s", v.kids[0].key)
	}
	v.kind = object
	if p.peek() != 0 {
		p.behind = p.i
		p.warn(p.i, "", "this stands behind the document and is ignored, as MongoDB does")
	}
	return v, nil
}

func (p *parser) object(depth int) (value, error) {
	v := value{kind: object, at: p.i}
	p.i++ // {
	if depth > maxDepth {
		return v, p.fail(v.at, "the document nests deeper than %d", maxDepth)
	}
	if p.take("}") {
		return v, nil
	}
	for {
		m, err := p.member(depth)
		if err != nil {
			return v, err
		}
		if len(v.kids) == 0 && depth == 0 && reserved[m.key] {
			return v, p.fail(m.at, "Reserved field name in base object: %s", m.key)
		}
		if v.kids = append(v.kids, m); !p.take(",") {
			break
		}
	}
	if p.peek() != '}' {
		return v, p.fail(p.i, "Expecting '}' or ','")
	}
	p.i++
	if reserved[v.kids[0].key] {
		return p.extended(v)
	}
	return v, nil
}

func (p *parser) member(depth int) (m member, err error) {
	p.space()
	m.at = p.i
	if c := p.peek(); c == '"' || c == '\'' {
		if m.key, err = p.quoted(); err != nil {
			return m, err
		}
	} else {
		for p.i < len(p.text) && isNameByte(p.text[p.i], p.i > m.at) {
			p.i++
		}
		if m.key = p.text[m.at:p.i]; m.key == "" {
			return m, p.fail(m.at, "First character in field must be [A-Za-z$_]")
		}
	}
	if p.peek() != ':' {
		if p.peek() == '.' {
			return m, p.errorAt(p.i, "put a name with dots in quotes", failedToParse, "Expecting ':'")
		}
		return m, p.fail(p.i, "Expecting ':'")
	}
	p.i++
	m.value, err = p.value(depth + 1)
	return m, err
}

func isNameByte(c byte, digits bool) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' || digits && c >= '0' && c <= '9'
}

func (p *parser) array(depth int) (value, error) {
	v := value{kind: array, at: p.i}
	p.i++ // [
	if depth > maxDepth {
		return v, p.fail(v.at, "the document nests deeper than %d", maxDepth)
	}
	if p.take("]") {
		return v, nil
	}
	for {
		x, err := p.value(depth + 1)
		if err != nil {
			return v, err
		}
		if v.kids = append(v.kids, member{key: fmt.Sprint(len(v.kids)), at: x.at, value: x}); !p.take(",") {
			break
		}
	}
	if p.peek() != ']' {
		return v, p.fail(p.i, "Expecting ']' or ','")
	}
	p.i++
	return v, nil
}

func (p *parser) value(depth int) (value, error) {
	c := p.peek()
	v := value{at: p.i}
	switch c {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case '"', '\'':
		s, err := p.quoted()
		v.kind, v.s, v.bare = text, s, c == '\''
		return v, err
	case '/':
		return p.regexp()
	}
	for _, w := range words {
		if p.take(w.text) {
			w.value.at = v.at
			return w.value, nil
		}
	}
	if isNameByte(c, false) {
		return p.constructor()
	}
	return p.number()
}

var words = []struct {
	text  string
	value value
}{
	{"true", value{kind: boolean, n: 1}}, {"false", value{kind: boolean}}, {"null", value{kind: null}}, {"undefined", value{kind: undefined}},
	{"NaN", value{kind: number, s: "NaN"}}, {"Infinity", value{kind: number, s: "Infinity"}}, {"-Infinity", value{kind: number, s: "-Infinity"}},
}
