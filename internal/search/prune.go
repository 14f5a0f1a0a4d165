package search

import (
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// candidate is a sealed file that may hold a record that matches.
type candidate struct {
	*trail.Sealed
	pages uint64 // those that may, as bits
	once  bool   // there are too many of all files to be kept in memory
}

// mostKept is how many pages of texts, of about a megabyte each, a question may leave in memory.
var mostKept = 180

// looks is how many files' indexes are asked at once: they may have to come from the disk, which does many things at a time.
const looks = 16

// candidates gives the files among which a record that matches may be, in their order; the pages of the others are counted
// as skipped.
func candidates(id counterfoil.TrailID, files []*trail.Sealed, q *Query, st *Stats) []candidate {
	must := filter.Require(q.Filter)
	list := make([]candidate, len(files))
	var next atomic.Int64
	look := func() {
		for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
			list[i] = candidate{Sealed: files[i], pages: pages(id, files[i], q, must)}
		}
	}
	var wg sync.WaitGroup
	for range min(looks, len(files)/4) { // with less to do than that, another goroutine does not help
		wg.Go(look)
	}
	look()
	wg.Wait()
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
	return list
}

// Pages gives the pages of a sealed file that may hold a record of which x is true, as bits, as far as its index knows.
func Pages(v *trail.View, s *trail.Sealed, x filter.Expr) uint64 {
	return pages(v.ID, s, &Query{}, filter.Require(x))
}

// pages gives the pages of a segment that may hold a record that matches, as bits.
func pages(id counterfoil.TrailID, s *trail.Sealed, q *Query, must filter.Required) (mask uint64) {
	x := s.Index
	if !q.timeOverlaps(x.MinTime, x.MaxTime) || !q.seqOverlaps(s.First, s.Last) {
		return 0
	}
	if q.timeCovers(x.MinTime, x.MaxTime) && q.seqCovers(s.First, s.Last) { // then the pages need not be looked at, each somewhere in memory
		return must.In(indexed{id, x}, ^uint64(0)>>(64-len(x.Pages)))
	}
	for p := range x.Pages {
		if z := &x.Pages[p]; q.timeOverlaps(z.MinTime, z.MaxTime) && q.seqOverlaps(z.MinSeq, z.MaxSeq) {
			mask |= 1 << p
		}
	}
	return must.In(indexed{id, x}, mask)
}

// indexed tells filter.Required what the index of a segment knows of its pages.
type indexed struct {
	id counterfoil.TrailID
	x  *segment.Index
}

func (b indexed) WithValue(c filter.Column, value string) uint64 {
	return b.x.MayHaveValue(b.id, c, value)
}

func (b indexed) WithToken(h uint64) uint64 { return b.x.MayHaveToken(h) }

func (b indexed) WithGram(gram uint32) uint64 { return b.x.MayHaveGram(gram) }

func (b indexed) Range(c filter.Column, page int) (least, greatest int64, ok bool) {
	z := &b.x.Pages[page]
	switch c {
	case filter.ColTime:
		return int64(z.MinTime), int64(z.MaxTime), true
	case filter.ColSeq:
		return int64(z.MinSeq), int64(z.MaxSeq), true
	case filter.ColReceived: // of the whole file
		return int64(b.x.MinReceived), int64(b.x.MaxReceived), true
	}
	return 0, 0, false
}

func pageCount(mask uint64) int { return bits.OnesCount64(mask) }
