package search

import (
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// dataNode is a leaf over data, or other texts without a dictionary, that is true only where a text stands: it is looked for in the
// whole page at once, and Eval is asked for the rows that have it. Without a text Eval is asked for all of them.
type dataNode struct {
	x    filter.Expr
	want segment.Columns
	col  filter.Column
	text string
	fold bool // the text is in lower case, and stands there in any; so may x be true of a row with a byte above 0x7f
}

// textIn gives a text that a value has of which x is true, as it is or, with fold, in any case and then in lower case; "" where none is known.
func textIn(x filter.Expr) (text string, fold bool) {
	switch x := x.(type) {
	case filter.Contains:
		if x.Fold {
			return strings.ToLower(x.Text), true
		}
		return x.Text, false
	case filter.Prefix:
		return x.Text, false
	case filter.Match:
		return x.Re.Literal(), false
	case filter.Compare:
		if x.Op == filter.Eq && x.Value.Kind == filter.StringValue {
			return x.Value.Str, false
		}
	}
	return "", false
}

func (n *dataNode) cost() int { return 50 }

func (n *dataNode) keep(b *segment.Block, sel []uint16) ([]uint16, error) {
	if n.text != "" && len(sel) >= b.Rows()/4 {
		var hit [segment.MaxPageRows]bool
		ok, err := b.Find(n.col, n.text, n.fold, func(row int) { hit[row] = true })
		if err != nil {
			return nil, err
		}
		if ok { // where the text runs over the end of a row it is none: Eval will see
			sel = slices.DeleteFunc(sel, func(i uint16) bool { return !hit[i] })
		}
	}
	if len(sel) == 0 {
		return sel, nil
	}
	return (&rowNode{n.x, n.want}).keep(b, sel)
}

// aidNode is a leaf that asks for one aid.
type aidNode counterfoil.AID

// oneAID gives the aid that x is true of, if it can be true of one only.
func oneAID(x filter.Expr) (counterfoil.AID, bool) {
	c, ok := x.(filter.Compare)
	if !ok || c.Op != filter.Eq || c.Value.Kind != filter.StringValue {
		return counterfoil.AID{}, false
	}
	id, err := counterfoil.ParseAID(c.Value.Str)
	return id, err == nil && id.String() == c.Value.Str // texts are compared, and there may be others for it
}

func (n aidNode) cost() int { return 3 }

func (n aidNode) keep(b *segment.Block, sel []uint16) ([]uint16, error) {
	return b.KeepAID(counterfoil.AID(n), sel)
}
