package searchq

import (
	"strings"

	"github.com/counterfoil/counterfoil/internal/filter"
)

var compareOps = map[string]filter.Op{"=": filter.Eq, "==": filter.Eq, ":": filter.Eq, "<": filter.Lt, "<=": filter.Le, ">": filter.Gt, ">=": filter.Ge}

// operator reads an operator after a name that ended at end. It gives "" and reads nothing if there is none, and a word
// operator with "not " before it if it is negated.
func (p *parser) operator(end int) (op string, at int) {
	if p.i < len(p.q) && p.q[p.i] == ':' {
		p.i++
		return ":", end
	}
	c := p.peek()
	at = p.i
	rest := p.q[p.i:]
	for _, sign := range [...]string{"!=", "!~", "<=", ">=", "==", "=~", "=", "<", ">", "~"} {
		if strings.HasPrefix(rest, sign) {
			p.i += len(sign)
			if sign == "=~" { // other languages' name for it
				sign = "~"
			}
			return sign, at
		}
	}
	if c == 0 || at == end {
		p.i = end
		return "", at
	}
	not := ""
	w, wEnd := p.keyword()
	if w == "not" {
		not = "not "
		s := scanner{q: p.q, i: wEnd}
		w, wEnd = s.keyword()
	}
	switch w {
	case "contains", "icontains", "startswith", "exists":
		p.i = wEnd
		return not + w, at
	case "in":
		if p.after(wEnd) == '(' {
			p.i = wEnd
			return not + w, at
		}
	}
	p.i = end
	return "", at
}

// condition reads what follows field and operator.
func (p *parser) condition(f filter.Field, op string, opAt int) (filter.Expr, *Error) {
	if plain, negated := strings.CutPrefix(op, "not "); negated {
		x, err := p.condition(f, plain, opAt)
		if err != nil {
			return nil, err
		}
		return filter.Not{X: x}, nil
	}
	switch op {
	case "exists":
		return filter.Exists{Field: f}, nil
	case "in":
		return p.list(f)
	case "!=", "!~":
		x, err := p.condition(f, map[string]string{"!=": "=", "!~": "~"}[op], opAt)
		if err != nil {
			return nil, err
		}
		return filter.Not{X: x}, nil
	}
	l, err := p.literal(op, "()")
	if err != nil {
		return nil, err
	}
	switch op {
	case "~":
		return p.match(f, l)
	case "contains", "icontains", "startswith":
		return p.text(f, op, opAt, l)
	}
	v, err := p.value(f, compareOps[op], opAt, l)
	if err != nil {
		return nil, err
	}
	if op == ":" && !l.quoted && !l.exact && l.star {
		return nil, p.errorAt(l.at, "write "+f.String()+" startswith …", "a * has no meaning in a value")
	}
	return filter.Compare{Field: f, Op: compareOps[op], Value: v}, nil
}

// literal is a value as it was written.
type literal struct {
	text   string
	at     int
	quoted bool
	exact  bool // # stood before it
	star   bool // ends in *
}

// signs are what operators are made of, but for the colon, with which addresses and terminals begin.
const signs = "=<>!~"

func (p *parser) literal(after, stop string) (l literal, err *Error) {
	c := p.peek()
	l.at = p.i
	if c == '#' {
		l.exact = true
		p.i++
		if c = 0; p.i < len(p.q) {
			c = p.q[p.i]
		}
	}
	if c == '"' || c == '\'' {
		l.quoted = true
		l.text, err = p.quoted()
		return l, err
	}
	l.text = p.run(stop + `"`)
	if l.text == "" {
		return l, p.errorAt(p.i, `"" is the empty string`, "a value is missing after %s", after)
	}
	if p.i < len(p.q) && p.q[p.i] == '"' {
		return l, p.errorAt(p.i, "put the whole value in quotes", "a quote cannot stand in the middle of a value")
	}
	if w := strings.ToLower(l.text); !l.exact && (w == "and" || w == "or" || w == "not") {
		return l, p.errorAt(l.at, "write "+filter.Quote(l.text)+" if it is the value", "a value is missing after %s", after)
	}
	if !l.exact && strings.Trim(l.text, signs) == "" {
		return l, p.errorAt(l.at, "one sign is enough; write "+filter.Quote(l.text)+" if it is the value", "a value is missing after %s", after)
	}
	l.star = len(l.text) > 1 && strings.HasSuffix(l.text, "*")
	return l, nil
}

func (p *parser) list(f filter.Field) (filter.Expr, *Error) {
	p.space()
	open := p.i
	p.i++ // operator saw the (
	var vs []filter.Value
	for {
		l, err := p.literal("( or ,", "(),")
		if err != nil {
			return nil, err
		}
		v, err := p.value(f, filter.Eq, l.at, l)
		if err != nil {
			return nil, err
		}
		vs = append(vs, v)
		switch p.peek() {
		case ',':
			p.i++
			continue
		case ')':
			p.i++
			return filter.In{Field: f, Values: vs}, nil
		case 0:
			return nil, p.errorAt(open, "", "this list is not closed")
		}
		return nil, p.errorAt(p.i, "values with spaces stand in quotes", "a comma or ) is missing here")
	}
}

func (p *parser) match(f filter.Field, l literal) (filter.Expr, *Error) {
	re, err := filter.CompileRegexp(l.text)
	if err != nil {
		return nil, p.errorAt(l.at, "a part to be found as it is can be had with contains", "%v", err)
	}
	return filter.Match{Field: f, Re: re}, nil
}

// text makes the conditions that look at a part of a string.
func (p *parser) text(f filter.Field, op string, opAt int, l literal) (filter.Expr, *Error) {
	if !l.exact {
		if k := kindOf(f); k == number || k == boolean {
			return nil, p.errorAt(opAt, "use =, in or ~", "%s is no text, so %s does not apply", f, op)
		}
		l.text = fieldCase(f, l.text)
	}
	switch op {
	case "startswith":
		return filter.Prefix{Field: f, Text: l.text}, nil
	}
	return filter.Contains{Field: f, Text: l.text, Fold: op == "icontains"}, nil
}
