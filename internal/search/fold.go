package search

import (
	"context"
	"slices"
	"time"

	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Fold is for who asks more of records than Run and Count tell: it gives the pages themselves. begin makes what the pages
// of one sealed file, or with nil those of the head, are gathered in; visit is called with each page and its rows that
// match, and must not keep rows; end takes what was gathered, newest file first. begin and visit run on all processors, each
// gathering on one of them at a time; end runs on one. Limit does not apply.
func Fold[T any](ctx context.Context, v *trail.View, q Query, begin func(*trail.Sealed) (T, error),
	visit func(t T, page int, b *segment.Block, rows []uint16) error, end func(T) error) (st Stats, err error) {
	start := time.Now()
	defer func() { st.Elapsed = time.Since(start) }()
	q.Limit, q.Oldest = 0, false
	head, err := begin(nil)
	if err != nil {
		return st, err
	}
	if err := scanHead(ctx, v, &q, &st, func(b *segment.Block, sel []uint16) (bool, error) {
		st.Records += uint64(len(sel))
		return true, visit(head, 0, b, sel)
	}); err != nil {
		return st, err
	}
	if err := end(head); err != nil {
		return st, err
	}
	type part struct {
		t  T
		st Stats
	}
	files, done := candidates(v, v.Segments, &q, &st)
	defer done()
	slices.Reverse(files)
	err = ahead(len(files), func(i int) { files[i].fetch(&q, 0) }, func(i int) (p part, err error) {
		if p.t, err = begin(files[i].Sealed); err != nil {
			return p, err
		}
		records := uint64(0)
		p.st, err = scan(ctx, files[i], &q, nil, func(page int, b *segment.Block, sel []uint16) error {
			records += uint64(len(sel))
			return visit(p.t, page, b, sel)
		})
		p.st.Records = records
		return p, err
	}, func(_ int, p part) (bool, error) {
		st.add(p.st)
		return true, end(p.t)
	})
	return st, err
}
