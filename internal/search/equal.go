package search

import (
	"slices"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// equalNode is a leaf that asks for one value of a text column: its code is looked for once in a dictionary, and Eval not asked.
type equalNode struct {
	col  filter.Column
	text string

	dict *segment.Dict // in which the code was looked for
	code int           // -1: it is not there; several: more than once, or the dictionary is long, and texts are compared
}

const several = -2

// mostLooked is how long a dictionary may be that is looked through: of a longer one a page has few of the values.
const mostLooked = 8192

// equalOf gives the column and the value that x asks for, if it asks whether a text as it stands in the store is another.
func equalOf(x filter.Expr) (n equalNode, ok bool) {
	c, ok := x.(filter.Compare)
	if !ok || c.Op != filter.Eq || c.Value.Kind != filter.StringValue || c.Value.Str == "" || len(c.Field.Path) > 0 {
		return n, false
	}
	switch c.Field.Column {
	case filter.ColVersion, filter.ColCategory: // are written anew from what they mean
		return n, false
	}
	return equalNode{col: c.Field.Column, text: c.Value.Str}, isCoded(c.Field.Column)
}

func (n *equalNode) cost() int { return 1 }

func (n *equalNode) keep(b *segment.Block, sel []uint16) ([]uint16, error) {
	if runs, err := b.Runs(n.col); err != nil {
		return nil, err
	} else if runs != nil {
		if n.look(runs.Dict); n.code != several {
			return keepRuns(sel, runs, b.Rows(), func(code uint32) bool { return int(code) == n.code }), nil
		}
	}
	t, err := b.Text(n.col)
	if err != nil {
		return nil, err
	}
	if t.Dict == nil {
		return slices.DeleteFunc(sel, func(i uint16) bool { return t.Values[i] != n.text }), nil
	}
	n.look(t.Dict)
	switch {
	case n.code == several:
		return slices.DeleteFunc(sel, func(i uint16) bool { return t.At(int(i)) != n.text }), nil
	case n.code < 0 || t.IsConstant() && n.code > 0:
		return sel[:0], nil
	case t.IsConstant():
		return sel, nil
	case t.Small == nil:
		return keepCode(sel, t.Codes, uint32(n.code)), nil
	case len(sel) == len(t.Small):
		return keepOne(sel, t.Small, uint8(n.code)), nil
	}
	return keepCode(sel, t.Small, uint8(n.code)), nil
}

// look finds the code of the text.
func (n *equalNode) look(in *segment.Dict) {
	if !n.dict.Is(in) {
		n.dict, n.code = in, codeOf(in, n.text)
	}
}

func codeOf(dict *segment.Dict, text string) int {
	code := -1
	if dict.Len() > mostLooked {
		return several
	}
	for i := range dict.Len() {
		if dict.At(uint32(i)) == text {
			if code >= 0 {
				return several
			}
			code = i
		}
	}
	return code
}

// keepRuns gives those of the rows, all of so many or some, whose code is wanted.
func keepRuns(sel []uint16, r *segment.Runs, rows int, wanted func(code uint32) bool) []uint16 {
	all := len(sel) == rows
	kept, next, from := 0, 0, 0
	for i, end := range r.Ends {
		if wanted(r.Codes[i]) {
			if all {
				next = from
			}
			for next < len(sel) && int(sel[next]) < from {
				next++
			}
			for ; next < len(sel) && sel[next] < end; next++ {
				sel[kept] = sel[next]
				kept++
			}
		}
		from = int(end)
	}
	return sel[:kept]
}

// keepCode gives those of the rows that have a code.
func keepCode[C uint8 | uint32](sel []uint16, codes []C, code C) []uint16 {
	k := 0
	for _, i := range sel {
		sel[k] = i
		if codes[i] == code {
			k++
		}
	}
	return sel[:k]
}
