package segment

import (
	"container/list"
	"sync"
)

// Cache keeps decoded pages of many segments, and blocks of their signatures, the least recently used going first.
type Cache struct {
	mu    sync.Mutex // guards all below
	limit int64
	size  int64
	items map[cacheKey]*list.Element
	order *list.List // front: used last
}

type cacheKey struct {
	of   any // a *Reader or a *signature
	name string
	page int
}

type cacheItem struct {
	key  cacheKey
	v    any
	size int64
}

// NewCache makes a cache of at most limit bytes.
func NewCache(limit int64) *Cache {
	return &Cache{limit: limit, items: map[cacheKey]*list.Element{}, order: list.New()}
}

func (c *Cache) get(k cacheKey) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.items[k]
	if e == nil {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cacheItem).v, true
}

func (c *Cache) put(k cacheKey, v any, size int64) {
	const overhead = 200
	size += overhead
	if size > c.limit/8 {
		return // one page must not empty the cache
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.items[k] != nil {
		return
	}
	c.items[k] = c.order.PushFront(&cacheItem{k, v, size})
	for c.size += size; c.size > c.limit; {
		last := c.order.Back()
		it := c.order.Remove(last).(*cacheItem)
		delete(c.items, it.key)
		c.size -= it.size
	}
}

// Drop forgets everything of a segment.
func (c *Cache) Drop(r *Reader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, e := range c.items {
		if k.of == any(r) || r.Index != nil && k.of == any(&r.Index.bits) {
			c.size -= c.order.Remove(e).(*cacheItem).size
			delete(c.items, k)
		}
	}
}
