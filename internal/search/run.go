package search

import (
	"context"
	"slices"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Run calls yield with each record that matches, in order, until it returns false, the limit is reached or ctx is
// done. The record is lent: it is valid only during the call, and whoever keeps it keeps [counterfoil.Record.Clone].
func Run(ctx context.Context, v *trail.View, q Query, yield func(*counterfoil.Record) bool) (Stats, error) {
	return runFor(ctx, v, q, taker{record: yield})
}

func runFor(ctx context.Context, v *trail.View, q Query, to taker) (st Stats, err error) {
	start := time.Now()
	defer func() { st.Elapsed = time.Since(start) }()
	wants := func() bool { return q.Limit == 0 || st.Records < uint64(q.Limit) }
	give := taker{record: func(r *counterfoil.Record) bool {
		st.Records++
		return to.record(r) && wants()
	}}
	if to.line != nil {
		give.line = func(l Line) bool {
			st.Records++
			return to.line(l) && wants()
		}
	}
	if q.Oldest {
		more, err := runSegments(ctx, v, q, &st, give)
		if err == nil && more {
			_, err = runHead(ctx, v, q, &st, give)
		}
		return st, err
	}
	isMore, err := runHead(ctx, v, q, &st, give)
	if err == nil && isMore {
		_, err = runSegments(ctx, v, q, &st, give)
	}
	return st, err
}

// runHead searches what is not sealed.
func runHead(ctx context.Context, v *trail.View, q Query, st *Stats, give taker) (more bool, err error) {
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
			if !give.record(&rec) {
				more = false
				return false, nil
			}
		}
		return true, nil
	})
	return more, err
}

func runSegments(ctx context.Context, v *trail.View, q Query, st *Stats, give taker) (more bool, err error) {
	files, done := candidates(v, v.Segments, &q, st)
	defer done()
	ranges := together(files)
	if !q.Oldest {
		slices.Reverse(ranges)
	}
	more = true
	fetch := func(i int) {
		for _, s := range ranges[i] {
			s.fetch(&q, segment.Columns(0).With(filter.ColSeq))
		}
	}
	in := &room{v: v}
	defer in.close()
	before := newRelay(len(ranges))
	all := make([]*found, len(ranges))
	defer func() { // what was searched ahead in vain, too
		for _, f := range all {
			f.done()
		}
	}()
	err = ahead(len(ranges), fetch, func(i int) (*found, error) {
		f, err := findAmong(ctx, ranges[i], &q, in)
		all[i] = f
		if n := before.pass(i, f); err != nil || q.Limit > 0 && n >= q.Limit {
			return f, err // nobody will ask for its records
		}
		return f, f.prepare(give.line != nil)
	}, func(_ int, f *found) (bool, error) {
		st.add(f.st)
		var err error
		if more, err = f.each(give); err != nil || !more {
			return false, err
		}
		return true, ctx.Err()
	})
	return more, err
}

// together puts the files side by side that share a range of numbers.
func together(files []candidate) (ranges [][]candidate) {
	for i, s := range files {
		if i > 0 && files[i-1].First == s.First {
			ranges[len(ranges)-1] = append(ranges[len(ranges)-1], s)
		} else {
			ranges = append(ranges, files[i:i+1:i+1])
		}
	}
	return ranges
}

// relay tells who searches a file how many records those before it have, which takes no longer than to search them.
type relay []chan int

func newRelay(n int) relay {
	r := make(relay, n+1)
	for i := range r {
		r[i] = make(chan int, 1)
	}
	r[0] <- 0
	return r
}

// pass gives the number before file i, and passes on the sum. f is what it has; nil where that is not known.
func (r relay) pass(i int, f *found) (n int) {
	n = <-r[i]
	sum := n
	if f != nil {
		sum += len(f.hits)
	}
	r[i+1] <- sum
	return n
}
