package truenasq

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Print writes a filter as query-filters. Parse gives it back: the same tree if Parse made it, and else one of the same
// meaning, but for what losses say.
func Print(x filter.Expr) (text string, losses []filter.Loss) {
	p := printer{}
	list := p.list(x, 0)
	return "[" + strings.Join(list, ",") + "]", p.losses
}

type printer struct{ losses []filter.Loss }

func (p *printer) lose(part, why string, nearly bool) {
	l := filter.Loss{Part: part, Why: why, Nearly: nearly}
	if !slices.Contains(p.losses, l) {
		p.losses = append(p.losses, l)
	}
}

// list writes x as conditions that hold together.
func (p *printer) list(x filter.Expr, depth int) (all []string) {
	switch x := x.(type) {
	case nil, filter.All:
		return nil
	case filter.And:
		for _, y := range x.X {
			all = append(all, p.list(y, depth)...)
		}
		return all
	case filter.Not:
		return p.not(x.X, depth)
	}
	return []string{p.condition(x, depth)}
}

const never = `["event","in",[]]`

// condition writes what is no And, Not or All.
func (p *printer) condition(x filter.Expr, depth int) string {
	if y, ok := byNames(x); ok {
		return p.or(y.X, depth+1)
	}
	switch x := x.(type) {
	case filter.None:
		return never
	case filter.Or:
		return p.or(x.X, depth+1)
	case filter.Words:
		p.lose(filter.Quote(x.Text), "free words cannot be said", false)
		return never
	case filter.Reach:
		if !x.Straight && len(x.Field.Path) > 0 {
			p.lose(x.Field.String(), "a path leads into an array only where it says so, and what is missing meets no condition", true)
		}
		if isTime(x.Field) {
			p.lose(x.Field.String(), "a time is compared with a moment", false)
		}
		if !x.Straight {
			x.Test = present(x.Field, x.Test)
		}
		return p.test(x.Field, x.Test)
	case filter.Contains:
		p.text(x.Field)
		return line(x.Field, fold(x.Fold)+"rin", counterfoil.String(x.Text))
	case filter.Prefix:
		p.text(x.Field)
		if !filter.Sayable(x.Text) {
			p.lose(x.Field.String(), "the beginning of a text has no bytes that are not valid UTF-8", false)
		}
		return line(x.Field, "^", counterfoil.String(x.Text))
	case filter.Match:
		p.text(x.Field)
		return matches(x.Field, x.Re)
	case filter.Compare:
		p.data(x.Field)
		p.typed(x.Field, x.Value)
		if isEmpty(x) {
			return never
		}
		if x.Field.Column == filter.ColClass && x.Op == filter.Eq {
			return line(x.Field, "rin", valueJSON(x.Value))
		}
		op := [...]string{filter.Eq: "=", filter.Lt: "<", filter.Le: "<=", filter.Gt: ">", filter.Ge: ">="}[x.Op]
		return line(x.Field, op, valueJSON(x.Value))
	case filter.In:
		p.data(x.Field)
		if isTime(x.Field) {
			p.lose(x.Field.String(), "a time is compared with one other", false)
		}
		p.typed(x.Field, x.Values...)
		return line(x.Field, "in", values(said(x)))
	case filter.Exists:
		p.data(x.Field)
		p.there(x.Field)
		return line(x.Field, "!=", "null")
	}
	panic("truenasq: Print of a node of another package")
}

// there says that a time cannot be asked whether it is there.
func (p *printer) there(f filter.Field) {
	if isTime(f) {
		p.lose(f.String(), "a time is always there", false)
	}
}

// typed says that a value of another type than the column's, or a number that no JSON number can carry, would mean something else.
func (p *printer) typed(f filter.Field, vs ...filter.Value) {
	for _, v := range vs {
		if j, err := counterfoil.Canonical(string(valueJSON(v))); !filter.Fits(f, v) || v.Kind == filter.NumberValue && (err != nil || j.Kind() == '"') {
			p.lose(f.String(), "a value of another type than the field's is never equal to it, before it or behind it", false)
		}
	}
}

// isEmpty tells a comparison of a column with empty text, which is never true: an empty column is missing. To TrueNAS it is both.
func isEmpty(x filter.Compare) bool {
	switch x.Field.Column {
	case filter.ColEventData, filter.ColSvcData, filter.ColClass:
		return false
	}
	return x.Op == filter.Eq && x.Value.Kind == filter.StringValue && x.Value.Str == "" && len(x.Field.Path) == 0
}

