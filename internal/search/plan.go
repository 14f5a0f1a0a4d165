package search

import (
	"math/bits"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// node is a part of a filter, ready for one segment. keep gives those of the rows in sel for which it is true, in sel's
// memory; sel is not empty.
type node interface {
	keep(b *segment.Block, sel []uint16) ([]uint16, error)
	cost() int
}

// compile makes the nodes of x for one segment. Leaves that look at one column of few values ask Eval once for each
// value; the others ask it for each row that the cheaper ones left.
func compile(x filter.Expr) node {
	switch x := x.(type) {
	case nil, filter.All:
		return allNode{}
	case filter.None:
		return noneNode{}
	case filter.And:
		n := make(andNode, len(x.X))
		for i, y := range x.X {
			n[i] = compile(y)
		}
		slices.SortStableFunc(n, func(a, b node) int { return a.cost() - b.cost() })
		return n
	case filter.Or:
		n := make(orNode, len(x.X))
		for i, y := range x.X {
			n[i] = compile(y)
		}
		return n
	case filter.Not:
		if filter.MayBeUndecided(x) { // which makes the whole true, not what is under the Not
			return &rowNode{x, segment.AllColumns}
		}
		return notNode{compile(x.X)}
	}
	if w, ok := x.(filter.Words); ok {
		return wordsNode(w)
	}
	return leaf(x)
}

// wordsNode looks for free words column by column: they must follow one another inside one text. Of raw bytes, only
// those of events that were not understood are searched.
func wordsNode(w filter.Words) node {
	var n orNode
	for col := range filter.NumColumns {
		switch {
		case !searchedColumns.Has(col):
		case col == filter.ColRaw:
			unparsed := filter.Compare{Field: filter.Field{Column: filter.ColEvent}, Value: filter.Value{Kind: filter.StringValue, Str: "UNPARSED"}}
			n = append(n, andNode{leaf(unparsed), &rowNode{w, segment.Columns(0).With(col).With(filter.ColEvent)}})
		case col == filter.ColEventData:
			n = append(n, &dataNode{w, segment.Columns(0).With(col), col, w.Literal(), true})
		default:
			n = append(n, &codeNode{x: w, col: col, want: segment.Columns(0).With(col), text: w.Literal()})
		}
	}
	return n
}

func isData(col filter.Column) bool { return col == filter.ColSvcData || col == filter.ColEventData }

func leaf(x filter.Expr) node {
	want := needs(x)
	f, ok := filter.FieldOf(x)
	if ok && isData(f.Column) {
		if text, fold := textIn(x); text != "" && filter.IsPlain(text) {
			return &dataNode{x, want, f.Column, text, fold}
		}
	}
	if ok && len(f.Path) == 0 {
		switch f.Column {
		case filter.ColAID:
			if id, ok := oneAID(x); ok {
				return aidNode(id)
			}
		case filter.ColSuccess:
			return outcomeNode(x)
		case filter.ColSvcData, filter.ColEventData, filter.ColRaw, filter.ColSeq, filter.ColTime, filter.ColReceived, filter.ColPID:
		default:
			if n, ok := equalOf(x); ok {
				return &n
			}
			return &codeNode{x: x, col: f.Column, want: want}
		}
	}
	return &rowNode{x: x, want: want}
}

// needs gives the columns that a leaf looks at.
func needs(x filter.Expr) segment.Columns {
	if f, ok := filter.FieldOf(x); ok {
		return segment.Columns(0).With(f.Column)
	}
	return segment.AllColumns
}

// searchedColumns are those that free words look at: filter.SearchedTexts says which, of a record that has them all.
var searchedColumns = func() (c segment.Columns) {
	full := counterfoil.Record{Via: "x", Event: counterfoil.Event{Dialect: "x", Host: "x", Service: "X", Name: "UNPARSED", Class: 1,
		Category: 1, Action: counterfoil.FileRead, Addr: "x", User: "x", Session: "x",
		Subject: counterfoil.Subject{LoginID: "x", ID: "x", Name: "x", Group: "x", Terminal: "x", PID: 1, Process: "x"},
		Object:  counterfoil.Object{Kind: "x", Name: "x", ID: "x", To: "x"}, SvcData: "{}", EventData: "{}", Raw: "x"}}
	filter.SearchedTexts(&full, func(col filter.Column, _ string) bool {
		c = c.With(col)
		return true
	})
	return c
}()

type allNode struct{}

func (allNode) keep(_ *segment.Block, sel []uint16) ([]uint16, error) { return sel, nil }
func (allNode) cost() int                                             { return 0 }

type noneNode struct{}

func (noneNode) keep(_ *segment.Block, sel []uint16) ([]uint16, error) { return sel[:0], nil }
func (noneNode) cost() int                                             { return 0 }

type andNode []node

func (n andNode) keep(b *segment.Block, sel []uint16) (_ []uint16, err error) {
	for _, k := range n {
		if len(sel) == 0 {
			break
		}
		if sel, err = k.keep(b, sel); err != nil {
			return nil, err
		}
	}
	return sel, nil
}

func (n andNode) cost() int { return sumCost(n) }

func sumCost(n []node) (c int) {
	for _, k := range n {
		c += k.cost()
	}
	return c
}

type orNode []node

func (n orNode) keep(b *segment.Block, sel []uint16) ([]uint16, error) {
	rest, asked := slices.Clone(sel), make([]uint16, 0, len(sel))
	var hit [segment.MaxPageRows]bool
	for _, k := range n {
		if len(rest) == 0 {
			break
		}
		got, err := k.keep(b, append(asked, rest...))
		if err != nil {
			return nil, err
		}
		if len(got) == 0 {
			continue
		}
		for _, i := range got {
			hit[i] = true
		}
		rest = slices.DeleteFunc(rest, func(i uint16) bool { return hit[i] })
	}
	if len(rest) == len(sel) {
		return sel[:0], nil
	}
	return slices.DeleteFunc(sel, func(i uint16) bool { return !hit[i] }), nil
}

func (n orNode) cost() int { return sumCost(n) }

type notNode struct{ x node }

func (n notNode) keep(b *segment.Block, sel []uint16) ([]uint16, error) {
	var hit [segment.MaxPageRows]bool
	got, err := n.x.keep(b, slices.Clone(sel))
	if err != nil {
		return nil, err
	}
	for _, i := range got {
		hit[i] = true
	}
	return slices.DeleteFunc(sel, func(i uint16) bool { return hit[i] }), nil
}

func (n notNode) cost() int { return n.x.cost() }

// outcomeNode is a leaf over success, which has three values.
func outcomeNode(x filter.Expr) node {
	var n outcomes
	for o := range n {
		n[o] = filter.Eval(x, &counterfoil.Record{Event: counterfoil.Event{Outcome: counterfoil.Outcome(o)}})
	}
	return &n
}

type outcomes [3]bool

func (n *outcomes) cost() int { return 2 }

func (n *outcomes) keep(b *segment.Block, sel []uint16) ([]uint16, error) {
	v, err := b.Outcomes()
	if err != nil {
		return nil, err
	}
	out := sel[:0]
	for _, i := range sel {
		if n[v.At(i)] {
			out = append(out, i)
		}
	}
	return out, nil
}

// rowNode asks Eval for every row.
type rowNode struct {
	x    filter.Expr
	want segment.Columns
}

func (n *rowNode) cost() int { return 100 }

func (n *rowNode) keep(b *segment.Block, sel []uint16) ([]uint16, error) {
	out := sel[:0]
	var rec counterfoil.Record
	if col := filter.Column(bits.TrailingZeros64(uint64(n.want))); n.want == segment.Columns(0).With(col) && (b.Once || len(sel) <= b.Rows()/4) {
		ok, err := b.Some(col, sel, func(i uint16, value string) error {
			rec = counterfoil.Record{}
			if err := segment.SetText(&rec, col, value); err != nil {
				return err
			}
			if filter.Eval(n.x, &rec) {
				out = append(out, i)
			}
			return nil
		})
		if ok || err != nil {
			return out, err
		}
	}
	for _, i := range sel {
		if err := b.Fill(int(i), &rec, n.want); err != nil {
			return nil, err
		}
		if filter.Eval(n.x, &rec) {
			out = append(out, i)
		}
	}
	return out, nil
}
