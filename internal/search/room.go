package search

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// room is the memory of a question.
type room struct {
	v     *trail.View
	taken atomic.Int64 // from that of the trail's pages
	pages atomic.Int64 // that records are made from, so far

	mu    sync.Mutex
	files int   // whose pages stay in memory until their records are given out
	bytes int64 // of these, about
	free  []*batch
	lists [][]hit
}

// nextBytes is how much the pages may be that are in memory of a file which is given out and of the next.
const nextBytes = 128 << 20

// take takes n bytes from the memory of the trail's pages, or gives them back where n is negative.
func (r *room) take(n int64) {
	r.taken.Add(n)
	r.v.Lend(n)
}

// close gives back what was not given back, and leaves other questions the memory that is used again.
func (r *room) close() {
	r.take(-r.taken.Load())
	for _, b := range r.free {
		if cap(b.recs) <= batchRows && cap(b.text) <= batchRows<<10 && b.lines.Size() <= 2*batchRows<<10 {
			batches.Put(b)
		}
	}
	for _, list := range r.lists {
		if cap(list) <= 2*segment.MaxRows {
			hitLists.Put(&list)
		}
	}
}

// enter lets a file in of which so many bytes are unpacked, if it is its turn or if there is room for it beside the one whose turn it is.
func (r *room) enter(n int64, turn bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !turn && r.files > 0 && (r.files > 1 || r.bytes+n > nextBytes) {
		return false
	}
	r.files, r.bytes = r.files+1, r.bytes+n
	return true
}

func (r *room) leave(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.files, r.bytes = r.files-1, r.bytes-n
}

// batches and hitLists are memory that questions have left: most of what a search costs the collector, and of the first touch of fresh memory, would
// be for that.
var (
	batches  = sync.Pool{New: func() any { return new(batch) }}
	hitLists sync.Pool // of *[]hit
)

// batch gives memory for records.
func (r *room) batch() *batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.free)
	if n == 0 {
		return batches.Get().(*batch)
	}
	b := r.free[n-1]
	r.free = r.free[:n-1]
	return b
}

// spare takes batches back, without what their records held on to.
func (r *room) spare(list ...*batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range list {
		if b != nil {
			clear(b.recs[:b.used])
			b.used = 0
			b.lines.Release()
			r.free = append(r.free, b)
		}
	}
}

// hits gives memory for n hits, or for more if n is 0: as much as there is.
func (r *room) hits(n int) []hit {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.IndexFunc(r.lists, func(list []hit) bool { return cap(list) >= n }); i >= 0 {
		list := r.lists[i]
		r.lists = slices.Delete(r.lists, i, i+1)
		return list[:0]
	}
	if list, ok := hitLists.Get().(*[]hit); ok && cap(*list) >= n {
		return (*list)[:0]
	}
	return make([]hit, 0, n)
}

// leaveHits takes it back.
func (r *room) leaveHits(list []hit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if cap(list) > 0 {
		r.lists = append(r.lists, list)
	}
}