// said gives the values of a list, but for the empty text where isEmpty says that it is asked in vain.
func said(x filter.In) []filter.Value {
	return slices.DeleteFunc(slices.Clone(x.Values), func(v filter.Value) bool {
		return isEmpty(filter.Compare{Field: x.Field, Op: filter.Eq, Value: v})
	})
}

// present is said for a list of MongoDB's, to which an empty column is missing, too.
func present(f filter.Field, t filter.Test) filter.Test {
	among, ok := t.(filter.Among)
	if !ok {
		return t
	}
	among.Values = slices.DeleteFunc(slices.Clone(among.Values), func(v counterfoil.JSON) bool {
		return v == `""` && isEmpty(filter.Compare{Field: f, Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue}})
	})
	return among
}

// byNames writes a condition that any class of a record may meet as one of the classes that do: to TrueNAS they are one value, a list,
// which can only be asked for an element.
func byNames(x filter.Expr) (or filter.Or, ok bool) {
	f, _ := filter.FieldOf(x)
	eq := func(name string) filter.Expr {
		return filter.Compare{Field: f, Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue, Str: name}}
	}
	switch y := x.(type) {
	case filter.Exists, filter.Reach:
		return or, false
	case filter.Compare:
		if y.Op == filter.Eq {
			return or, false
		}
	}
	if f.Column != filter.ColClass {
		return or, false
	}
	for i, name := range counterfoil.AllClasses.Names() {
		if filter.Eval(x, &counterfoil.Record{Event: counterfoil.Event{Class: 1 << i}}) {
			or.X = append(or.X, eq(name))
		}
	}
	return or, true
}

func fold(yes bool) string {
	if yes {
		return "C"
	}
	return ""
}

// data says how search sees the data another way.
func (p *printer) data(f filter.Field) {
	if f.Column == filter.ColEventData || f.Column == filter.ColSvcData {
		p.lose(f.String(), "an array is one value, and text is never a number or a time", true)
	}
}

// text is data for conditions that are about text.
func (p *printer) text(f filter.Field) {
	p.data(f)
	if isTime(f) || f.Column == filter.ColSeq || f.Column == filter.ColPID || f.Column == filter.ColSuccess {
		p.lose(f.String(), "an operator of text is about text only", false)
	}
}

func isTime(f filter.Field) bool { return f.Column == filter.ColTime || f.Column == filter.ColReceived }

func (p *printer) or(xs []filter.Expr, depth int) string {
	if len(xs) == 0 {
		return never
	}
	if depth > maxDepth {
		p.lose("OR", "it nests deeper than 3", false)
	}
	var branches []string
	for _, x := range xs {
		list := p.list(x, depth)
		if len(list) == 1 {
			branches = append(branches, list[0])
		} else if len(list) == 0 { // a branch that is always true
			branches = append(branches, `["event","nin",[]]`)
		} else {
			branches = append(branches, "["+strings.Join(list, ",")+"]")
		}
	}
	return `["OR",[` + strings.Join(branches, ",") + "]]"
}

// not writes the opposite of x: nothing but operators has one.
func (p *printer) not(x filter.Expr, depth int) []string {
	if y, ok := byNames(x); ok {
		return p.deMorgan(y, depth)
	}
	var opposite string
	switch y := x.(type) {
	case nil, filter.All:
		return []string{never}
	case filter.None:
		return nil
	case filter.Not:
		return p.list(y.X, depth)
	case filter.And, filter.Or:
		return p.deMorgan(x, depth)
	case filter.Exists:
		p.data(y.Field)
		p.there(y.Field)
		return []string{line(y.Field, "=", "null")}
	case filter.Compare:
		if isEmpty(y) {
			return nil
		}
		if y.Op == filter.Eq && y.Field.Column == filter.ColClass {
			opposite = "rnin"
			break
		}
		if y.Op == filter.Eq {
			p.data(y.Field)
			p.typed(y.Field, y.Value)
			return []string{line(y.Field, "!=", valueJSON(y.Value))}
		}
		opposite = map[filter.Op]string{filter.Lt: ">=", filter.Le: ">", filter.Gt: "<=", filter.Ge: "<"}[y.Op]
	case filter.In:
		opposite = "nin"
	case filter.Contains:
		opposite = fold(y.Fold) + "rnin"
	case filter.Prefix:
		opposite = "!^"
	case filter.Reach:
		p.lose("not "+y.Field.String(), "what is missing meets no condition", true)
		return []string{p.condition(filter.Reach{Field: y.Field, Straight: true, Test: filter.Fails{Test: y.Test, Null: true}}, depth)}
	default:
		p.lose("not", "there is no such operator", false)
		return []string{p.condition(x, depth)}
	}
	said := p.condition(x, depth) // [field, operator, value]
	var parts []json.RawMessage
	if err := json.Unmarshal([]byte(said), &parts); err != nil || len(parts) != 3 {
		panic("truenasq: a condition is no condition: " + said)
	}
	field := string(parts[0])
	if f, _ := filter.FieldOf(x); isTime(f) { // it is always there, and is compared with nothing but moments
		return []string{"[" + field + `,"` + opposite + `",` + string(parts[2]) + "]"}
	}
	return []string{`["OR",[[` + field + `,"` + opposite + `",` + string(parts[2]) + `],[` + field + `,"=",null]]]`}
}

