package sqlprint

import (
	"math"
	"math/big"
	"strconv"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// whole writes conditions about seq and subject.pid.
func (p *printer) whole(x filter.Expr, f filter.Field) string {
	c := column(f.Column)
	there := always
	if f.Column == filter.ColPID {
		there = c + " <> 0"
	}
	switch x := x.(type) {
	case filter.Exists:
		return there
	case filter.Compare:
		if x.Value.Kind != filter.NumberValue {
			return never
		}
		cond := compareWhole(c, x.Op, x.Value)
		switch {
		case cond == "":
			return p.lose(x, "the number is too long")
		case cond == always:
			return there
		case f.Column == filter.ColPID && cond != never:
			return there + " AND " + cond
		}
		return cond
	case filter.In:
		var parts []string
		for _, v := range x.Values {
			parts = append(parts, p.condition(filter.Compare{Field: f, Value: v}, true))
		}
		return orOf(parts, -1)
	case filter.Contains, filter.Prefix:
		return never // of text
	}
	return p.lose(x, "a number is compared, not looked into")
}

// compareWhole compares a column of whole numbers below 2^63 with a number of any kind; "" where it is too long to be looked at.
func compareWhole(c string, op filter.Op, v filter.Value) string {
	text := filter.NumberText(v)
	if len(text) > 40 || math.Abs(v.Num) > 1e40 || v.Num != 0 && math.Abs(v.Num) < 1e-40 {
		return ""
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok {
		return ""
	}
	floor := new(big.Int).Div(n.Num(), n.Denom()) // Euclidean: down, since the denominator is positive
	if !n.IsInt() {
		switch op {
		case filter.Eq:
			return never
		case filter.Lt:
			op = filter.Le
		case filter.Ge:
			op = filter.Gt
		}
	}
	switch {
	case floor.IsInt64() && (floor.Sign() >= 0 || c != column(filter.ColSeq)):
		return c + " " + signs[op] + " " + floor.String()
	case (floor.Sign() > 0) == (op == filter.Lt || op == filter.Le) && op != filter.Eq:
		return always
	}
	return never
}

// double writes a number that others are compared with as float64. exact is false where that may say something else.
func double(v filter.Value) (text string, exact bool) {
	whole := v.Str == "" && v.Num == math.Trunc(v.Num) && math.Abs(v.Num) < 1e15
	return strconv.FormatFloat(v.Num, 'g', -1, 64), whole
}
