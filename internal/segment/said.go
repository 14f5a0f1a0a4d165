package segment

import "github.com/counterfoil/counterfoil/internal/filter"

// Said is what indexes that have a number in a cache said of one key: the pages that may have it. Who asks for a key often does so again, for the
// next records of a person, or with another filter or time beside it. It never changes. nil: nothing is known.
type Said struct {
	from  uint64 // number of the first index
	pages []uint64
	known []uint64 // which of the pages are, as bits
}

// Answer is what an index said of a key.
type Answer struct {
	Index *Index
	Pages uint64
}

// mostSaid is how many indexes, from the oldest on, are remembered: two megabytes a key.
const mostSaid = 1 << 18

// Of gives what an index said. ok is false if that is not known.
func (s *Said) Of(x *Index) (pages uint64, ok bool) {
	if s == nil {
		return 0, false
	}
	i := x.number - s.from // of those before, and of those without a number, a great one
	if i >= uint64(len(s.pages)) || s.known[i/64]>>(i%64)&1 == 0 {
		return 0, false
	}
	return s.pages[i], true
}

// Said gives what is remembered of a key.
func (c *Cache) Said(k filter.Key) *Said {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := c.said[k]; at != nil {
		s, _ := at.get().(*Said)
		return s
	}
	return nil
}

// IsOlder reports whether an index got its number before another, or has none.
func (x *Index) IsOlder(than *Index) bool { return x.number < than.number }

// Remember joins answers with what is remembered of a key. Indexes that are older than oldest are forgotten.
func (c *Cache) Remember(k filter.Key, oldest *Index, answers []Answer) {
	before := c.Said(k)
	end := uint64(0)
	for _, a := range answers {
		end = max(end, a.Index.number+1)
	}
	if before != nil {
		end = max(end, before.from+uint64(len(before.pages)))
	}
	from := max(oldest.number, 1)
	if end <= from || end-from > mostSaid {
		return
	}
	s := &Said{from: from, pages: make([]uint64, end-from), known: make([]uint64, (end-from+63)/64)}
	if before != nil {
		for i, pages := range before.pages {
			if before.known[i/64]>>(i%64)&1 != 0 {
				s.learn(before.from+uint64(i), pages)
			}
		}
	}
	for _, a := range answers {
		s.learn(a.Index.number, a.Pages)
	}
	x := &cached{v: s, size: int64(9*len(s.pages) + len(k.Value)), gone: func() { delete(c.said, k) }}
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.said[k]
	if at == nil {
		at = new(place)
	}
	c.clear(at)
	if c.add(at, x); at.Load() != nil {
		c.said[k] = at
	}
}

func (s *Said) learn(number, pages uint64) {
	if i := number - s.from; i < uint64(len(s.pages)) {
		s.pages[i] = pages
		s.known[i/64] |= 1 << (i % 64)
	}
}