func (p *printer) deMorgan(x filter.Expr, depth int) []string {
	var each []filter.Expr
	or, isOr := x.(filter.Or)
	if !isOr {
		or.X = x.(filter.And).X
	}
	for _, y := range or.X {
		each = append(each, filter.Not{X: y})
	}
	if isOr {
		return p.list(filter.And{X: each}, depth)
	}
	return []string{p.or(each, depth+1)}
}

func line(f filter.Field, op string, value counterfoil.JSON) string {
	return named(fieldName(f), op, value)
}

func named(field, op string, value counterfoil.JSON) string {
	return "[" + string(counterfoil.String(field)) + `,"` + op + `",` + string(value) + "]"
}

// test writes a test of a field as one operator.
func (p *printer) test(f filter.Field, t filter.Test) string {
	switch t := t.(type) {
	case filter.Holds:
		return holds(f, t, [...]string{filter.Eq: "=", filter.Lt: "<", filter.Le: "<=", filter.Gt: ">", filter.Ge: ">="}[t.Op])
	case filter.Among:
		return line(f, "in", list(t.Values))
	case filter.Has:
		return line(f, fold(t.Fold)+"rin", t.Value)
	case filter.Matches:
		return matches(f, t.Re)
	case filter.Present:
		return line(f, "!=", "null")
	case filter.Fails:
		switch u := t.Test.(type) {
		case filter.Holds:
			if u.Op == filter.Eq {
				return holds(f, u, "!=")
			}
		case filter.Among:
			return line(f, "nin", list(u.Values))
		case filter.Has:
			return line(f, fold(u.Fold)+"rnin", u.Value)
		case filter.Matches:
			op, v := affix(u.Re)
			if op == "C=" && !t.Null { // of a list of one
				op, v = "Cin", list([]counterfoil.JSON{v})
			}
			if op != "~" {
				return line(f, opposites[op], v)
			}
		}
	}
	p.lose(f.String(), "there is no operator for it", false)
	return never
}

var opposites = map[string]string{"^": "!^", "$": "!$", "C^": "C!^", "C$": "C!$", "C=": "C!=", "Cin": "Cnin"}

func holds(f filter.Field, t filter.Holds, op string) string {
	if v := t.Value.Member("$date"); v.Kind() == '"' && len(f.Path) > 0 {
		return named(fieldName(f)+".$date", op, v)
	}
	return line(f, op, t.Value)
}

func list(vs []counterfoil.JSON) counterfoil.JSON {
	var b counterfoil.Builder
	b.Array("")
	for _, v := range vs {
		b.Value("", v)
	}
	b.End()
	return b.JSON()
}

func values(vs []filter.Value) counterfoil.JSON {
	var js []counterfoil.JSON
	for _, v := range vs {
		js = append(js, valueJSON(v))
	}
	return list(js)
}

func valueJSON(v filter.Value) counterfoil.JSON {
	switch v.Kind {
	case filter.StringValue:
		return counterfoil.String(v.Str)
	case filter.NumberValue:
		return counterfoil.JSON(filter.NumberText(v))
	case filter.BoolValue:
		return counterfoil.JSON(strconv.FormatBool(v.Bool))
	case filter.TimeValue:
		return counterfoil.String(v.Time.String())
	}
	return "null"
}
