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
	order, other []uint32 // rows, while clustering
	begins       []uint32
	batches      int    // how many times of receipt follow one another as the rows came
	page         []byte // the texts of the page that is being written: see bringTogether
}

// cluster takes rows in the order of svc, user and sess, then as they come. Events of one session then stand together,
// which saves a quarter of the bytes (they repeat one another) and lets most questions read few pages.
func (o *ordered) cluster(from *Rows) {
	o.order, o.other = resize(o.order, from.n), resize(o.other, from.n)
	for j := range o.order {
		o.order[j] = uint32(j)
	}
	for _, col := range [...]filter.Column{filter.ColSession, filter.ColUser, filter.ColService} { // the last decides
		if c := &from.cols[textOf[col]]; c.codes != nil {
			o.sortBy(c)
		}
	}
	o.take(from)
	o.batches = 1
	for i, at := range from.received[1:] {
		if at != from.received[i] {
			o.batches++
		}
	}
}

// sortBy brings the rows into the order of a column's values. Those with the same value stay in the order that they have.
func (o *ordered) sortBy(c *texts) {
	rank := ranks(c.values)
	o.begins = resize(o.begins, len(rank)+1) // where the rows of each rank begin
	clear(o.begins)
	for _, code := range c.codes {
		o.begins[rank[code]+1]++
	}
	for r := range rank {
		o.begins[r+1] += o.begins[r]
	}
	for _, row := range o.order {
		at := &o.begins[rank[c.codes[row]]]
		o.other[*at] = row
		*at++
	}
	o.order, o.other = o.other, o.order
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

// take copies every column in the order of the rows.
func (o *ordered) take(from *Rows) {
	o.trail, o.n = from.trail, from.n
	for k := range o.cols {
		to, c := &o.cols[k], &from.cols[k]
		to.values, to.codes, to.each = c.values, permute(o.order, to.codes, c.codes), permute(o.order, to.each, c.each)
	}
	o.seqs, o.times, o.received = permute(o.order, o.seqs, from.seqs), permute(o.order, o.times, from.times), permute(o.order, o.received, from.received)
	o.pids, o.aids = permute(o.order, o.pids, from.pids), permute(o.order, o.aids, from.aids)
	o.outcomes, o.hidden = permute(o.order, o.outcomes, from.outcomes), permute(o.order, o.hidden, from.hidden)
}

// permute gives a column in an order of its rows, in the memory of to where it is enough; nil if it is nil.
func permute[T any](order []uint32, to, from []T) []T {
	if from == nil {
		return nil
	}
	to = resize(to, len(order))
	for j, row := range order {
		to[j] = from[row]
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
