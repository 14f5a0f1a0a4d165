package search

import (
	"math/bits"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Pages gives the pages of a sealed file that may hold a record of which x is true, as bits, as far as its index knows.
func Pages(v *trail.View, s *trail.Sealed, x filter.Expr) uint64 {
	return pages(v.ID, s, &Query{}, filter.Require(x))
}

// pages gives the pages of a segment that may hold a record that matches, as bits.
func pages(id counterfoil.TrailID, s *trail.Sealed, q *Query, must filter.Required) uint64 {
	x := s.Index
	if !q.timeOverlaps(x.MinTime, x.MaxTime) || !q.seqOverlaps(s.First, s.Last) {
		return 0
	}
	b := &indexBlock{id: id, x: x, pages: ^uint64(0) >> (64 - len(x.Pages))}
	if !must.May(b) {
		return 0
	}
	var mask uint64
	for p := range x.Pages {
		z := &x.Pages[p]
		b.pages, b.zone = 1<<p, z
		if q.timeOverlaps(z.MinTime, z.MaxTime) && q.seqOverlaps(z.MinSeq, z.MaxSeq) && must.May(b) {
			mask |= 1 << p
		}
	}
	return mask
}

// indexBlock tells filter.Required what the index knows of some pages.
type indexBlock struct {
	id    counterfoil.TrailID
	x     *segment.Index
	pages uint64           // which
	zone  *segment.Zone    // of the one page; nil: all
	had   map[asked]uint64 // the pages of what was asked before: it is asked again of each page
}

// asked is a token by its hash, or a value.
type asked struct {
	hash  uint64
	col   filter.Column
	value string
}

func (b *indexBlock) HasValue(c filter.Column, value string) bool {
	return b.once(asked{col: c, value: value}, func() uint64 { return b.x.MayHaveValue(b.id, c, value) })
}

func (b *indexBlock) HasToken(h uint64) bool {
	return b.once(asked{hash: h}, func() uint64 { return b.x.MayHaveToken(h) })
}

func (b *indexBlock) once(k asked, look func() uint64) bool {
	mask, ok := b.had[k]
	if !ok {
		if b.had == nil {
			b.had = map[asked]uint64{}
		}
		mask = look()
		b.had[k] = mask
	}
	return mask&b.pages != 0
}

func (b *indexBlock) Range(c filter.Column) (least, greatest int64, ok bool) {
	z := b.zone
	switch {
	case c == filter.ColTime && z == nil:
		return int64(b.x.MinTime), int64(b.x.MaxTime), true
	case c == filter.ColTime:
		return int64(z.MinTime), int64(z.MaxTime), true
	case c == filter.ColSeq && z == nil:
		last := b.x.First
		for i := range b.x.Pages {
			last = max(last, b.x.Pages[i].MaxSeq)
		}
		return int64(b.x.First), int64(last), true
	case c == filter.ColSeq:
		return int64(z.MinSeq), int64(z.MaxSeq), true
	}
	return 0, 0, false
}

func pageCount(mask uint64) int { return bits.OnesCount64(mask) }
