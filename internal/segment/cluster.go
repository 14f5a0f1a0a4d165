package segment

import (
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// ordered is rows in the order in which a segment has them: whatever reads a column then goes straight through memory.
// Its memory is used again for the next segment.
type ordered struct {
	Rows
	keys    []keyed // while clustering
	batches int     // how many times of receipt follow one another as the rows came
	page    []byte  // the texts of the page that is being written: see bringTogether
}

// keyed is a row and where it belongs. A rank is below MaxRows, 2^17, and so is a row: three ranks leave 13 bits, too
// few for the row, which stands beside.
type keyed struct {
	key uint64
	row uint32
}

// cluster takes rows in the order of svc, user and sess, then as they come. Events of one session then stand together,
// which saves a quarter of the bytes (they repeat one another) and lets most questions read few pages.
func (o *ordered) cluster(from *Rows) {
	o.keys = resize(o.keys, from.n)
	for j := range o.keys {
		o.keys[j] = keyed{row: uint32(j)}
	}
	for i, col := range [...]filter.Column{filter.ColService, filter.ColUser, filter.ColSession} {
		c := &from.cols[textOf[col]]
		if c.codes == nil {
			continue
		}
		rank := ranks(c.values)
		for j := range o.keys {
			o.keys[j].key |= uint64(rank[c.codes[j]]) << (34 - 17*i)
		}
	}
	slices.SortFunc(o.keys, func(a, b keyed) int {
		switch {
		case a.key < b.key:
			return -1
		case a.key > b.key:
			return 1
		}
		return int(a.row) - int(b.row)
	})
	o.take(from)
	o.batches = 1
	for i, at := range from.received[1:] {
		if at != from.received[i] {
			o.batches++
		}
	}
}

// ranks gives for each value its rank among all.
func ranks(values []string) []uint32 {
	sorted := make([]uint32, len(values))
	for i := range sorted {
		sorted[i] = uint32(i)
	}
	slices.SortFunc(sorted, func(a, b uint32) int { return strings.Compare(values[a], values[b]) })
	rank := make([]uint32, len(values))
	for i, code := range sorted {
		rank[code] = uint32(i)
	}
	return rank
}

// take copies every column in the order of the keys.
func (o *ordered) take(from *Rows) {
	o.trail, o.n = from.trail, from.n
	for k := range o.cols {
		to, c := &o.cols[k], &from.cols[k]
		to.values, to.codes, to.each = c.values, permute(o.keys, to.codes, c.codes), permute(o.keys, to.each, c.each)
	}
	o.seqs, o.times, o.received = permute(o.keys, o.seqs, from.seqs), permute(o.keys, o.times, from.times), permute(o.keys, o.received, from.received)
	o.pids, o.aids = permute(o.keys, o.pids, from.pids), permute(o.keys, o.aids, from.aids)
	o.outcomes, o.hidden = permute(o.keys, o.outcomes, from.outcomes), permute(o.keys, o.hidden, from.hidden)
}

// permute gives a column in the order of keys, in the memory of to where it is enough; nil if it is nil.
func permute[T any](keys []keyed, to, from []T) []T {
	if from == nil {
		return nil
	}
	to = resize(to, len(keys))
	for j := range keys {
		to[j] = from[keys[j].row]
	}
	return to
}

// resize gives a slice of length n, in s's memory if it is enough. What it holds is anything.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// bringTogether copies the texts of a page that have no codes into one piece of memory, which those of the next page
// take over. They lie far from one another: this is the one time that they come from afar.
func (o *ordered) bringTogether(lo, hi int) {
	o.page = o.page[:0]
	for _, k := range [...]int{dataColumn, rawColumn} {
		if o.cols[k].each == nil {
			continue
		}
		size := 0
		for _, v := range o.cols[k].each[lo:hi] {
			size += len(v)
		}
		o.page = slices.Grow(o.page, size)
		for i := lo; i < hi; i++ {
			o.page, o.cols[k].each[i] = moved(o.page, o.cols[k].each[i])
		}
	}
}

// isLong reports whether there are enough records with event data for these to be split.
func (o *ordered) isLong(least int) bool {
	return o.n >= least && slices.ContainsFunc(o.cols[dataColumn].each, func(v string) bool { return v != "" })
}

// release lets go of what the rows share and keeps the memory.
func (o *ordered) release() {
	for k := range o.cols {
		o.cols[k].values = nil
		clear(o.cols[k].each)
	}
}
