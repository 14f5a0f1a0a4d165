package truenasq

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// isCondition tells [field, operator, value] and ["OR", […]] from a list of conditions.
func (v *value) isCondition() bool {
	return v.kind == '[' && len(v.kids) > 0 && v.kids[0].kind == '"'
}

// all reads a list of conditions, which hold together.
func (p *parser) all(v value, depth int) (filter.Expr, error) {
	xs, err := p.each(v, depth)
	switch {
	case err != nil:
		return nil, err
	case len(xs) == 0:
		return filter.All{}, nil
	case len(xs) == 1:
		return xs[0], nil
	}
	return filter.And{X: xs}, nil
}

func (p *parser) each(v value, depth int) (xs []filter.Expr, err error) {
	for _, kid := range v.kids {
		if !kid.isCondition() {
			return nil, p.fail(kid.at, `[field, operator, value] or ["OR", [conditions]]`, "this is no condition")
		}
		x, err := p.condition(kid, depth)
		if err != nil {
			return nil, err
		}
		if and, ok := x.(filter.And); ok {
			xs = append(xs, and.X...)
		} else {
			xs = append(xs, x)
		}
	}
	return xs, nil
}

func (p *parser) condition(v value, depth int) (filter.Expr, error) {
	switch {
	case len(v.kids) == 2 && v.kids[0].text == "OR":
		return p.or(v.kids[1], depth+1)
	case len(v.kids) != 3:
		return nil, p.fail(v.at, `[field, operator, value] or ["OR", [conditions]]`, "a condition has three parts")
	case v.kids[1].kind != '"':
		return nil, p.fail(v.kids[1].at, "", "the operator is a string")
	}
	f, err := p.field(&v.kids[0])
	if err != nil {
		return nil, err
	}
	op, fold := strings.CutPrefix(v.kids[1].text, "C")
	if !slices.Contains(operators, op) {
		return nil, p.fail(v.kids[1].at, "one of "+strings.Join(operators, " ")+", or one of them behind C, which ignores case", "Invalid operation: %s", v.kids[1].text)
	}
	c := condition{parser: p, field: f, op: op, fold: fold, at: v.kids[1].at, v: &v.kids[2]}
	return c.expr()
}

var operators = []string{"=", "!=", ">", ">=", "<", "<=", "~", "in", "nin", "rin", "rnin", "^", "!^", "$", "!$"}

// or reads the branches of a disjunction: conditions, or lists of them that hold together.
func (p *parser) or(v value, depth int) (filter.Expr, error) {
	switch {
	case depth > maxDepth:
		return nil, p.fail(v.at, "", "query-filters max recursion depth exceeded")
	case v.kind != '[' || len(v.kids) == 0:
		return nil, p.fail(v.at, `["OR", [condition, condition]]`, "OR takes a list of conditions")
	}
	var xs []filter.Expr
	for _, kid := range v.kids {
		read := p.condition
		if !kid.isCondition() {
			if kid.kind != '[' || len(kid.kids) == 0 {
				return nil, p.fail(kid.at, "", "a branch of OR is a condition or a list of them")
			}
			read = p.all
		}
		x, err := read(kid, depth)
		if err != nil {
			return nil, err
		}
		xs = append(xs, x)
	}
	if len(xs) == 1 {
		return xs[0], nil
	}
	return filter.Or{X: xs}, nil
}

// condition is one condition while it is made a node.
type condition struct {
	*parser
	field
	op   string
	fold bool
	at   int // of the operator
	v    *value
}

var compareOps = map[string]filter.Op{"=": filter.Eq, "!=": filter.Eq, ">": filter.Gt, ">=": filter.Ge, "<": filter.Lt, "<=": filter.Le}

func (c *condition) expr() (filter.Expr, error) {
	if c.seconds || c.date || len(c.Path) == 0 && (c.Column == filter.ColTime || c.Column == filter.ColReceived) {
		return c.moment()
	}
	if (c.op == "in" || c.op == "nin") && c.v.kind != '[' {
		return nil, c.fail(c.v.at, "", "%s takes a list", c.op)
	}
	text := c.v.text
	if strings.IndexByte("~^!$", c.op[0]) >= 0 && c.op != "!=" && c.v.kind != '"' {
		return nil, c.fail(c.v.at, "", "%s takes a string", c.op)
	}
	if c.isText() && c.asksEmpty() {
		return c.orEmpty()
	}
	if c.fold {
		return c.folded()
	}
	switch c.op {
	case "~":
		re, err := filter.PerlRegexp(text, "")
		if err != nil {
			return nil, c.fail(c.v.at, "", "%v", err)
		}
		return c.lower(filter.Matches{Re: re}), nil
	case "in":
		return c.lower(filter.Among{Values: c.list()}), nil
	case "nin":
		return c.reach(filter.Fails{Test: filter.Among{Values: c.list()}}), nil
	case "rin":
		return c.lower(filter.Has{Value: c.v.json}), nil
	case "rnin":
		return c.reach(filter.Fails{Test: filter.Has{Value: c.v.json}}), nil
	case "^", "$":
		return c.matches(c.affix(text, ""))
	case "!^", "!$":
		return c.fails(c.affix(text, ""))
	case "!=":
		x := filter.Holds{Op: filter.Eq, Value: c.v.json}
		switch y := c.lower(x).(type) {
		case filter.Compare:
			return filter.Not{X: y}, nil
		case filter.Not: // there is nothing
			return y.X, nil
		}
		return c.reach(filter.Fails{Test: x, Null: c.v.kind != 'n'}), nil
	}
	return c.lower(filter.Holds{Op: compareOps[c.op], Value: c.v.json}), nil
}

