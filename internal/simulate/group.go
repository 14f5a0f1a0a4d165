package simulate

import (
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// group is records of which every rule says the same, or all but what is left to ask.
type group struct {
	rec       counterfoil.Record // one of them, its known columns
	seq       uint64             // its number
	now, next judge
	want      segment.Columns // what is left to look at; 0: nothing
	verdict   verdict         // where nothing is
	tally     tally
	losing    bool  // uses and asks are known:
	uses      []int // that find the records
	asks      []ask
	asksWant  segment.Columns
}

// ask is what is left to ask of a use.
type ask struct {
	use int
	x   filter.Expr
}

// group makes the group of a record.
func (p *part) group(k key, b *segment.Block, row int) (*group, error) {
	g := &group{}
	if err := b.Fill(row, &g.rec, p.known); err != nil {
		return nil, err
	}
	seqs, err := b.Seq()
	if err != nil {
		return nil, err
	}
	g.seq = uint64(seqs[row])
	in := p.sides.input(g.rec.Via)
	now, next := in.now.Given(&g.rec.Event, p.known.Has), in.next.Given(&g.rec.Event, p.known.Has)
	g.now, g.next = now, next
	for _, c := range slices.Concat(now.Columns(), next.Columns()) {
		g.want = g.want.With(c)
	}
	if g.want == 0 {
		if g.verdict = p.sides.judge(now, next, &g.rec.Event); g.verdict.loses() {
			p.findUses(g)
		}
	}
	p.groups[k], p.order = g, append(p.order, g)
	return g, nil
}

// ask judges a record of a group that is not decided as a whole.
func (p *part) ask(n int, g *group, b *segment.Block, row int, share float64) (v verdict, err error) {
	var rec counterfoil.Record
	if err := b.Fill(row, &rec, g.want); err != nil {
		return v, err
	}
	v = p.sides.judge(g.now, g.next, &rec.Event)
	if !v.loses() {
		return v, nil
	}
	seqs, err := b.Seq()
	if err != nil {
		return v, err
	}
	p.total.lose(v.rule, uint64(seqs[row]), 1, share)
	p.findUses(g)
	for _, u := range g.uses {
		p.total.use(u, 1)
	}
	return v, p.askUses(n, g, b, row)
}

// findUses finds what uses say of the records of a group, and what is left to ask.
func (p *part) findUses(g *group) {
	if g.losing {
		return
	}
	g.losing = true
	for i, u := range p.Uses {
		switch x := filter.Given(u.Filter, &g.rec, p.known.Has).(type) {
		case filter.All:
			g.uses = append(g.uses, i)
		case filter.None:
		default:
			g.asks = append(g.asks, ask{i, x})
			filter.Columns(x, func(c filter.Column) bool { g.asksWant = g.asksWant.With(c); return true })
		}
	}
}

// askUses asks what is left to ask of uses, of a record that is lost.
func (p *part) askUses(n int, g *group, b *segment.Block, row int) error {
	var rec counterfoil.Record
	for _, a := range g.asks {
		if p.mayFind(a.use)>>n&1 == 0 {
			continue
		}
		if rec.Major == 0 {
			if err := b.Fill(row, &rec, g.asksWant.With(filter.ColVersion)); err != nil {
				return err
			}
		}
		if filter.Eval(a.x, &rec) {
			p.total.use(a.use, 1)
		}
	}
	return nil
}

// mayFind gives the pages that may have a record that a use finds, as far as the index knows.
func (p *part) mayFind(use int) uint64 {
	if p.file == nil {
		return 1 // the head's rows come as page 0
	}
	mask, known := p.pages[use]
	if !known {
		if p.pages == nil {
			p.pages = map[int]uint64{}
		}
		mask = search.Pages(p.view, p.file, p.Uses[use].Filter)
		p.pages[use] = mask
	}
	return mask
}
