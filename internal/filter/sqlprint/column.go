package sqlprint

import (
	"strings"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

var signs = [...]string{filter.Eq: "=", filter.Lt: "<", filter.Le: "<=", filter.Gt: ">", filter.Ge: ">="}

// literal quotes a text; ok is false where no column has it as it is.
func (p *printer) literal(text string) (quoted string, ok bool) {
	return p.quoted(text), utf8.ValidString(text) && !strings.Contains(text, "\x00")
}

const unquotable = "a text that is not valid UTF-8, or has a zero byte, is in no column as it is"

// textOf writes a condition about a text, which is there where there says so.
func (p *printer) textOf(x filter.Expr, v, there string) string {
	var text string
	switch x := x.(type) {
	case filter.Exists:
		return there
	case filter.Match:
		return there + " AND " + p.matches(v, x.Re.String())
	case filter.In:
		return p.oneOf(x, v)
	case filter.Contains:
		if text = x.Text; x.Fold {
			v, text = p.lower(v), strings.ToLower(text)
		}
	case filter.Prefix:
		text = x.Text
	case filter.Compare:
		return p.compared(x, v, there)
	}
	quoted, ok := p.literal(text)
	switch _, prefix := x.(filter.Prefix); {
	case !ok:
		return p.lose(x, unquotable)
	case text == "":
		return there
	case prefix:
		return p.starts(v, quoted)
	}
	return p.contains(v, quoted)
}

// compared compares a text with a literal.
func (p *printer) compared(x filter.Compare, v, there string) string {
	quoted, ok := p.literal(x.Value.Str)
	switch {
	case x.Value.Kind == filter.NullValue, x.Value.Kind == filter.BoolValue:
		return never // a column has text
	case x.Value.Kind != filter.StringValue:
		return p.lose(x, "a text that is a number or a time cannot be compared as one")
	case !ok:
		return p.lose(x, unquotable)
	case x.Op == filter.Eq && x.Value.Str == "":
		return never // an empty column has no value
	case x.Op == filter.Eq:
		return v + " = " + quoted
	}
	return there + " AND " + v + " " + signs[x.Op] + " " + quoted
}

// oneOf writes In for a text.
func (p *printer) oneOf(x filter.In, v string) string {
	var list []string
	for _, value := range x.Values {
		quoted, ok := p.literal(value.Str)
		switch {
		case value.Kind == filter.NumberValue || value.Kind == filter.TimeValue:
			return p.lose(x, "a text that is a number or a time cannot be compared as one")
		case value.Kind != filter.StringValue || value.Str == "":
		case !ok:
			return p.lose(x, unquotable)
		default:
			list = append(list, quoted)
		}
	}
	if len(list) == 0 {
		return never
	}
	return v + " IN (" + strings.Join(list, ", ") + ")"
}

// success asks the filter for each of the three outcomes.
func (p *printer) success(x filter.Expr) string {
	var parts []string
	for _, o := range []struct {
		outcome counterfoil.Outcome
		words   string
	}{{counterfoil.Success, p.isTrue}, {counterfoil.Failure, p.isFalse}, {counterfoil.Unknown, "NOT (" + p.told + ")"}} {
		if filter.Eval(x, &counterfoil.Record{Event: counterfoil.Event{Outcome: o.outcome}}) {
			parts = append(parts, o.words)
		}
	}
	if len(parts) == 2 && parts[1] == p.isFalse {
		return p.told
	}
	return orOf(parts, 3)
}

// orOf joins parts of so many.
func orOf(parts []string, of int) string {
	switch len(parts) {
	case 0:
		return never
	case of:
		return always
	case 1:
		return parts[0]
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

// classes asks the filter for each class: it is true of a record if it is of one of the record's.
func (p *printer) classes(x filter.Expr) string {
	var names []string
	for _, name := range counterfoil.AllClasses.Names() {
		c, err := counterfoil.ParseClass(name)
		if err != nil {
			panic(err) // a name of the list is a name
		}
		if filter.Eval(x, &counterfoil.Record{Event: counterfoil.Event{Class: c}}) {
			names = append(names, p.quoted(name))
		}
	}
	switch len(names) {
	case 0:
		return never
	case len(counterfoil.AllClasses.Names()):
		return "class <> ''"
	}
	return p.class(names)
}

// time compares moments.
func (p *printer) time(x filter.Expr, f filter.Field) string {
	switch x := x.(type) {
	case filter.Exists:
		return always
	case filter.Compare:
		if x.Value.Kind != filter.TimeValue {
			return never
		}
		rounded := x.Value.Time%1000 != 0 || x.Op == filter.Eq || x.Op == filter.Le || x.Op == filter.Gt
		if !p.fine && rounded {
			p.nearly(f, "times are compared by the microsecond")
		}
		return column(f.Column) + " " + signs[x.Op] + " " + p.moment(x.Value.Time)
	case filter.In:
		var parts []string
		for _, v := range x.Values {
			parts = append(parts, p.condition(filter.Compare{Field: f, Value: v}, true))
		}
		return orOf(parts, -1)
	}
	return p.lose(x, "a time is compared, not looked into")
}

// opaque are columns of which SQL sees only whether there is something.
func (p *printer) opaque(x filter.Expr, f filter.Field) string {
	if f.Column == filter.ColAID {
		if _, ok := x.(filter.Exists); ok {
			return always
		}
		return p.lose(x, "an identifier that the trail derived is in no column")
	}
	if _, ok := x.(filter.Exists); ok {
		return p.hasRaw
	}
	return p.lose(x, "raw bytes cannot be looked into")
}
