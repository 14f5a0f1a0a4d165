package mongoq

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Print writes a filter as a query document. Parse gives it back: the same tree if Parse made it, and else one of the same
// meaning, but for what losses say.
func Print(x filter.Expr) (text string, losses []filter.Loss) {
	p := printer{}
	return p.document(x, false), p.losses
}

type printer struct{ losses []filter.Loss }

func (p *printer) lose(part, why string, nearly bool) {
	l := filter.Loss{Part: part, Why: why, Nearly: nearly}
	if !slices.Contains(p.losses, l) {
		p.losses = append(p.losses, l)
	}
}

// document writes x as a query document. relative says that it is about an element of an array.
func (p *printer) document(x filter.Expr, relative bool) string {
	return "{" + p.members(x, relative) + "}"
}

// members writes x as what stands between the braces.
func (p *printer) members(x filter.Expr, relative bool) string {
	switch x := x.(type) {
	case nil, filter.All:
		return ""
	case filter.None:
		return `"$nor":[{}]`
	case filter.And:
		return p.and(x.X, relative)
	case filter.Or:
		switch len(x.X) {
		case 0:
			return p.members(filter.None{}, relative)
		case 1:
			return p.members(x.X[0], relative)
		}
		if name, list, ok := p.inList(x.X, relative); ok {
			return member1(name, `{"$in":`+list+`}`)
		}
		return `"$or":` + p.list(x.X, relative)
	case filter.Not:
		return p.not(x.X, relative)
	case filter.Words:
		p.lose(filter.Quote(x.Text), "free words cannot be said", false)
		return ""
	}
	name, test := p.condition(x, relative)
	return member1(name, test)
}

func member1(name, value string) string { return quote(name) + ":" + value }

func (p *printer) list(xs []filter.Expr, relative bool) string {
	var docs []string
	for _, x := range xs {
		docs = append(docs, p.document(x, relative))
	}
	return "[" + strings.Join(docs, ",") + "]"
}

// and writes conditions side by side in one document where each is one member.
func (p *printer) and(xs []filter.Expr, relative bool) string {
	if len(xs) == 0 {
		return ""
	}
	if len(xs) == 1 {
		return p.members(xs[0], relative)
	}
	var parts []string
	for _, x := range xs {
		if and, nested := x.(filter.And); nested && len(and.X) != 1 || isAll(x) {
			return `"$and":` + p.list(xs, relative)
		}
		parts = append(parts, p.members(x, relative))
	}
	if slices.Contains(parts, "") {
		return `"$and":` + p.list(xs, relative)
	}
	if relative && !startsAsQuery(parts[0]) {
		return `"$and":` + p.list(xs, relative)
	}
	return strings.Join(parts, ",")
}

func isAll(x filter.Expr) bool { _, all := x.(filter.All); return all || x == nil }

// startsAsQuery tells a first member by which $elemMatch knows a query from operators.
func startsAsQuery(member string) bool {
	for _, word := range []string{`"$and"`, `"$or"`, `"$nor"`} {
		if strings.HasPrefix(member, word) {
			return true
		}
	}
	return !strings.HasPrefix(member, `"$`)
}

func (p *printer) not(x filter.Expr, relative bool) string {
	switch y := x.(type) {
	case filter.Or:
		if name, list, ok := p.inList(y.X, relative); ok {
			return member1(name, `{"$nin":`+list+`}`)
		}
		if len(y.X) > 1 {
			return `"$nor":` + p.list(y.X, relative)
		}
	case filter.And, filter.Not, filter.All, filter.None, filter.Words, nil:
	case filter.Exists:
		name, _ := p.condition(x, relative)
		return member1(name, `{"$exists":false}`)
	default:
		name, test := p.condition(x, relative)
		switch {
		case strings.HasPrefix(test, `{"$in":`):
			return member1(name, `{"$nin":`+strings.TrimPrefix(test, `{"$in":`))
		case strings.HasPrefix(test, `{"$regex"`):
			return member1(name, `{"$not":`+test+`}`)
		case strings.HasPrefix(test, `{"$eq":`):
			return member1(name, `{"$ne":`+strings.TrimPrefix(test, `{"$eq":`))
		case isOperatorText(test):
			return member1(name, `{"$not":`+test+`}`)
		}
		return member1(name, `{"$ne":`+test+`}`)
	}
	return `"$nor":[` + p.document(x, relative) + `]`
}

func isOperatorText(test string) bool {
	return strings.HasPrefix(test, `{"$`) && !reserved[strings.SplitN(test, `"`, 3)[1]]
}

// inList writes alternatives as the list of $in that Parse makes them of: values first, expressions after.
func (p *printer) inList(xs []filter.Expr, relative bool) (name, list string, ok bool) {
	var field *filter.Field
	var items []string
	for i, x := range xs {
		var f filter.Field
		var item string
		switch y := x.(type) {
		case filter.Reach:
			f = y.Field
			switch t := y.Test.(type) {
			case filter.Among:
				if item = printList(t.Values); i > 0 || len(t.Values) == 0 {
					return "", "", false
				}
				item = item[1 : len(item)-1]
			case filter.Matches:
				item = printRegexp(t.Re)
			default:
				return "", "", false
			}
			if y.Straight {
				return "", "", false
			}
		case filter.In:
			if f = y.Field; i > 0 || len(y.Values) == 0 || !plainColumn(f) {
				return "", "", false
			}
			item = p.values(f, y.Values)
		case filter.Match:
			if f = y.Field; !plainColumn(f) || !isText(f.Column) {
				return "", "", false
			}
			item = printRegexp(y.Re)
		default:
			return "", "", false
		}
		if field != nil && !field.Equal(f) {
			return "", "", false
		}
		field = &f
		items = append(items, item)
	}
	if len(items) < 2 {
		return "", "", false
	}
	return p.name(*field, relative), "[" + strings.Join(items, ",") + "]", true
}

