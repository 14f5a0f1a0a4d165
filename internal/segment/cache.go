package segment

import (
	"container/list"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// Cache keeps decoded pages of many segments, and what their indexes said of keys. What has not been used since it was last looked at goes
// first. To find something takes no lock: each thing has a place, which its owner knows.
type Cache struct {
	mu    sync.Mutex // guards all below, and every change of a place
	limit int64
	size  int64     // of what is kept and what is lent
	order list.List // of *cached; what is looked at next is at the back
	said  map[filter.Key]*place

	indexes atomic.Uint64 // how many have a number
}

// place is where something is while it is in memory.
type place struct{ atomic.Pointer[cached] }

type cached struct {
	v     any
	size  int64
	at    *place
	used  atomic.Bool   // since it was looked at
	dict  *cached       // that the page refers to; it goes not before the page
	spare bool          // is not kept when the memory is full
	gone  func()        // what goes with it; the cache is locked
	e     *list.Element // in order
}

// places are those of a column of a segment.
type places struct {
	pages      [MaxPages]place
	asked      atomic.Uint64 // the pages, as bits, that [Block.Some] and [Block.Find] were asked for
	joined     atomic.Uint64 // those of which a few rows were joined
	few        fewPlaces
	dictionary place // which its reader has: what goes from the cache goes from there, and with it go the pages that refer to it
}

// onePass is the limit in bytes up to which a cache is for reading a file once: there the footer and dictionaries, which every page
// needs, stay with their reader.
const onePass = 8 << 20

// NewCache makes a cache of at most limit bytes.
func NewCache(limit int64) *Cache { return &Cache{limit: limit, said: map[filter.Key]*place{}} }

// get gives what is in a place, nil if nothing is.
func (at *place) get() any {
	c := at.Load()
	if c == nil {
		return nil
	}
	c.touch()
	if c.dict != nil {
		c.dict.touch()
	}
	return c.v
}

// touch writes only what changes: others read it.
func (c *cached) touch() {
	if !c.used.Load() {
		c.used.Store(true)
	}
}

// put keeps something in a place that is empty, if it can, and reports whether the place has something then.
func (c *Cache) put(at *place, x *cached) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.Load() == nil {
		c.add(at, x)
	}
	return at.Load() != nil
}

// isDeclined reports whether something is not to be kept: when the memory is full, what is spare, and half of all that is small. A question
// for which more is read than fits would otherwise find nothing of it when it is asked again: each thing would go shortly before it is
// wanted. (What is large is kept, by who uses it if not here, and then without being counted.) c.mu is held.
func (c *Cache) isDeclined(x *cached) bool {
	const small = 64 << 10
	return c.size+x.size > c.limit && (x.spare || x.size <= small && rand.Uint32()&1 != 0)
}

// replace is put for a place that may have something.
func (c *Cache) replace(at *place, x *cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear(at)
	c.add(at, x)
}

// add is put with c.mu held.
func (c *Cache) add(at *place, x *cached) {
	const overhead = 200
	if x.size += overhead; x.size > c.limit/8 || c.isDeclined(x) { // one page must not empty the cache
		return
	}
	x.at, x.e = at, c.order.PushFront(x)
	at.Store(x)
	c.size += x.size
	c.shrink()
}

// Lend takes n bytes from what the cache may have, or gives them back where n is negative: who needs memory for a while takes
// it from here, so that both together have no more than the limit.
func (c *Cache) Lend(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.size += n
	c.shrink()
}

// shrink removes what is too much. c.mu is held.
func (c *Cache) shrink() {
	for left := c.order.Len(); c.size > c.limit && c.order.Len() > 0; left-- {
		last := c.order.Back().Value.(*cached)
		if left > 0 && last.used.Swap(false) {
			c.order.MoveToFront(last.e)
			continue
		}
		c.remove(last)
	}
}

// clear empties a place. c.mu is held.
func (c *Cache) clear(at *place) {
	if x := at.Load(); x != nil {
		c.remove(x)
	}
}

func (c *Cache) remove(x *cached) {
	c.order.Remove(x.e)
	c.size -= x.size
	x.at.Store(nil)
	if x.gone != nil {
		x.gone()
	}
}

// Drop forgets everything of a segment.
func (c *Cache) Drop(r *Reader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range r.cached {
		if p := r.cached[name].Load(); p != nil {
			c.clear(&p.dictionary)
			c.clearPages(p)
		}
	}
	c.clear(&r.rows)
	c.clear(&r.foot)
}

func (c *Cache) clearPages(p *places) {
	for i := range p.pages {
		c.clear(&p.pages[i])
	}
	if all := p.few.Load(); all != nil {
		for i := range all {
			c.clear(&all[i])
		}
	}
}

// isFirst reports whether a page is asked for for the first time, as the bits of those that were tell, and notes it there.
func isFirst(asked *atomic.Uint64, page int) bool {
	bit := uint64(1) << page
	return asked.Load()&bit == 0 && asked.Or(bit)&bit == 0
}

// placesOf gives the places of a column.
func (r *Reader) placesOf(name string) *places {
	at := r.cached[name]
	if p := at.Load(); p != nil {
		return p
	}
	at.CompareAndSwap(nil, new(places))
	return at.Load()
}
