package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Run calls yield with each record that matches, in order, until it returns false, the limit is reached or ctx is
// done. The record is valid only during the call.
func Run(ctx context.Context, v *trail.View, q Query, yield func(*counterfoil.Record) bool) (st Stats, err error) {
	start := time.Now()
	defer func() { st.Elapsed = time.Since(start) }()
	give := func(rec *counterfoil.Record) bool {
		st.Records++
		return yield(rec) && (q.Limit == 0 || st.Records < uint64(q.Limit))
	}
	if q.Oldest {
		more, err := runSegments(ctx, v, q, &st, give)
		if err == nil && more {
			_, err = runHead(ctx, v, q, &st, give)
		}
		return st, err
	}
	more, err := runHead(ctx, v, q, &st, give)
	if err == nil && more {
		_, err = runSegments(ctx, v, q, &st, give)
	}
	return st, err
}

// runHead searches what is not sealed.
func runHead(ctx context.Context, v *trail.View, q Query, st *Stats, give func(*counterfoil.Record) bool) (more bool, err error) {
	more = true
	err = scanHead(ctx, v, &q, st, func(b *segment.Block, sel []uint16) (bool, error) {
		if !q.Oldest {
			slices.Reverse(sel)
		}
		var rec counterfoil.Record
		for _, i := range sel {
			if err := b.Record(int(i), &rec); err != nil {
				return false, err
			}
			if !give(&rec) {
				more = false
				return false, nil
			}
		}
		return true, nil
	})
	return more, err
}

// hit is a row that matches.
type hit struct {
	seq  uint64
	page uint16
	row  uint16
}

// found is what a segment has.
type found struct {
	recs []counterfoil.Record
	st   Stats
}

func runSegments(ctx context.Context, v *trail.View, q Query, st *Stats, give func(*counterfoil.Record) bool) (more bool, err error) {
	must := filter.Require(q.Filter)
	segs := slices.DeleteFunc(slices.Clone(v.Segments), func(s *trail.Sealed) bool {
		if pages(v.ID, s, &q, must) != 0 {
			return false
		}
		st.Skipped += len(s.Index.Pages)
		return true
	})
	ranges := together(segs)
	if !q.Oldest {
		slices.Reverse(ranges)
	}
	more = true
	err = ahead(len(ranges), func(i int) (found, error) { return findAmong(ctx, v, ranges[i], &q, must) }, func(_ int, f found) (bool, error) {
		st.add(f.st)
		for i := range f.recs {
			if !give(&f.recs[i]) {
				more = false
				return false, nil
			}
		}
		return true, ctx.Err()
	})
	return more, err
}

// together puts the segments side by side that share a range of numbers.
func together(segs []*trail.Sealed) (ranges [][]*trail.Sealed) {
	for i, s := range segs {
		if i > 0 && segs[i-1].First == s.First {
			ranges[len(ranges)-1] = append(ranges[len(ranges)-1], s)
		} else {
			ranges = append(ranges, segs[i:i+1:i+1])
		}
	}
	return ranges
}

// findAmong gives the records that match of segments that share a range, in order, at most the query's limit.
func findAmong(ctx context.Context, v *trail.View, segs []*trail.Sealed, q *Query, must filter.Required) (f found, err error) {
	if len(segs) == 1 {
		return findIn(ctx, v, segs[0], q, must)
	}
	for _, s := range segs {
		one, err := findIn(ctx, v, s, q, must)
		if err != nil {
			return f, err
		}
		f.st.add(one.st)
		f.recs = append(f.recs, one.recs...)
	}
	slices.SortFunc(f.recs, func(a, b counterfoil.Record) int {
		if q.Oldest {
			return cmp.Compare(a.Seq, b.Seq)
		}
		return cmp.Compare(b.Seq, a.Seq)
	})
	if q.Limit > 0 && len(f.recs) > q.Limit {
		f.recs = f.recs[:q.Limit]
	}
	return f, nil
}

// findIn gives the records of a segment that match, in order, at most the query's limit.
func findIn(ctx context.Context, v *trail.View, s *trail.Sealed, q *Query, must filter.Required) (f found, err error) {
	var hits []hit
	blocks := make([]*segment.Block, len(s.Index.Pages))
	f.st, err = scan(ctx, v, s, q, must, func(p int, b *segment.Block, sel []uint16) error {
		blocks[p] = b
		seqs, err := b.Seq()
		if err != nil {
			return err
		}
		for _, i := range sel {
			hits = append(hits, hit{uint64(seqs[i]), uint16(p), i})
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	slices.SortFunc(hits, func(a, b hit) int {
		if q.Oldest {
			return cmp.Compare(a.seq, b.seq)
		}
		return cmp.Compare(b.seq, a.seq)
	})
	if q.Limit > 0 && len(hits) > q.Limit {
		hits = hits[:q.Limit]
	}
	f.recs = make([]counterfoil.Record, len(hits))
	rows, recs := make([][]uint16, len(blocks)), make([][]*counterfoil.Record, len(blocks))
	for i, h := range hits {
		rows[h.page] = append(rows[h.page], h.row)
		recs[h.page] = append(recs[h.page], &f.recs[i])
	}
	for p, b := range blocks {
		if len(rows[p]) == 0 {
			continue
		}
		if err := b.Records(rows[p], recs[p]); err != nil {
			return f, fmt.Errorf("%s: %w", s.Name(), err)
		}
	}
	return f, nil
}
