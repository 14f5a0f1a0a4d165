package filter

import (
	"strings"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
)

// Eval reports whether x is true of r. A nil x is All. What an expression of [Match] or [Matches] is not decided of (see
// [Regexp]) makes x true, under a Not as elsewhere: nothing is lost, but too much may be found.
func Eval(x Expr, r *counterfoil.Record) bool { return eval(x, r, true) }

// eval takes what is not decided as undecided.
func eval(x Expr, r *counterfoil.Record, undecided bool) bool {
	switch x := x.(type) {
	case nil, All:
		return true
	case None:
		return false
	case And:
		for _, y := range x.X {
			if !eval(y, r, undecided) {
				return false
			}
		}
		return true
	case Or:
		for _, y := range x.X {
			if eval(y, r, undecided) {
				return true
			}
		}
		return false
	case Not:
		return !eval(x.X, r, !undecided)
	case Compare:
		return evalCompare(&x, r)
	case In:
		return some(x.Field, r, func(v val) bool {
			for i := range x.Values {
				if c, ok := compare(v, &x.Values[i]); ok && c == 0 {
					return true
				}
			}
			return false
		})
	case Contains:
		return evalContains(&x, r)
	case Prefix:
		return some(x.Field, r, func(v val) bool { return v.isText() && strings.HasPrefix(v.text(), x.Text) })
	case Match:
		open := false
		return some(x.Field, r, func(v val) bool {
			if v.kind == NullValue || v.kind == structure {
				return false
			}
			matched, ok := x.Re.match(v.text())
			open = open || !ok
			return matched
		}) || open && undecided
	case Exists:
		return some(x.Field, r, func(val) bool { return true })
	case Words:
		return evalWords(x, r)
	case Reach:
		return x.holds(r, undecided)
	}
	panic("filter: Eval of a node of another package")
}

// isText tells the values that Contains and Prefix look at: strings, and times by their canonical text.
func (v val) isText() bool { return v.kind == StringValue || v.kind == TimeValue }

func evalCompare(x *Compare, r *counterfoil.Record) bool {
	return some(x.Field, r, func(v val) bool {
		if x.Op == Eq && v.kind == StringValue && x.Value.Kind == StringValue {
			return v.s == x.Value.Str
		}
		c, ok := compare(v, &x.Value)
		return ok && x.Op.holds(c)
	})
}

// holds reports whether the comparison is true where value and literal compare as c.
func (o Op) holds(c int) bool {
	switch o {
	case Eq:
		return c == 0
	case Lt:
		return c < 0
	case Le:
		return c <= 0
	case Gt:
		return c > 0
	case Ge:
		return c >= 0
	}
	return false
}

// compare orders a value against a literal. ok is false where their types differ. false lies before true.
func compare(v val, lit *Value) (c int, ok bool) {
	switch lit.Kind {
	case NullValue:
		return 0, v.kind == NullValue
	case StringValue:
		return strings.Compare(v.s, lit.Str), v.kind == StringValue
	case NumberValue:
		if v.kind == NumberValue || v.kind == StringValue {
			return compareNumber(v, *lit)
		}
	case BoolValue:
		return int(v.i - boolean(lit.Bool).i), v.kind == BoolValue
	case TimeValue:
		t := counterfoil.Time(v.i)
		if v.kind == StringValue && len(v.s) >= len("2006-01-02T15:04:05Z") {
			p, err := counterfoil.ParseTime(v.s)
			if err != nil {
				return 0, false
			}
			v.kind, t = TimeValue, p
		}
		if v.kind != TimeValue {
			return 0, false
		}
		switch {
		case t < lit.Time:
			return -1, true
		case t > lit.Time:
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

func evalContains(x *Contains, r *counterfoil.Record) bool {
	if !x.Fold {
		return some(x.Field, r, func(v val) bool { return v.isText() && strings.Contains(v.text(), x.Text) })
	}
	text := strings.ToLower(x.Text)
	return some(x.Field, r, func(v val) bool { return v.isText() && containsLower(v.text(), text) })
}

// containsLower reports whether strings.ToLower(s) contains needle, without making it where s is ASCII.
func containsLower(s, needle string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return strings.Contains(strings.ToLower(s), needle)
		}
	}
	for i := 0; i+len(needle) <= len(s); i++ {
		j := 0
		for j < len(needle) && lowerByte(s[i+j]) == needle[j] {
			j++
		}
		if j == len(needle) {
			return true
		}
	}
	return false
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
