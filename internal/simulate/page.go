package simulate

import (
	"fmt"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// part is what is gathered of one sealed file, or of the head. For one goroutine.
type part struct {
	*compiled
	*total
	view  *trail.View
	file  *trail.Sealed // nil: the head
	bytes []float64     // of each page
	sides *sides

	kinds  []*kinds
	known  segment.Columns // columns that a group has
	groups map[key]*group
	order  []*group
	users  []tally // by the code of the user, until flush
	user   *kinds

	keys  [segment.MaxPageRows]key
	codes [2][segment.MaxPageRows]uint32
	pages map[int]uint64 // of a use: those that may have a record that it finds
}

func newPart(c *compiled, v *trail.View, s *trail.Sealed) (*part, error) {
	p := &part{compiled: c, total: newTotal(), view: v, file: s, sides: newSides(c.Now, c.Next, c.suppose), groups: map[key]*group{}}
	for _, col := range c.columns() {
		k := &kinds{col: col, each: slices.Contains(byValue, col), leaves: c.leaves[col]}
		if col == filter.ColUser {
			k.named = func(user string) bool { return p.sides.now.Names(user) || p.sides.next.Names(user) }
			p.user = k
		}
		p.kinds = append(p.kinds, k)
	}
	if s == nil {
		return p, nil
	}
	r, err := s.Reader()
	if err == nil {
		p.bytes, err = r.PageBytes()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name(), err)
	}
	return p, nil
}

// page judges rows of a page.
func (p *part) page(n int, b *segment.Block, rows []uint16) error {
	share := 0.0
	if p.file != nil {
		share = p.bytes[n] / float64(b.Rows())
		if err := p.span(b, rows); err != nil {
			return err
		}
	}
	if inexact, err := b.AnyInexact(); err != nil {
		return err
	} else if inexact { // columns are not what the rules look at
		return p.each(b, rows, share)
	}
	users, err := p.keysOf(b, rows)
	if err != nil {
		return err
	}
	var last *group
	var lastKey key
	for j, row := range rows {
		g := last
		if k := p.keys[j]; g == nil || k != lastKey {
			if g = p.groups[k]; g == nil {
				if g, err = p.group(k, b, int(row)); err != nil {
					return err
				}
			}
			last, lastKey = g, k
		}
		v := g.verdict
		if g.want != 0 {
			if v, err = p.ask(n, g, b, int(row), share); err != nil {
				return err
			}
		}
		at := v.place()
		g.tally.add(at, share)
		code := uint32(0)
		if users != nil {
			code = users[row]
		}
		p.users[code].add(at, share)
		if g.want == 0 && len(g.asks) > 0 {
			if err := p.askUses(n, g, b, int(row)); err != nil {
				return err
			}
		}
	}
	return nil
}

// keysOf makes the keys of rows, and gives the codes of the users; nil where all are 0.
func (p *part) keysOf(b *segment.Block, rows []uint16) (users []uint32, err error) {
	if err := p.begin(b); err != nil {
		return nil, err
	}
	clear(p.keys[:len(rows)])
	outcomes, err := b.Outcome()
	if err != nil {
		return nil, err
	}
	for j, row := range rows {
		p.keys[j][0] = uint64(outcomes[row])
	}
	for _, k := range p.kinds {
		if k.skip {
			continue
		}
		t, err := b.Text(k.col)
		if err != nil {
			return nil, err
		}
		buf := &p.codes[0]
		if k == p.user {
			buf = &p.codes[1]
		}
		codes := k.codes(t, buf[:])
		if k == p.user {
			users = codes
			p.users = append(p.users, make([]tally, max(len(k.known), 1)-len(p.users))...)
		}
		if codes == nil {
			continue
		}
		for j, row := range rows {
			kind := k.known[codes[row]]
			if kind == 0 {
				if kind, err = k.ask(b, int(row), codes[row]); err != nil {
					return nil, err
				}
			}
			p.keys[j][k.word] |= uint64(kind-1) << k.shift
		}
	}
	return users, nil
}

// begin begins anew where a page has other dictionaries than the pages before.
func (p *part) begin(b *segment.Block) error {
	texts := make([]*segment.Text, len(p.kinds))
	begun := len(p.order) > 0
	for i, k := range p.kinds {
		var err error
		if texts[i], err = b.Text(k.col); err != nil {
			return err
		}
		begun = begun && k.dict.Is(texts[i].Dict)
	}
	if begun {
		return nil
	}
	p.flush()
	p.known = segment.Columns(0).With(filter.ColSuccess)
	word, used := 0, 2 // the outcome is first
	for i, k := range p.kinds {
		k.begin(texts[i], k.each || k.col == filter.ColUser || k.col == filter.ColLoginID)
		if used+k.width > 64 && !k.skip {
			word, used = word+1, 0
		}
		if k.skip = k.skip || word >= len(key{}); !k.skip {
			k.word, k.shift = word, uint(used)
			used += k.width
			p.known = p.known.With(k.col)
		}
	}
	return nil
}

// each judges rows one by one.
func (p *part) each(b *segment.Block, rows []uint16, share float64) error {
	for _, row := range rows {
		var rec counterfoil.Record
		if err := b.Record(int(row), &rec); err != nil {
			return err
		}
		in := p.sides.input(rec.Via)
		v := p.sides.judge(in.now, in.next, &rec.Event)
		p.total.add(&rec, v.place(), share)
		if !v.loses() {
			continue
		}
		p.total.lose(v.rule, rec.Seq, 1, share)
		for i, u := range p.Uses {
			if filter.Eval(u.Filter, &rec) {
				p.total.use(i, 1)
			}
		}
	}
	return nil
}

// span widens the span of receipt to that of sealed rows.
func (p *part) span(b *segment.Block, rows []uint16) error {
	p.total.sealed += uint64(len(rows))
	received, err := b.Received()
	if err != nil {
		return err
	}
	for _, row := range rows {
		p.total.received(counterfoil.Time(received[row]))
	}
	return nil
}

// flush adds up what was gathered by codes, which are those of the dictionaries at hand.
func (p *part) flush() {
	for _, g := range p.order {
		p.total.addGroup(&g.rec, &g.tally)
		if v := g.verdict; g.want == 0 && v.loses() {
			n := g.tally[v.place()]
			p.total.lose(v.rule, g.seq, n.records, n.bytes)
			for _, u := range g.uses {
				p.total.use(u, n.records)
			}
		}
	}
	for code := range p.users {
		if t := &p.users[code]; !t.empty() {
			p.total.users.add(p.user.value(uint32(code)), t)
		}
	}
	clear(p.groups)
	p.order, p.users = nil, nil
}
