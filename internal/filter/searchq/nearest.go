package searchq

import (
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Translate writes any filter as a query, and says where the query means something else.
func Translate(x filter.Expr) (text string, losses []filter.Loss) {
	n := nearest{}
	return Print(n.expr(x)), n.losses
}

// nearest puts conditions of this grammar in the place of those that are none.
type nearest struct{ losses []filter.Loss }

func (n *nearest) lose(part, why string, nearly bool) {
	l := filter.Loss{Part: part, Why: why, Nearly: nearly}
	for _, known := range n.losses {
		if known == l {
			return
		}
	}
	n.losses = append(n.losses, l)
}

func (n *nearest) expr(x filter.Expr) filter.Expr {
	switch x := x.(type) {
	case filter.And:
		return filter.And{X: n.each(x.X)}
	case filter.Or:
		return filter.Or{X: n.each(x.X)}
	case filter.Not:
		return filter.Not{X: n.expr(x.X)}
	case filter.Reach:
		return n.reach(x)
	}
	return x
}

func (n *nearest) each(xs []filter.Expr) []filter.Expr {
	out := make([]filter.Expr, len(xs))
	for i, x := range xs {
		out[i] = n.expr(x)
	}
	return out
}

func (n *nearest) reach(x filter.Reach) filter.Expr {
	f := x.Field
	if c := f.Column; c != filter.ColEventData && c != filter.ColSvcData {
		if len(f.Path) > 0 {
			n.lose(f.String(), "there is nothing below a column", false)
			return filter.None{}
		}
		n.lose(f.String(), "text that is a number or a time equals one, and a list has no form of its own", true)
	} else {
		if len(f.Path) == 0 {
			n.lose(f.String(), "the data is one text here", false)
			return filter.None{}
		}
		n.lose(f.String(), "a path leads into every array, at any depth, and text that is a number equals one", true)
	}
	var path []string
	for _, key := range f.Path {
		switch {
		case key == "*" && x.Straight:
			continue
		case strings.Trim(key, "0123456789") == "":
			n.lose(f.String(), "a position in an array cannot be named", false)
		}
		path = append(path, key)
	}
	f.Path = path
	return n.test(f, x.Test)
}

func (n *nearest) test(f filter.Field, t filter.Test) filter.Expr {
	switch t := t.(type) {
	case filter.Holds:
		return n.holds(f, t.Op, t.Value)
	case filter.Among:
		var xs []filter.Expr
		for _, v := range t.Values {
			xs = append(xs, n.holds(f, filter.Eq, v))
		}
		return in(f, xs)
	case filter.Matches:
		return filter.Match{Field: f, Re: t.Re}
	case filter.Present:
		return filter.Exists{Field: f}
	case filter.Has:
		if t.Value.Kind() == '"' {
			n.lose(f.String(), "an element of an array, too, need only hold the text", true)
			return filter.Contains{Field: f, Text: t.Value.Text(), Fold: t.Fold}
		}
	case filter.Fails:
		n.lose(f.String(), "the opposite of a condition is true of what is missing", true)
		return filter.Not{X: n.test(f, t.Test)}
	}
	n.lose(f.String(), name(t)+" cannot be said", false)
	return filter.None{}
}

// in makes one list of what equals a literal each.
func in(f filter.Field, xs []filter.Expr) filter.Expr {
	x := filter.In{Field: f}
	for _, y := range xs {
		c, ok := y.(filter.Compare)
		if !ok || !c.Field.Equal(f) {
			return filter.Or{X: xs}
		}
		x.Values = append(x.Values, c.Value)
	}
	return x
}

// name says what a test is in the words of those who have it.
func name(t filter.Test) string {
	switch t := t.(type) {
	case filter.OfType:
		return "$type"
	case filter.Mod:
		return "$mod"
	case filter.Bits:
		return "$bitsAllSet and its like"
	case filter.Size:
		return "$size"
	case filter.Element:
		return "$elemMatch"
	case filter.Has:
		return "rin " + string(t.Value)
	}
	return "the condition"
}

// holds compares with a literal of the data.
func (n *nearest) holds(f filter.Field, op filter.Op, v counterfoil.JSON) filter.Expr {
	compare := func(v filter.Value) filter.Expr { return filter.Compare{Field: f, Op: op, Value: v} }
	switch v.Kind() {
	case 'n':
		return filter.Or{X: []filter.Expr{compare(filter.Value{}), filter.Not{X: filter.Exists{Field: f}}}}
	case 't', 'f':
		return compare(filter.Value{Kind: filter.BoolValue, Bool: v == "true"})
	case '0':
		if number, ok := filter.ParseNumber(string(v)); ok {
			return compare(number)
		}
	case '"':
		s := v.Text()
		if _, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) >= 16 {
			number, _ := filter.ParseNumber(s)
			return compare(number)
		}
		return compare(filter.Value{Kind: filter.StringValue, Str: s})
	case '{':
		if ms, ok := filter.DateOf(v); ok {
			if len(f.Path) > 0 {
				f.Path = append(f.Path[:len(f.Path):len(f.Path)], "$date")
			}
			return filter.Compare{Field: f, Op: op, Value: filter.Value{Kind: filter.TimeValue, Time: counterfoil.Time(ms * 1e6)}}
		}
	}
	n.lose(f.String(), "a whole object or array cannot be compared with", false)
	return filter.None{}
}
