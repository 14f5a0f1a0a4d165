package searchq

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// maxDepth bounds parentheses and nots, so that a hostile query cannot exhaust the stack.
const maxDepth = 200

// maxLength bounds a query in bytes.
const maxLength = 64 << 10

// Parse reads a query. Moments without a date or a zone are meant relative to now and in its location. An empty query
// asks for everything. Every error is an *[Error].
func Parse(q string, now time.Time) (Query, error) {
	p := parser{scanner: scanner{q: q}, now: now}
	if len(q) > maxLength {
		return Query{}, p.errorAt(0, "", "the query is longer than %d bytes", maxLength)
	}
	if p.peek() == 0 && p.i == len(q) {
		return Query{Expr: filter.All{}}, nil
	}
	x, err := p.or(0)
	if err == nil && p.i < len(q) {
		err = p.unexpected()
	}
	if err != nil {
		return Query{}, err
	}
	p.query.Expr = x
	return p.query, nil
}

type parser struct {
	scanner
	now     time.Time
	query   Query
	moments []moment
}

// moment is where since or until stood.
type moment struct {
	word string
	at   int
}

func (p *parser) unexpected() *Error {
	switch p.q[p.i] {
	case ')':
		return p.errorAt(p.i, "", "there is no ( for this )")
	case ',':
		return p.errorAt(p.i, "a list is written field in (a, b)", "a comma stands outside a list")
	}
	return p.errorAt(p.i, "", "%q is not expected here", p.q[p.i])
}

// or reads terms joined by or. It gives nil for a term of time words alone, which p.query has.
func (p *parser) or(depth int) (filter.Expr, *Error) {
	if depth > maxDepth {
		return nil, p.errorAt(p.i, "", "the query nests deeper than %d", maxDepth)
	}
	var xs []filter.Expr
	before := len(p.moments)
	for {
		x, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		xs = append(xs, x)
		isOr := p.take("or")
		if (isOr || len(xs) > 1 || depth > 0) && len(p.moments) > before {
			m := p.moments[before]
			return nil, p.errorAt(m.at, "inside or, not and parentheses write time >= … or time < …; put ( ) around the or otherwise",
				"%s bounds the whole query and cannot stand in a part of it", m.word)
		}
		if !isOr {
			break
		}
	}
	if len(xs) == 1 {
		return xs[0], nil
	}
	return filter.Or{X: xs}, nil
}

// and reads terms that stand side by side or are joined by and.
func (p *parser) and(depth int) (filter.Expr, *Error) {
	var xs []filter.Expr
	joined := ""
	for n := 0; ; n++ {
		c := p.peek()
		if w, _ := p.keyword(); p.i == len(p.q) || c == ')' || w == "or" {
			if joined != "" || n == 0 {
				return nil, p.missingTerm(joined)
			}
			break
		}
		x, err := p.unary(depth)
		if err != nil {
			return nil, err
		}
		if x != nil {
			xs = append(xs, x)
		}
		if joined = ""; p.take("and") {
			joined = "and"
		}
	}
	switch len(xs) {
	case 0:
		return filter.All{}, nil
	case 1:
		return xs[0], nil
	}
	return filter.And{X: xs}, nil
}

func (p *parser) missingTerm(joined string) *Error {
	hint := "such as user = anna, or a word to look for"
	if joined == "" {
		joined = "or"
		if p.i == 0 || p.peek() == ')' {
			return p.errorAt(p.i, hint, "a condition is missing here")
		}
		return p.errorAt(p.i, hint+`; to find the word itself write it in quotes`, "a condition is missing beside or")
	}
	return p.errorAt(p.i, hint, "a condition is missing after %s", joined)
}

// unary reads one condition; nil is a time word, which p.query has.
func (p *parser) unary(depth int) (filter.Expr, *Error) {
	if depth > maxDepth {
		return nil, p.errorAt(p.i, "", "the query nests deeper than %d", maxDepth)
	}
	c := p.peek()
	switch {
	case c == '(':
		open := p.i
		p.i++
		x, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.peek() != ')' {
			if p.i < len(p.q) {
				return nil, p.unexpected()
			}
			return nil, p.errorAt(open, "", "this ( is not closed")
		}
		p.i++
		return x, nil
	case c == '"' || c == '\'':
		return p.phrase()
	}
	at := p.i
	w, end := p.keyword()
	switch w {
	case "not":
		p.i = end
		if n, _ := p.keyword(); p.i == len(p.q) || n == "and" || n == "or" || p.peek() == ')' {
			return nil, p.errorAt(p.i, "", "a condition is missing after not")
		}
		before := len(p.moments)
		x, err := p.unary(depth + 1)
		if err != nil {
			return nil, err
		}
		if len(p.moments) > before {
			m := p.moments[before]
			return nil, p.errorAt(m.at, "until and since are each other's opposite", "%s bounds the whole query and cannot stand after not", m.word)
		}
		if x == (filter.Expr)(filter.All{}) {
			return filter.None{}, nil
		}
		return filter.Not{X: x}, nil
	case "and":
		return nil, p.errorAt(at, `to find the word itself write "and"`, "a condition is missing before and")
	case "since", "until":
		if next := p.after(end); next == '=' || next == ':' || next == '<' || next == '>' {
			return nil, p.errorAt(at, "write "+w+" 2h, or time >= …", "%s takes a moment and no sign", w)
		}
		p.i = end
		return nil, p.bound(w, at)
	}
	return p.term()
}