func plainColumn(f filter.Field) bool {
	return len(f.Path) == 0 && f.Column != filter.ColEventData && f.Column != filter.ColSvcData
}

func (p *printer) name(f filter.Field, relative bool) string {
	name, ok := fieldName(f, relative)
	if !ok {
		p.lose(f.String(), "a key with a dot cannot be named", false)
	}
	return name
}

// condition writes a node about one field: the field's name, and what stands behind it.
func (p *printer) condition(x filter.Expr, relative bool) (name, test string) {
	if r, ok := x.(filter.Reach); ok {
		if r.Straight {
			p.straight(&r)
		}
		return p.name(r.Field, relative), p.test(r.Test)
	}
	f, _ := filter.FieldOf(x)
	switch x.(type) {
	case filter.Contains, filter.Prefix, filter.Match:
		if plainColumn(f) && !isText(f.Column) {
			p.lose(f.String(), "an expression is about text only", false)
		}
	}
	if !plainColumn(f) {
		if len(f.Path) == 0 {
			p.lose(f.String(), "the data as one text cannot be said", false)
		} else {
			p.lose(f.String(), "arrays within arrays, and strings that are numbers or times, are seen as what they are", true)
		}
		for _, key := range f.Path {
			if key == "" || key[0] == '$' || strings.Trim(key, "0123456789") == "" {
				p.lose(f.String(), "the key "+filter.Quote(key)+" means something else in a path", true)
			}
		}
	}
	return p.name(f, relative), p.plain(f, x)
}

// straight says how a path of TrueNAS's is another here.
func (p *printer) straight(r *filter.Reach) {
	if len(r.Field.Path) > 0 {
		p.lose(r.Field.String(), "a path leads into every element of an array, and what is missing is null", true)
	}
	r.Field.Path = slices.DeleteFunc(slices.Clone(r.Field.Path), func(key string) bool { return key == "*" })
}

// plain writes a condition of the search grammar.
func (p *printer) plain(f filter.Field, x filter.Expr) string {
	switch x := x.(type) {
	case filter.Compare:
		return p.compare(f, x)
	case filter.In:
		return `{"$in":[` + p.values(f, x.Values) + `]}`
	case filter.Contains:
		p.sayable(f, x.Text)
		if x.Fold {
			p.lose(f.String()+" icontains", "letters are equal by Unicode's folding", !isASCII(x.Text))
			return `{"$regex":` + quote("(?i)"+regexp.QuoteMeta(x.Text)) + `}`
		}
		return `{"$regex":` + quote(regexp.QuoteMeta(x.Text)) + `}`
	case filter.Prefix:
		p.sayable(f, x.Text)
		return `{"$regex":` + quote("^"+regexp.QuoteMeta(x.Text)) + `}`
	case filter.Match:
		return printRegexp(x.Re)
	case filter.Exists:
		return `{"$exists":true}`
	}
	panic("mongoq: Print of a node of another package")
}

func (p *printer) sayable(f filter.Field, text string) {
	if !filter.Sayable(text) {
		p.lose(f.String(), "an expression has no bytes that are not valid UTF-8", false)
	}
}

func isASCII(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0 }

func (p *printer) compare(f filter.Field, x filter.Compare) string {
	op := x.Op
	v := x.Value
	if t := v.Time; v.Kind == filter.TimeValue {
		if ms := int64(t) % 1e6; ms != 0 && (op == filter.Gt || op == filter.Le) && (ms == 999_999 || ms == -1) { // before the next millisecond
			v.Time++
			op = map[filter.Op]filter.Op{filter.Gt: filter.Ge, filter.Le: filter.Lt}[op]
		} else if ms != 0 || op == filter.Eq || op == filter.Gt || op == filter.Le {
			p.lose(f.String(), "times are compared by milliseconds", true)
		}
	}
	lit := p.value(f, v)
	if op == filter.Eq {
		if isOperatorText(lit) {
			return `{"$eq":` + lit + `}`
		}
		return lit
	}
	return `{"` + opNames[op] + `":` + lit + `}`
}

var opNames = map[filter.Op]string{filter.Eq: "$eq", filter.Lt: "$lt", filter.Le: "$lte", filter.Gt: "$gt", filter.Ge: "$gte"}

func (p *printer) values(f filter.Field, vs []filter.Value) string {
	var items []string
	for _, v := range vs {
		items = append(items, p.value(f, v))
	}
	return strings.Join(items, ",")
}

// value writes a literal. A type that is not that of the column, and a number that no JSON number can carry, would mean something else.
func (p *printer) value(f filter.Field, v filter.Value) string {
	j := valueJSON(v)
	if !filter.Fits(f, v) || plainColumn(f) && v.Kind == filter.NumberValue && j.Kind() == '"' {
		p.lose(f.String(), "a value of another type than the field's is never equal to it, before it or behind it", false)
	}
	return printJSON(j)
}

// valueJSON writes a literal as data has it.
func valueJSON(v filter.Value) counterfoil.JSON {
	switch v.Kind {
	case filter.StringValue:
		return counterfoil.String(v.Str)
	case filter.NumberValue:
		j, err := counterfoil.Canonical(filter.NumberText(v))
		if err != nil {
			panic("mongoq: a number that is none: " + err.Error())
		}
		return j
	case filter.BoolValue:
		return counterfoil.JSON(strconv.FormatBool(v.Bool))
	case filter.TimeValue:
		return filter.DateJSON(v.Time.Std().UnixMilli())
	}
	return "null"
}
