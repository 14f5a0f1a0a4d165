package search

import (
	"math/bits"
	"slices"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// candidate is a sealed file that may hold a record that matches.
type candidate struct {
	*trail.Sealed
	asked *asked
	pages uint64 // those that may, as bits
	once  bool   // there are too many of all files to be kept in memory
}

// mostKept is how many pages of texts, of about a megabyte each, a question may leave in memory.
var mostKept = 180

// candidates gives the files among which a record that matches may be, in their order; the pages of the others are counted
// as skipped. done is to be called when they have been searched.
func candidates(v *trail.View, files []*trail.Sealed, q *Query, st *Stats) (list []candidate, done func()) {
	list = make([]candidate, len(files))
	a := ask(v, filter.Require(q.Filter))
	var open []int // of which is not known what they say
	for i, s := range files {
		known := remembered{a: a, x: s.Index}
		list[i] = candidate{Sealed: s, asked: a, pages: pages(s, q, a.must, &known)}
		if known.missing && list[i].pages != 0 {
			open = append(open, i)
		}
	}
	a.indexes(open, list, q)
	list = slices.DeleteFunc(list, func(c candidate) bool {
		if c.pages == 0 {
			st.Skipped += len(c.Index.Pages)
		}
		return c.pages == 0
	})
	all := 0
	for _, c := range list {
		all += pageCount(c.pages)
	}
	for i := range list {
		list[i].once = all > mostKept
	}
	return list, a.learn
}

// Pages gives the pages of a sealed file that may hold a record of which x is true, as bits, as far as its index knows.
func Pages(v *trail.View, s *trail.Sealed, x filter.Expr) uint64 {
	must := filter.Require(x)
	return pages(s, &Query{}, must, &indexed{id: v.ID, x: s.Index})
}

// pages gives the pages of a segment that may hold a record that matches, as bits.
func pages(s *trail.Sealed, q *Query, must filter.Required, b filter.Blocks) (mask uint64) {
	x := s.Index
	if !q.timeOverlaps(x.MinTime, x.MaxTime) || !q.seqOverlaps(s.First, s.Last) {
		return 0
	}
	if q.timeCovers(x.MinTime, x.MaxTime) && q.seqCovers(s.First, s.Last) { // then the pages need not be looked at, each somewhere in memory
		return must.In(b, ^uint64(0)>>(64-len(x.Pages)))
	}
	for p := range x.Pages {
		if z := &x.Pages[p]; q.timeOverlaps(z.MinTime, z.MaxTime) && q.seqOverlaps(z.MinSeq, z.MaxSeq) {
			mask |= 1 << p
		}
	}
	return must.In(b, mask)
}

func pageCount(mask uint64) int { return bits.OnesCount64(mask) }
