package sqlprint

import (
	"strings"

	"github.com/counterfoil/counterfoil/internal/filter"
)

const unreachable = "a path of more than five keys, or with an empty one, or one with a quote or a backslash, cannot be said"

// path writes a condition about the values at a path in data: one of them is so. Each key may hold an array, whose
// elements count; arrays within arrays are not looked into.
func (p *printer) path(x filter.Expr, f filter.Field) string {
	cond := p.value(x, f)
	if cond == never {
		return never
	}
	list, ok := p.values(f)
	if !ok {
		return p.lose(x, unreachable)
	}
	return p.some(list, cond)
}

// values gives the list of the values at a path: those to which the keys lead, each with an array behind it or not.
func (p *printer) values(f filter.Field) (list string, ok bool) {
	for _, key := range f.Path {
		if _, ok := p.literal(key); !ok || key == "" || strings.ContainsAny(key, `"\`) {
			return "", false
		}
	}
	if len(f.Path) > 5 {
		return "", false
	}
	var ways []string
	for stars := range 1 << len(f.Path) {
		ways = append(ways, p.way(column(f.Column), f.Path, func(i int) bool { return stars>>i&1 == 1 }))
	}
	return p.concat(ways), true
}

// value writes a condition about a value x.
func (p *printer) value(x filter.Expr, f filter.Field) string {
	switch x := x.(type) {
	case filter.Exists:
		return p.there
	case filter.Match:
		return p.isScalar + " AND " + p.matches(p.text, x.Re.String())
	case filter.Contains, filter.Prefix:
		return p.and(p.isString, p.textOf(x, p.unquoted, always))
	case filter.Compare:
		return p.valueCompared(x, f)
	case filter.In:
		var parts []string
		for _, v := range x.Values {
			if cond := p.valueCompared(filter.Compare{Field: f, Value: v}, f); cond != never {
				parts = append(parts, "("+cond+")")
			}
		}
		return orOf(parts, -1)
	}
	return p.lose(x, "it cannot be said of a value in data")
}

// and joins two conditions, of which the second may be constant.
func (p *printer) and(a, b string) string {
	switch b {
	case always:
		return a
	case never:
		return never
	}
	return a + " AND " + b
}

// valueCompared compares the value x with a literal.
func (p *printer) valueCompared(x filter.Compare, f filter.Field) string {
	switch x.Value.Kind {
	case filter.NullValue:
		if x.Op == filter.Lt || x.Op == filter.Gt {
			return never
		}
		return p.isNull
	case filter.BoolValue:
		return p.boolCompared(x)
	case filter.NumberValue:
		return p.numberCompared(x.Op, x.Value, f)
	case filter.TimeValue:
		return p.lose(x, "a text in data cannot be compared as a time")
	}
	quoted, ok := p.literal(x.Value.Str)
	if !ok {
		return p.lose(x, unquotable)
	}
	return p.isString + " AND " + p.unquoted + " " + signs[x.Op] + " " + quoted
}

// boolCompared: false lies before true.
func (p *printer) boolCompared(x filter.Compare) string {
	var parts []string
	for _, v := range []bool{false, true} {
		a, b := 0, 0
		if v {
			a = 1
		}
		if x.Value.Bool {
			b = 1
		}
		if map[filter.Op]bool{filter.Eq: a == b, filter.Lt: a < b, filter.Le: a <= b, filter.Gt: a > b, filter.Ge: a >= b}[x.Op] {
			parts = append(parts, map[bool]string{true: "'true'", false: "'false'"}[v])
		}
	}
	if len(parts) == 0 {
		return never
	}
	return p.isBool + " AND " + p.text + " IN (" + strings.Join(parts, ", ") + ")"
}

// numberCompared compares numbers, and texts that are numbers.
func (p *printer) numberCompared(op filter.Op, v filter.Value, f filter.Field) string {
	text, exact := double(v)
	if !exact {
		p.nearly(f, "numbers in data are compared as float64")
	}
	return p.isScalar + " AND " + p.matches(p.text, jsonNumber) + " AND " + p.double + " " + signs[op] + " " + text
}
