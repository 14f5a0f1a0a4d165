package mongoq

import (
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

var compareOps = map[string]filter.Op{"$eq": filter.Eq, "$ne": filter.Eq, "$lt": filter.Lt, "$lte": filter.Le, "$gt": filter.Gt, "$gte": filter.Ge}

// operators reads a document of operators: conditions that hold together.
func (b *builder) operators(f place, doc *value) (xs []filter.Expr, err error) {
	for i := range doc.kids {
		m := &doc.kids[i]
		var x filter.Expr
		switch m.key {
		case "$comment":
			continue
		case "$regex":
			x, err = b.regexOperator(f, m, doc)
		case "$options":
			if !slices.ContainsFunc(doc.kids, func(m member) bool { return m.key == "$regex" }) {
				return nil, b.bad(m.at, "$options needs a $regex")
			}
			continue
		case "$all":
			ys, err := b.all(f, &m.value)
			if err != nil {
				return nil, err
			}
			xs = append(xs, ys...)
			continue
		default:
			x, err = b.operator(f, m)
		}
		if err != nil {
			return nil, err
		}
		xs = append(xs, x)
	}
	return xs, nil
}

func (b *builder) operator(f place, m *member) (filter.Expr, error) {
	var test filter.Test
	var err error
	switch m.key {
	case "$eq", "$ne", "$lt", "$lte", "$gt", "$gte":
		test, err = b.compare(f, m)
	case "$in", "$nin":
		x, err := b.in(f, m)
		if m.key == "$nin" && err == nil {
			x = not(x)
		}
		return x, err
	case "$not":
		return b.not(f, m)
	case "$exists":
		x := lower(f, filter.Present{})
		if !m.truth() {
			x = not(x)
		}
		return x, nil
	case "$type":
		test, err = b.types(&m.value)
	case "$mod":
		test, err = b.mod(&m.value)
	case "$size":
		test, err = b.size(&m.value)
	case "$elemMatch":
		test, err = b.elemMatch(&m.value)
	case "$bitsAllSet", "$bitsAllClear", "$bitsAnySet", "$bitsAnyClear":
		test, err = b.bits(m)
	case "$near", "$nearSphere", "$geoNear", "$geoWithin", "$geoIntersects", "$within", "$maxDistance", "$minDistance":
		return nil, b.bad(m.at, "%s is not allowed in this context", m.key)
	case "$expr", "$where", "$text", "$jsonSchema":
		return nil, b.bad(m.at, "%s can only be applied to the top-level document", m.key)
	default:
		return nil, b.errorAt(m.at, near(m.key), badValue, "unknown operator: %s", m.key)
	}
	if err != nil {
		return nil, err
	}
	x := lower(f, test)
	if m.key == "$ne" {
		x = not(x)
	}
	return x, nil
}

func near(key string) string {
	if n := filter.Nearest(key, []string{"$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$nin", "$not", "$exists", "$type", "$mod", "$size", "$elemMatch", "$all", "$regex"}); n != "" {
		return "did you mean " + n + "?"
	}
	return ""
}

func (b *builder) compare(f place, m *member) (filter.Test, error) {
	switch {
	case m.kind == regex && m.key == "$ne":
		return nil, b.bad(m.value.at, "Can't have regex as arg to $ne.")
	case m.kind == regex && m.key != "$eq":
		return nil, b.bad(m.value.at, "Can't have RegEx as arg to predicate over field '%s'.", f.name)
	case m.kind == undefined:
		return nil, b.bad(m.value.at, "cannot compare to undefined")
	}
	lit, err := b.literal(&m.value)
	return filter.Holds{Op: compareOps[m.key], Value: lit}, err
}

// in reads $in and $nin: values, and expressions beside them.
func (b *builder) in(f place, m *member) (filter.Expr, error) {
	if m.kind != array {
		return nil, b.bad(m.value.at, "%s needs an array", m.key)
	}
	var values []counterfoil.JSON
	var xs []filter.Expr
	for i := range m.kids {
		v := &m.kids[i].value
		switch {
		case v.kind == regex:
			x, err := b.matches(f, v.at, v.s, v.t)
			if err != nil {
				return nil, err
			}
			xs = append(xs, x)
			continue
		case v.isOperators():
			return nil, b.bad(v.at, "cannot nest $ under %s", m.key)
		case v.kind == undefined:
			return nil, b.bad(v.at, "cannot compare to undefined")
		}
		lit, err := b.literal(v)
		if err != nil {
			return nil, err
		}
		values = append(values, lit)
	}
	if len(values) > 0 {
		xs = append([]filter.Expr{lower(f, filter.Among{Values: values})}, xs...)
	}
	return or(xs), nil
}

func (b *builder) not(f place, m *member) (filter.Expr, error) {
	switch {
	case m.kind == regex:
		x, err := b.matches(f, m.value.at, m.s, m.t)
		if err != nil {
			return nil, err
		}
		return not(x), nil
	case m.kind != object:
		return nil, b.bad(m.value.at, "$not needs a regex or a document")
	case len(m.kids) == 0:
		return nil, b.bad(m.value.at, "$not cannot be empty")
	case !m.isOperators():
		return nil, b.bad(m.kids[0].at, "unknown operator: %s", m.kids[0].key)
	}
	xs, err := b.operators(f, &m.value)
	if err != nil {
		return nil, err
	}
	return not(and(xs)), nil
}

// all reads $all: each value must be there, each expression match, each $elemMatch be met.
func (b *builder) all(f place, v *value) (xs []filter.Expr, err error) {
	if v.kind != array {
		return nil, b.bad(v.at, "$all needs an array")
	}
	for i := range v.kids {
		e := &v.kids[i].value
		if e.isOperators() && e.kids[0].key != "$elemMatch" {
			return nil, b.bad(e.kids[0].at, "no $ expressions in $all")
		}
		ys, err := b.condition(f, e)
		if err != nil {
			return nil, err
		}
		xs = append(xs, ys...)
	}
	if len(xs) == 0 {
		xs = append(xs, filter.None{})
	}
	return xs, nil
}

// truth is what $exists takes any value for.
func (v *value) truth() bool {
	switch v.kind {
	case null, undefined:
		return false
	case boolean:
		return v.n != 0
	case number, decimal:
		f, err := strconv.ParseFloat(v.s, 64)
		return err != nil || f != 0
	}
	return true
}

func (b *builder) elemMatch(v *value) (filter.Test, error) {
	if v.kind != object {
		return nil, b.bad(v.at, "$elemMatch needs an Object")
	}
	if first := ""; v.isOperators() {
		first = v.kids[0].key
		switch first {
		case "$and", "$or", "$nor", "$where", "$expr", "$jsonSchema", "$text":
		default:
			xs, err := b.operators(place{element: true, field: filter.Field{Column: filter.ColEventData}}, v)
			return filter.Element{X: and(xs)}, err
		}
	}
	x, err := b.query(v, true)
	return filter.Element{X: x, Documents: true}, err
}

// regexOperator reads $regex beside other operators, with its $options, which may stand before it.
func (b *builder) regexOperator(f place, m *member, doc *value) (filter.Expr, error) {
	pattern, options := m.s, m.t
	if m.kind != text && m.kind != regex {
		return nil, b.bad(m.value.at, "$regex has to be a string")
	}
	if m.kind == text {
		options = ""
	}
	for i := range doc.kids {
		o := &doc.kids[i]
		switch {
		case o.key != "$options":
		case o.kind != text:
			return nil, b.bad(o.value.at, "$options has to be a string")
		case strings.Trim(o.s, "imsxug") != "":
			return nil, b.errorAt(o.value.at, "", invalidOption, " invalid flag in regex options: %s", o.s)
		case options != "" && o.s != "":
			return nil, b.errorAt(o.value.at, "", 51074, "options set in both $regex and $options")
		default:
			options = o.s
		}
	}
	return b.matches(f, m.value.at, pattern, options)
}

// matches compiles an expression. The options g and u change nothing.
func (b *builder) matches(f place, at int, pattern, options string) (filter.Expr, error) {
	if b.regexps++; b.regexps > maxRegexps {
		return nil, b.bad(at, "there are more than %d regular expressions", maxRegexps)
	}
	var known []byte
	for _, o := range []byte("imsx") {
		if strings.IndexByte(options, o) >= 0 {
			known = append(known, o)
		}
	}
	re, err := filter.PerlRegexp(pattern, string(known))
	if err != nil {
		return nil, b.errorAt(at, "", invalidPattern, "%v", err)
	}
	return lower(f, filter.Matches{Re: re}), nil
}
