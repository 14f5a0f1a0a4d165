package search

import (
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/counterfoil/counterfoil/internal/background"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// scan calls visit with the rows of each page of a segment that match. visit must not keep sel; nor, with a scratch, the block.
func scan(ctx context.Context, s candidate, q *Query, scratch *segment.Scratch, visit func(p int, b *segment.Block, sel []uint16) error) (st Stats, err error) {
	st.Blocks = pageCount(s.pages)
	st.Skipped = len(s.Index.Pages) - st.Blocks
	r, err := s.Reader()
	if err != nil {
		return st, err
	}
	defer r.Together()()
	m := newMatcher(q)
	defer m.close()
	vain := uint64(0)
	defer func() { s.asked.inVain(s.Index, vain) }()
	for p := range s.Index.Pages {
		if s.pages>>p&1 == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return st, err
		}
		b := r.BlockIn(p, scratch)
		b.Once = s.once
		z := &s.Index.Pages[p]
		sel, err := m.rows(b, z)
		if err != nil {
			return st, fmt.Errorf("%s: %w", s.Name(), err)
		}
		if len(sel) == 0 && q.timeCovers(z.MinTime, z.MaxTime) && q.seqCovers(z.MinSeq, z.MaxSeq) {
			vain |= 1 << p
		}
		st.Scanned += uint64(b.Rows())
		if len(sel) > 0 {
			if err := visit(p, b, sel); err != nil {
				return st, fmt.Errorf("%s: %w", s.Name(), err)
			}
		}
	}
	return st, nil
}

// fetch brings what will be read of a segment from the disk, if it is not in memory: its footer, and of these columns and those
// that the filter looks at the pages that are candidates. What fails here fails again where it is read.
func (s candidate) fetch(q *Query, reads segment.Columns) {
	if r, err := s.Reader(); err == nil {
		r.Expect(reads|columnsOf(q.Filter), s.pages)
	}
}

// columnsOf gives the columns that a filter looks at.
func columnsOf(x filter.Expr) (set segment.Columns) {
	filter.Columns(x, func(c filter.Column) bool {
		set = set.With(c)
		return true
	})
	return set
}

// scanHead calls visit with the rows of each block of the head that match, in the query's order of blocks, until it gives
// false. visit must not keep sel.
func scanHead(ctx context.Context, v *trail.View, q *Query, st *Stats, visit func(b *segment.Block, sel []uint16) (bool, error)) error {
	for k := range v.Head {
		h := v.Head[k]
		if !q.Oldest {
			h = v.Head[len(v.Head)-1-k]
		}
		m := newMatcher(q)
		defer m.close() // of the parts of a head, which are few
		for i := range h.Pages() {
			p := i
			if !q.Oldest {
				p = h.Pages() - 1 - i
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			b := h.Block(p)
			z := segment.Zone{MinTime: math.MinInt64, MaxTime: math.MaxInt64, MinSeq: h.Seq(p * segment.MaxPageRows), MaxSeq: h.Seq(p*segment.MaxPageRows + b.Rows() - 1)}
			if !q.seqOverlaps(z.MinSeq, z.MaxSeq) {
				continue
			}
			sel, err := m.rows(b, &z)
			if err != nil {
				return err
			}
			st.Scanned += uint64(b.Rows())
			if more, err := visit(b, sel); err != nil || !more {
				return err
			}
		}
	}
	return ctx.Err()
}

// matcher finds the rows that match, block by block of one segment or head.
type matcher struct {
	q           *Query
	plan, exact node
	buf         *[segment.MaxPageRows]uint16
}

// selections holds what rows were given in, for the next matcher: one for each of a thousand files would be much of what a
// count leaves to the collector.
var selections = sync.Pool{New: func() any { return new([segment.MaxPageRows]uint16) }}

func newMatcher(q *Query) *matcher {
	return &matcher{q, compile(q.Filter), &rowNode{q.Filter, segment.AllColumns}, selections.Get().(*[segment.MaxPageRows]uint16)}
}

// close ends the use of the rows that were given last.
func (m *matcher) close() { selections.Put(m.buf) }

// rows gives the rows of a block, whose bounds are z, that match. They are valid until the next call.
func (m *matcher) rows(b *segment.Block, z *segment.Zone) ([]uint16, error) {
	sel, err := bounded(b, z, m.q, m.buf[:0])
	if err != nil || len(sel) == 0 {
		return nil, err
	}
	n := m.plan
	if inexact, err := b.AnyInexact(); err != nil {
		return nil, err
	} else if inexact {
		n = m.exact // columns are not what the filter asks of
	}
	return n.keep(b, sel)
}

var everyRow = func() (rows [segment.MaxPageRows]uint16) {
	for i := range rows {
		rows[i] = uint16(i)
	}
	return rows
}()

// bounded gives the rows of a block that lie within the query's times and numbers.
func bounded(b *segment.Block, z *segment.Zone, q *Query, sel []uint16) ([]uint16, error) {
	sel = append(sel, everyRow[:b.Rows()]...)
	if !q.timeCovers(z.MinTime, z.MaxTime) {
		times, err := b.Time()
		if err != nil {
			return nil, err
		}
		// A bound that is absent is the end of the range of times.
		from, to := int64(q.From), int64(q.To)
		if q.From == 0 {
			from = -1 << 63
		}
		if q.To == 0 {
			to = 1<<63 - 1
		}
		n := 0
		for i, t := range times {
			sel[n] = uint16(i)
			if t >= from && t < to {
				n++
			}
		}
		sel = sel[:n]
	}
	if !q.seqCovers(z.MinSeq, z.MaxSeq) {
		seqs, err := b.Seq()
		if err != nil {
			return nil, err
		}
		n := 0
		for _, i := range sel {
			if q.inSeq(uint64(seqs[i])) {
				sel[n] = i
				n++
			}
		}
		sel = sel[:n]
	}
	return sel, nil
}

// ahead runs work(i) for i = 0, 1, … n-1 on all processors, a few ahead of what use(i, result) has taken in order, and fetch(i) some
// more ahead, which waits for the disk. It stops at the first error, or when use returns false.
func ahead[T any](n int, fetch func(i int), work func(i int) (T, error), use func(i int, v T) (bool, error)) error {
	const fetched = 8 // ahead of work; a disk does about so many things at a time
	type result struct {
		v   T
		err error
	}
	window := min(background.Processors(), n)
	results := make([]chan result, window) // of the next in turn
	fetches, works := make(chan int, fetched+window), make(chan int, window)
	var wg sync.WaitGroup
	defer wg.Wait() // nothing outlives the question
	defer close(fetches)
	defer close(works)
	for range min(fetched, n-1) {
		wg.Go(func() {
			for i := range fetches {
				fetch(i)
			}
		})
	}
	for w := range results {
		results[w] = make(chan result, 1)
		wg.Go(func() {
			for i := range works {
				if i == 0 {
					fetch(i) // which nobody could do ahead
				}
				v, err := work(i)
				results[i%window] <- result{v, err}
			}
		})
	}
	asked := 1 // the first that has not been fetched
	start := func(i int) {
		for ; asked < min(n, i+1+fetched); asked++ {
			fetches <- asked
		}
		works <- i
	}
	for i := range window {
		start(i)
	}
	for i := range n {
		r := <-results[i%window]
		if r.err != nil {
			return r.err
		}
		if more, err := use(i, r.v); err != nil || !more {
			return err
		}
		if next := i + window; next < n {
			start(next)
		}
	}
	return nil
}
