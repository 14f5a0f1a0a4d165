package filter

import "github.com/counterfoil/counterfoil"

// Given gives what is left to ask of x where some columns are known: for every record that agrees with r in them, [Eval]
// of what is left is Eval of x. [All] and [None] say that nothing is left. What may stay undecided is left as it is.
func Given(x Expr, r *counterfoil.Record, known func(Column) bool) Expr {
	switch x := x.(type) {
	case nil:
		return All{}
	case And:
		return givenAnd(x, r, known)
	case Or:
		return givenOr(x, r, known)
	case Not:
		switch y := Given(x.X, r, known).(type) {
		case All:
			return None{}
		case None:
			return All{}
		default:
			return Not{y}
		}
	}
	if f, ok := FieldOf(x); ok && known(f.Column) && !MayBeUndecided(x) {
		if Eval(x, r) {
			return All{}
		}
		return None{}
	}
	return x
}

func givenAnd(x And, r *counterfoil.Record, known func(Column) bool) Expr {
	var rest []Expr
	for _, y := range x.X {
		switch y := Given(y, r, known).(type) {
		case None:
			return y
		case All:
		default:
			rest = append(rest, y)
		}
	}
	switch len(rest) {
	case 0:
		return All{}
	case 1:
		return rest[0]
	}
	return And{rest}
}

func givenOr(x Or, r *counterfoil.Record, known func(Column) bool) Expr {
	var rest []Expr
	for _, y := range x.X {
		switch y := Given(y, r, known).(type) {
		case All:
			return y
		case None:
		default:
			rest = append(rest, y)
		}
	}
	switch len(rest) {
	case 0:
		return None{}
	case 1:
		return rest[0]
	}
	return Or{rest}
}

// Columns calls yield with every column that x looks at, some of them more than once, until it returns false.
func Columns(x Expr, yield func(Column) bool) bool {
	switch x := x.(type) {
	case nil, All, None:
		return true
	case And:
		return columnsOfAll(x.X, yield)
	case Or:
		return columnsOfAll(x.X, yield)
	case Not:
		return Columns(x.X, yield)
	case Words:
		for _, c := range searched {
			if !yield(c) {
				return false
			}
		}
		return yield(ColEvent) // which says whether raw is searched
	}
	f, _ := FieldOf(x)
	return yield(f.Column)
}

func columnsOfAll(xs []Expr, yield func(Column) bool) bool {
	for _, x := range xs {
		if !Columns(x, yield) {
			return false
		}
	}
	return true
}
