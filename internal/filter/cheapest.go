package filter

import "slices"

// Cheapest gives x with the terms of every And and Or in the order of what they cost to ask. It means the same.
func Cheapest(x Expr) Expr {
	switch x := x.(type) {
	case And:
		return And{cheapest(x.X)}
	case Or:
		return Or{cheapest(x.X)}
	case Not:
		return Not{Cheapest(x.X)}
	}
	return x
}

func cheapest(xs []Expr) []Expr {
	out := make([]Expr, len(xs))
	for i, x := range xs {
		out[i] = Cheapest(x)
	}
	slices.SortStableFunc(out, func(a, b Expr) int { return costOf(a) - costOf(b) })
	return out
}

// What a node costs beside one that compares a column.
const (
	costPath   = 10 // finding a value in data
	costRegexp = 20
	costWords  = 200
	costSlow   = 5000
)

func costOf(x Expr) int {
	switch x := x.(type) {
	case And:
		return costOfAll(x.X)
	case Or:
		return costOfAll(x.X)
	case Not:
		return costOf(x.X)
	case Words:
		return costWords
	case Match:
		return costOfField(x.Field) + costOfRegexp(x.Re)
	case Reach:
		return costOfField(x.Field) + costOfTest(x.Test)
	case In:
		return costOfField(x.Field) + len(x.Values)/4
	case Contains:
		return costOfField(x.Field) + 5
	}
	if f, ok := FieldOf(x); ok {
		return costOfField(f)
	}
	return 0
}

func costOfAll(xs []Expr) (cost int) {
	for _, x := range xs {
		cost += costOf(x)
	}
	return cost
}

// costOfField counts what stands before a value in data: keys are in order, so that those which begin late cost more.
func costOfField(f Field) int {
	if !isData(f.Column) {
		return 1 + len(f.Path)
	}
	cost := costPath
	for _, key := range f.Path {
		if key != "" && key[0] >= 'a' {
			cost += min(int(key[0]-'a'), 26)
		}
		cost += 2
	}
	return cost
}

func costOfTest(t Test) int {
	switch t := t.(type) {
	case Matches:
		return costOfRegexp(t.Re)
	case Among:
		return len(t.Values)
	case Fails:
		return costOfTest(t.Test)
	case Element:
		return 5 + costOf(t.X)
	}
	return 1
}

func costOfRegexp(r *Regexp) int {
	if r.re2 == nil {
		return costSlow
	}
	return costRegexp
}