// isText tells the columns that hold one text.
func (c *condition) isText() bool {
	switch c.Column {
	case filter.ColEventData, filter.ColSvcData, filter.ColClass, filter.ColSeq, filter.ColPID, filter.ColSuccess, filter.ColTime, filter.ColReceived:
		return false
	}
	return len(c.Path) == 0
}

func (v *value) isEmptyText() bool { return v.kind == '"' && v.text == "" }

// asksEmpty tells the operators to which a column without text is the empty text as well as null, where they ask for it.
func (c *condition) asksEmpty() bool {
	switch c.op {
	case "=", "!=":
		return c.v.isEmptyText()
	case "in":
		return slices.ContainsFunc(c.v.kids, func(v value) bool { return v.isEmptyText() })
	}
	return false
}

// orEmpty is a condition that asksEmpty: to the nodes a column without text has no value.
func (c *condition) orEmpty() (filter.Expr, error) {
	exists := filter.Exists{Field: c.Field}
	if c.op == "!=" {
		return exists, nil
	}
	rest := *c
	rest.v = &value{kind: '[', at: c.v.at, kids: slices.DeleteFunc(slices.Clone(c.v.kids), func(v value) bool { return v.isEmptyText() })}
	if len(rest.v.kids) == 0 {
		return filter.Not{X: exists}, nil
	}
	x, err := rest.expr()
	return filter.Or{X: []filter.Expr{filter.Not{X: exists}, x}}, err
}

func (c *condition) list() (vs []counterfoil.JSON) {
	for _, kid := range c.v.kids {
		vs = append(vs, kid.json)
	}
	return vs
}

// affix writes ^ and $ as an expression.
func (c *condition) affix(text, flags string) string {
	if strings.HasSuffix(c.op, "^") {
		return flags + `\A` + regexp.QuoteMeta(text)
	}
	return flags + regexp.QuoteMeta(text) + `\z`
}

func (c *condition) matches(re string) (filter.Expr, error) {
	x, err := filter.CompileRegexp(re)
	if err != nil {
		return nil, c.fail(c.v.at, "", "%v", err)
	}
	return c.lower(filter.Matches{Re: x}), nil
}

func (c *condition) fails(re string) (filter.Expr, error) {
	x, err := filter.CompileRegexp(re)
	if err != nil {
		return nil, c.fail(c.v.at, "", "%v", err)
	}
	return c.reach(filter.Fails{Test: filter.Matches{Re: x}, Null: c.op == "!="}), nil
}

// folded is an operator behind C.
func (c *condition) folded() (filter.Expr, error) {
	switch c.op {
	case "~":
		re, err := filter.PerlRegexp(c.v.text, "i")
		if err != nil {
			return nil, c.fail(c.v.at, "", "%v", err)
		}
		return c.lower(filter.Matches{Re: re}), nil
	case "rin":
		return c.lower(filter.Has{Value: c.v.json, Fold: true}), nil
	case "rnin":
		return c.reach(filter.Fails{Test: filter.Has{Value: c.v.json, Fold: true}}), nil
	case "^", "$":
		return c.matches(c.affix(c.v.text, "(?i)"))
	case "!^", "!$":
		return c.fails(c.affix(c.v.text, "(?i)"))
	case ">", ">=", "<", "<=":
		return nil, c.fail(c.at, "", "an order has no form that ignores case")
	}
	values := []value{*c.v}
	if c.op == "in" || c.op == "nin" {
		values = c.v.kids
	}
	if len(values) == 0 { // whatever the case
		c.fold = false
		return c.expr()
	}
	var words []string
	for _, v := range values {
		if v.kind != '"' {
			return nil, c.fail(v.at, "", "only text has a form that ignores case")
		}
		words = append(words, regexp.QuoteMeta(v.text))
	}
	re := `(?i)\A(?:` + strings.Join(words, "|") + `)\z`
	if c.op == "=" || c.op == "in" {
		return c.matches(re)
	}
	return c.fails(re)
}

func (c *condition) reach(t filter.Test) filter.Expr {
	return filter.Reach{Field: c.Field, Straight: true, Test: t}
}

