package search

import (
	"sync"
	"sync/atomic"

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
}

// nextBytes is how much the pages may be that are in memory of a file which is given out and of the next.
const nextBytes = 128 << 20

// take takes n bytes from the memory of the trail's pages, or gives them back where n is negative.
func (r *room) take(n int64) {
	r.taken.Add(n)
	r.v.Lend(n)
}

// close gives back what was not given back.
func (r *room) close() {
	r.take(-r.taken.Load())
	for _, b := range r.free {
		if cap(b.recs) <= littleRows && cap(b.text) <= littleRows<<10 {
			batches.Put(b)
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

// batches are those that questions which found little left for others.
var batches = sync.Pool{New: func() any { return new(batch) }}

// littleRows is how many records a batch may have room for that is left for another question.
const littleRows = 1024

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
			clear(b.recs[:cap(b.recs)])
			r.free = append(r.free, b)
		}
	}
}
