package mongoq

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// builder makes a filter of a document.
type builder struct{ *parser }

func (b *builder) bad(at int, format string, args ...any) error {
	return b.errorAt(at, "", badValue, format, args...)
}

// query reads a query document. Within an element of an array its names are paths that begin there.
func (b *builder) query(doc *value, relative bool) (filter.Expr, error) {
	var xs []filter.Expr
	for i := range doc.kids {
		m := &doc.kids[i]
		if !strings.HasPrefix(m.key, "$") {
			f, err := b.field(m, relative)
			if err != nil {
				return nil, err
			}
			ys, err := b.condition(place{field: f, name: m.key}, &m.value)
			if err != nil {
				return nil, err
			}
			xs = append(xs, ys...)
			continue
		}
		x, err := b.logic(m, relative)
		if err != nil {
			return nil, err
		}
		if x != nil {
			xs = append(xs, x)
		}
	}
	return and(xs), nil
}

// logic reads an operator at the top of a document; nil is a comment.
func (b *builder) logic(m *member, relative bool) (filter.Expr, error) {
	switch m.key {
	case "$and", "$or", "$nor":
	case "$comment":
		return nil, nil
	case "$alwaysTrue":
		return filter.All{}, nil
	case "$alwaysFalse":
		return filter.None{}, nil
	case "$expr", "$jsonSchema":
		return nil, b.errorAt(m.at, "", notAllowed, "%s is not allowed in this context", m.key)
	case "$where", "$text":
		return nil, b.bad(m.at, "%s is not allowed in this context", m.key)
	default:
		return nil, b.bad(m.at, "unknown top level operator: %s", m.key)
	}
	switch {
	case m.kind != array:
		return nil, b.bad(m.value.at, "%s must be an array", m.key)
	case len(m.kids) == 0:
		return nil, b.bad(m.value.at, "$and/$or/$nor must be a nonempty array")
	}
	var xs []filter.Expr
	for i := range m.kids {
		if m.kids[i].kind != object {
			return nil, b.bad(m.kids[i].at, "$or/$and/$nor entries need to be full objects")
		}
		x, err := b.query(&m.kids[i].value, relative)
		if err != nil {
			return nil, err
		}
		xs = append(xs, x)
	}
	switch m.key {
	case "$and":
		return and(xs), nil
	case "$or":
		return or(xs), nil
	}
	return not(or(xs)), nil
}

func and(xs []filter.Expr) filter.Expr {
	switch len(xs) {
	case 0:
		return filter.All{}
	case 1:
		return xs[0]
	}
	return filter.And{X: xs}
}

func or(xs []filter.Expr) filter.Expr {
	switch len(xs) {
	case 0:
		return filter.None{}
	case 1:
		return xs[0]
	}
	return filter.Or{X: xs}
}

func not(x filter.Expr) filter.Expr {
	switch x.(type) {
	case filter.All:
		return filter.None{}
	case filter.None:
		return filter.All{}
	}
	return filter.Not{X: x}
}

// place is what a condition is about: a field, or the element of an array itself.
type place struct {
	field   filter.Field
	name    string
	element bool
}

// condition reads what stands behind a field: conditions that hold together.
func (b *builder) condition(f place, v *value) ([]filter.Expr, error) {
	if v.isOperators() {
		return b.operators(f, v)
	}
	switch v.kind {
	case regex:
		x, err := b.matches(f, v.at, v.s, v.t)
		return []filter.Expr{x}, err
	case undefined:
		return nil, b.bad(v.at, "cannot compare to undefined")
	}
	lit, err := b.literal(v)
	return []filter.Expr{lower(f, filter.Holds{Op: filter.Eq, Value: lit})}, err
}

// isOperators tells a document of operators from one to compare with.
func (v *value) isOperators() bool {
	return v.kind == object && len(v.kids) > 0 && strings.HasPrefix(v.kids[0].key, "$") && v.kids[0].key != "$ref"
}

// lower gives a test the node that is asked the fastest: for a column of text, say, one that compares text.
func lower(f place, test filter.Test) filter.Expr {
	c := f.field.Column
	if f.element || len(f.field.Path) > 0 || c == filter.ColEventData || c == filter.ColSvcData {
		return filter.Reach{Field: f.field, Test: test}
	}
	var x filter.Expr
	switch t := test.(type) {
	case filter.Present:
		x = filter.Exists{Field: f.field}
	case filter.Matches:
		if isText(c) {
			x = filter.Match{Field: f.field, Re: t.Re}
		}
	case filter.Among:
		x = lowerAmong(f.field, t)
	case filter.Holds:
		x = lowerHolds(f.field, t)
	}
	if x == nil {
		x = filter.Reach{Field: f.field, Test: test}
	}
	return x
}

// isText tells the columns whose values are strings.
func isText(c filter.Column) bool {
	switch c {
	case filter.ColSeq, filter.ColPID, filter.ColSuccess, filter.ColTime, filter.ColReceived, filter.ColSvcData, filter.ColEventData:
		return false
	}
	return true
}

func lowerAmong(f filter.Field, t filter.Among) filter.Expr {
	in := filter.In{Field: f}
	for _, v := range t.Values {
		if v.Kind() != '"' || !isText(f.Column) {
			return nil
		}
		in.Values = append(in.Values, filter.Value{Kind: filter.StringValue, Str: v.Text()})
	}
	return in
}

func lowerHolds(f filter.Field, t filter.Holds) filter.Expr {
	compare := func(op filter.Op, v filter.Value) filter.Expr { return filter.Compare{Field: f, Op: op, Value: v} }
	switch k := t.Value.Kind(); {
	case k == 'n' && t.Op == filter.Eq:
		return filter.Not{X: filter.Exists{Field: f}}
	case k == '"' && isText(f.Column):
		return compare(t.Op, filter.Value{Kind: filter.StringValue, Str: t.Value.Text()})
	case (k == 't' || k == 'f') && f.Column == filter.ColSuccess:
		return compare(t.Op, filter.Value{Kind: filter.BoolValue, Bool: k == 't'})
	case k == '0' && (f.Column == filter.ColSeq || f.Column == filter.ColPID):
		if v, ok := filter.ParseNumber(string(t.Value)); ok {
			return compare(t.Op, v)
		}
	case k == '{' && (f.Column == filter.ColTime || f.Column == filter.ColReceived):
		return lowerDate(f, t)
	}
	return nil
}

// lowerDate compares with a millisecond: MongoDB's dates have no finer times, an event's may.
func lowerDate(f filter.Field, t filter.Holds) filter.Expr {
	first, ok := filter.DateOf(t.Value)
	if !ok {
		return nil
	}
	at := func(op filter.Op, ms int64) filter.Expr {
		return filter.Compare{Field: f, Op: op, Value: filter.Value{Kind: filter.TimeValue, Time: counterfoil.Time((first + ms) * 1e6)}}
	}
	switch t.Op {
	case filter.Lt:
		return at(filter.Lt, 0)
	case filter.Le:
		return at(filter.Lt, 1)
	case filter.Gt:
		return at(filter.Ge, 1)
	case filter.Ge:
		return at(filter.Ge, 0)
	}
	return filter.And{X: []filter.Expr{at(filter.Ge, 0), at(filter.Lt, 1)}}
}