// after gives the first byte behind i that is no white space.
func (p *parser) after(i int) byte {
	s := scanner{q: p.q, i: i}
	return s.peek()
}

// phrase reads words in quotes.
func (p *parser) phrase() (filter.Expr, *Error) {
	at := p.i
	text, err := p.quoted()
	if err != nil {
		return nil, err
	}
	return p.words(at, text)
}

// words makes free text of text; a * that stands right behind makes the last word a beginning.
func (p *parser) words(at int, text string) (filter.Expr, *Error) {
	prefix := p.i < len(p.q) && p.q[p.i] == '*'
	if prefix {
		p.i++
	}
	some := false
	filter.Tokens(text, false, func(string) bool { some = true; return false })
	if !some {
		return nil, p.errorAt(at, "signs alone are found with event_data contains …", "there is no letter or digit to look for")
	}
	return filter.Words{Text: text, Prefix: prefix}, nil
}

// term reads a condition on a field, or a free word.
func (p *parser) term() (filter.Expr, *Error) {
	at := p.i
	name := p.name()
	nameEnd := p.i
	if name == "" {
		op, _ := p.operator(p.i - 1)
		p.i = at
		if op == "" && strings.IndexByte("!~", p.q[at]) >= 0 {
			return p.word()
		}
		if strings.IndexByte("=<>!~:", p.q[p.i]) >= 0 {
			return nil, p.errorAt(at, "such as user = anna", "a field is missing before %s", p.q[p.i:p.i+1])
		}
		return nil, p.unexpected()
	}
	if p.i < len(p.q) && p.q[p.i] == '"' && strings.HasSuffix(name, ".") {
		return nil, p.errorAt(p.i, `close it with "`, "the quoted key that begins here does not end")
	}
	op, opAt := p.operator(nameEnd)
	field, err := filter.ParseField(name)
	if op == ":" && err != nil && !p.meantField(name, err) {
		op = ""
	}
	if op == "" {
		p.i = at
		return p.word()
	}
	if err != nil {
		return nil, p.fieldError(at, op, err)
	}
	return p.condition(field, op, opAt)
}

func (p *parser) fieldError(at int, op string, err error) *Error {
	hint := "event_data.… names what is in the event's data"
	var unknown *filter.UnknownFieldError
	if errors.As(err, &unknown) && unknown.Nearest != "" {
		hint = "did you mean " + unknown.Nearest + "?"
		err = errors.New("there is no field " + filter.Quote(unknown.Name))
	} else if errors.As(err, &unknown) && strings.IndexByte("=<>!~:", op[0]) < 0 {
		hint = `to find the word ` + op + ` itself write it in quotes`
	}
	return p.errorAt(at, hint, "%v", err)
}

// meantField reports whether the word before a colon, which is no field, was meant as one: 10:30 and http://x are not.
func (p *parser) meantField(name string, err error) bool {
	var unknown *filter.UnknownFieldError
	if !errors.As(err, &unknown) {
		return true
	}
	for _, group := range [...]string{"subject.", "object."} {
		if strings.HasPrefix(name, group) {
			return true
		}
	}
	return unknown.Nearest != "" && !strings.HasPrefix(p.q[p.i:], "//")
}

// word reads a free word.
func (p *parser) word() (filter.Expr, *Error) {
	at := p.i
	text := p.run(`()",=<>*`)
	if text == "" && p.i < len(p.q) && p.q[p.i] == '*' {
		if p.i++; p.i == len(p.q) || strings.IndexByte(" )\t\n\r", p.q[p.i]) >= 0 {
			return filter.All{}, nil
		}
		return nil, p.errorAt(at, "a * may stand at the end of a word; use field contains … for its middle", "a word cannot begin with *")
	}
	if strings.HasPrefix(text, "-") {
		return nil, p.errorAt(at, "write not "+strings.TrimLeft(text, "-")+`, or put the word in quotes`, "- does not leave a word out")
	}
	x, err := p.words(at, text)
	if err != nil {
		return nil, err
	}
	if r, _ := utf8.DecodeRuneInString(p.q[p.i:]); p.i < len(p.q) && !unicode.IsSpace(r) && r != '(' && r != ')' && r != ',' {
		return nil, p.errorAt(p.i, "put the word in quotes if the sign belongs to it", "%q cannot stand in a word", r)
	}
	return x, nil
}
