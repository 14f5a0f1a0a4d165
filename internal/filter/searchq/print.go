package searchq

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Print writes a filter as a query. Parse gives it back: the same tree if Parse made it, and a filter of the same
// meaning for any other, but for conditions of other grammars: [Translate] says where it means something else.
func Print(x filter.Expr) string {
	var b strings.Builder
	printExpr(&b, x, loose)
	return b.String()
}

// String writes a query with its moments in RFC 3339.
func (q Query) String() string {
	var b strings.Builder
	for _, m := range [...]struct {
		word string
		t    counterfoil.Time
	}{{"since ", q.From}, {"until ", q.To}} {
		if m.t != 0 {
			b.WriteString(m.word + m.t.String() + " ")
		}
	}
	if _, all := q.Expr.(filter.All); (all || q.Expr == nil) && b.Len() > 0 {
		return strings.TrimSuffix(b.String(), " ")
	}
	binding := loose
	if _, or := q.Expr.(filter.Or); or && b.Len() > 0 {
		binding = inAnd
	}
	printExpr(&b, q.Expr, binding)
	return b.String()
}

// How tightly what stands around an expression binds.
const (
	loose = iota // nothing stands around, or parentheses
	inOr
	inAnd
	inNot
)

func printExpr(b *strings.Builder, x filter.Expr, around int) {
	switch x := x.(type) {
	case nil, filter.All:
		b.WriteString("*")
	case filter.None:
		b.WriteString("not *")
	case filter.And:
		printList(b, x.X, " and ", filter.All{}, inAnd, around)
	case filter.Or:
		printList(b, x.X, " or ", filter.None{}, inOr, around)
	case filter.Not:
		printNot(b, x)
	case filter.Compare:
		printSigned(b, x.Field, compareSigns[x.Op], printValue(x.Field, x.Op, x.Value))
	case filter.In:
		printIn(b, x)
	case filter.Contains:
		op := " contains "
		if x.Fold {
			op = " icontains "
		}
		printSigned(b, x.Field, op, printPart(x.Field, x.Text))
	case filter.Prefix:
		printSigned(b, x.Field, " startswith ", printPart(x.Field, x.Text))
	case filter.Match:
		printSigned(b, x.Field, " ~ ", quote(x.Re.String()))
	case filter.Exists:
		printSigned(b, x.Field, " exists", "")
	case filter.Words:
		b.WriteString(printWords(x))
	case filter.Reach:
		n := nearest{}
		printExpr(b, n.expr(x), around)
	}
}

var compareSigns = [...]string{filter.Eq: " = ", filter.Lt: " < ", filter.Le: " <= ", filter.Gt: " > ", filter.Ge: " >= "}

func printSigned(b *strings.Builder, f filter.Field, op, value string) {
	b.WriteString(f.String() + op + value)
}

// printList writes the terms of an and or an or; empty is what no terms mean.
func printList(b *strings.Builder, xs []filter.Expr, sign string, empty filter.Expr, binding, around int) {
	switch len(xs) {
	case 0:
		printExpr(b, empty, around)
		return
	case 1:
		printExpr(b, xs[0], around)
		return
	}
	parens := around >= binding
	if parens {
		b.WriteByte('(')
	}
	for i, x := range xs {
		if i > 0 {
			b.WriteString(sign)
		}
		printExpr(b, x, binding)
	}
	if parens {
		b.WriteByte(')')
	}
}

func printNot(b *strings.Builder, x filter.Not) {
	switch y := single(x.X).(type) {
	case filter.Compare:
		if y.Op == filter.Eq {
			printSigned(b, y.Field, " != ", printValue(y.Field, y.Op, y.Value))
			return
		}
	case filter.Match:
		printSigned(b, y.Field, " !~ ", quote(y.Re.String()))
		return
	}
	b.WriteString("not ")
	printExpr(b, x.X, inNot)
}

// single takes an and or an or of one term off it.
func single(x filter.Expr) filter.Expr {
	for {
		var xs []filter.Expr
		switch y := x.(type) {
		case filter.And:
			xs = y.X
		case filter.Or:
			xs = y.X
		}
		if len(xs) != 1 {
			return x
		}
		x = xs[0]
	}
}

func printIn(b *strings.Builder, x filter.In) {
	if len(x.Values) == 0 {
		b.WriteString("not *")
		return
	}
	b.WriteString(x.Field.String() + " in (")
	for i, v := range x.Values {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(printValue(x.Field, filter.Eq, v))
	}
	b.WriteByte(')')
}

// printValue writes a literal so that it is read back as it is: bare, quoted, or exact behind #.
func printValue(f filter.Field, op filter.Op, v filter.Value) string {
	plain := exactText(v)
	forms := []string{plain}
	switch {
	case v.Kind == filter.StringValue && isBareValue(v.Str):
		forms = []string{v.Str, quote(v.Str)}
	case v.Kind == filter.StringValue:
		forms = []string{quote(v.Str)}
	}
	for _, form := range forms {
		p := parser{scanner: scanner{q: form}, now: time.Unix(0, 0).UTC()}
		l, err := p.literal("", "(),")
		if err == nil {
			var back filter.Value
			if back, err = p.value(f, op, 0, l); err == nil && p.i == len(form) && back == v {
				return form
			}
		}
	}
	if v.Kind == filter.StringValue {
		plain = quote(v.Str)
	}
	return "#" + plain
}

// exactText writes a literal that is no string as it stands behind #.
func exactText(v filter.Value) string {
	switch v.Kind {
	case filter.BoolValue:
		if v.Bool {
			return "true"
		}
		return "false"
	case filter.NumberValue:
		return filter.NumberText(v)
	case filter.TimeValue:
		return v.Time.String()
	}
	return "null"
}

// isBareValue tells the strings that are read well without quotes.
func isBareValue(s string) bool {
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-./:@+%$", r) {
			return false
		}
	}
	return s != "" && utf8.ValidString(s)
}

// printPart writes the text that contains and its like look for.
func printPart(f filter.Field, s string) string {
	k := kindOf(f)
	if k == number || k == boolean || fieldCase(f, s) != s {
		return "#" + quote(s)
	}
	return quote(s)
}

// quote prefers single quotes where double ones would need an escape.
func quote(s string) string {
	q := filter.Quote(s)
	if len(q) > len(s)+2 && !strings.Contains(s, "'") {
		return "'" + s + "'"
	}
	return q
}

func printWords(w filter.Words) string {
	star := ""
	if w.Prefix {
		star = "*"
	}
	some := false
	filter.Tokens(w.Text, false, func(string) bool { some = true; return false })
	if !some {
		return "*"
	}
	form := w.Text + star
	if isBareValue(w.Text) {
		if q, err := Parse(form, time.Unix(0, 0).UTC()); err == nil && q.Expr == filter.Expr(w) {
			return form
		}
	}
	return quote(w.Text) + star
}

// Bounded gives the query as a filter alone: its moments are conditions on time.
func (q Query) Bounded() filter.Expr {
	at := func(op filter.Op, t counterfoil.Time) filter.Expr {
		return filter.Compare{Field: filter.Field{Column: filter.ColTime}, Op: op, Value: filter.Value{Kind: filter.TimeValue, Time: t}}
	}
	var xs []filter.Expr
	if q.From != 0 {
		xs = append(xs, at(filter.Ge, q.From))
	}
	if q.To != 0 {
		xs = append(xs, at(filter.Lt, q.To))
	}
	if len(xs) == 0 {
		return q.Expr
	}
	if _, all := q.Expr.(filter.All); !all {
		xs = append(xs, q.Expr)
	}
	return filter.And{X: xs}
}
