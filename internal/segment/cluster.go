package segment

import (
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// cluster orders the rows by svc, user and sess, then seq. Events of one session then stand together, which saves a
// quarter of the bytes (they repeat one another) and lets most questions read few pages.
func (t *table) cluster() {
	t.keys = resize(t.keys, len(t.recs))
	keys := t.keys
	clear(keys)
	for i, col := range [...]filter.Column{filter.ColService, filter.ColUser, filter.ColSession} {
		rank, codes := t.ranks(col), t.cols[textOf[col]].codes
		for j := range keys {
			keys[j].key |= uint64(rank[codes[j]]) << (34 - 17*i)
			keys[j].row = uint32(j)
		}
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
	t.order = resize(t.order, len(keys))
	for i, k := range keys {
		t.order[i] = k.row
	}
}

// keyed is a row and where it belongs. A rank is below MaxRows, 2^17, and so is a row: three ranks leave 13 bits, too
// few for the row, which stands beside.
type keyed struct {
	key uint64
	row uint32
}

// ranks gives for each code of a column the rank of its value.
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
	return rank
}
