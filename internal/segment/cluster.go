package segment

import (
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// cluster orders the rows by svc, user and sess, then seq. Events of one session then stand together, which saves a
// quarter of the bytes (they repeat one another) and lets most questions read few pages.
func (t *table) cluster() {
	svc, user, sess := t.ranks(filter.ColService), t.ranks(filter.ColUser), t.ranks(filter.ColSession)
	// A rank is below MaxRows, 2^17, and so is a row. Three ranks leave 13 bits, too few for the row: it stands beside.
	type keyed struct {
		key uint64
		row uint32
	}
	keys := make([]keyed, len(t.recs))
	for i := range keys {
		keys[i] = keyed{uint64(svc[i])<<34 | uint64(user[i])<<17 | uint64(sess[i]), uint32(i)}
	}
	slices.SortFunc(keys, func(a, b keyed) int {
		switch {
		case a.key < b.key:
			return -1
		case a.key > b.key:
			return 1
		}
		return int(a.row) - int(b.row)
	})
	t.order = make([]uint32, len(keys))
	for i, k := range keys {
		t.order[i] = k.row
	}
}

// ranks gives for each record the rank of its value among those of a column.
func (t *table) ranks(col filter.Column) []uint32 {
	c := &t.cols[textOf[col]]
	sorted := make([]uint32, len(c.values))
	for i := range sorted {
		sorted[i] = uint32(i)
	}
	slices.SortFunc(sorted, func(a, b uint32) int { return strings.Compare(c.values[a], c.values[b]) })
	rank := make([]uint32, len(c.values))
	for i, code := range sorted {
		rank[code] = uint32(i)
	}
	ranks := make([]uint32, len(c.codes))
	for i, code := range c.codes {
		ranks[i] = rank[code]
	}
	return ranks
}