// lower gives a test on a column the node that is asked the fastest.
func (c *condition) lower(t filter.Test) filter.Expr {
	if len(c.Path) > 0 || c.Column == filter.ColEventData || c.Column == filter.ColSvcData || c.Column == filter.ColClass {
		return c.reach(t)
	}
	text := c.isText()
	switch t := t.(type) {
	case filter.Matches:
		if text {
			return filter.Match{Field: c.Field, Re: t.Re}
		}
	case filter.Has:
		if text && t.Value.Kind() == '"' {
			return filter.Contains{Field: c.Field, Text: t.Value.Text(), Fold: t.Fold}
		}
	case filter.Among:
		if text && !slices.ContainsFunc(t.Values, func(j counterfoil.JSON) bool { return j.Kind() != '"' }) {
			in := filter.In{Field: c.Field}
			for _, v := range t.Values {
				in.Values = append(in.Values, filter.Value{Kind: filter.StringValue, Str: v.Text()})
			}
			return in
		}
	case filter.Holds:
		return c.lowerHolds(t, text)
	}
	return c.reach(t)
}

func (c *condition) lowerHolds(t filter.Holds, text bool) filter.Expr {
	compare := func(v filter.Value) filter.Expr { return filter.Compare{Field: c.Field, Op: t.Op, Value: v} }
	switch k := t.Value.Kind(); {
	case t.Op == filter.Eq && k == 'n':
		return filter.Not{X: filter.Exists{Field: c.Field}}
	case k == '"' && text:
		return compare(filter.Value{Kind: filter.StringValue, Str: t.Value.Text()})
	case k == '0' && (c.Column == filter.ColSeq || c.Column == filter.ColPID):
		if v, ok := filter.ParseNumber(string(t.Value)); ok {
			return compare(v)
		}
	case (k == 't' || k == 'f') && c.Column == filter.ColSuccess:
		return compare(filter.Value{Kind: filter.BoolValue, Bool: k == 't'})
	}
	return c.reach(t)
}

// moment reads a condition on a time: seconds since 1970, {"$date": milliseconds}, or ISO 8601.
func (c *condition) moment() (filter.Expr, error) {
	op, ok := compareOps[c.op]
	if !ok || c.fold {
		return nil, c.fail(c.at, "", "a time is compared with = != < <= > >=")
	}
	t, unit, err := c.readMoment()
	if err != nil {
		return nil, err
	}
	if c.date && (len(c.Path) > 0 || c.Column != filter.ColTime && c.Column != filter.ColReceived) {
		x := filter.Holds{Op: op, Value: filter.DateJSON(t.UnixMilli())}
		if c.op == "!=" {
			return c.reach(filter.Fails{Test: x, Null: true}), nil
		}
		return c.reach(x), nil
	}
	at := func(op filter.Op, plus time.Duration) filter.Expr {
		return filter.Compare{Field: c.Field, Op: op, Value: filter.Value{Kind: filter.TimeValue, Time: counterfoil.Time(t.Add(plus).UnixNano())}}
	}
	if unit == 0 {
		if c.op == "!=" {
			return filter.Not{X: at(filter.Eq, 0)}, nil
		}
		return at(op, 0), nil
	}
	switch c.op {
	case "=":
		return filter.And{X: []filter.Expr{at(filter.Ge, 0), at(filter.Lt, unit)}}, nil
	case "!=":
		return filter.Or{X: []filter.Expr{at(filter.Lt, 0), at(filter.Ge, unit)}}, nil
	case "<=":
		return at(filter.Lt, unit), nil
	case ">":
		return at(filter.Ge, unit), nil
	}
	return at(op, 0), nil
}

// readMoment gives the moment and how long it lasts: a second or a millisecond where it is written so, else 0.
func (c *condition) readMoment() (t time.Time, unit time.Duration, err error) {
	v := c.v
	number := func(v *value, scale time.Duration) (time.Time, time.Duration, error) {
		n, err := strconv.ParseInt(string(v.json), 10, 64)
		if err != nil || n > int64(8e18)/int64(scale) || n < -int64(8e18)/int64(scale) {
			return t, 0, c.fail(v.at, "", "%s is no moment", v.json)
		}
		return time.Unix(0, n*int64(scale)), scale, nil
	}
	switch {
	case v.kind == '"':
		for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02"} {
			if t, err = time.Parse(layout, v.text); err == nil && t.Year() > 1677 && t.Year() < 2262 {
				return t, 0, nil
			}
		}
		return t, 0, c.fail(v.at, "such as 2023-12-18T16:15:35+00:00", "%s is no time in ISO 8601", filter.Quote(v.text))
	case v.kind == '{' && len(v.kids) == 1 && v.keys[0] == "$date":
		return number(&v.kids[0], time.Millisecond)
	case v.kind == '0' && c.seconds:
		return number(v, time.Second)
	}
	return t, 0, c.fail(v.at, `such as "2023-12-18T16:15:35+00:00"`, "this is no moment")
}
