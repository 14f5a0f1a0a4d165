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
	page int // or dictionary
}

// dictionary is the page of a column's dictionary, which its reader has. What goes from the cache goes from there, and with it go the
// pages that refer to it.
const dictionary = -1

// onePass is the limit in bytes up to which a cache is for reading a file once: there a dictionary, which every page needs, stays
// with its reader.
const onePass = 8 << 20

type cacheItem struct {
	key  cacheKey
	v    any
	size int64
	dict *list.Element // that the page refers to; it goes not before the page
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
	item := e.Value.(*cacheItem)
	if item.dict != nil {
		c.order.MoveToFront(item.dict) // it is used, too
	}
	return item.v, true
}

func (c *Cache) put(k cacheKey, v any, size int64) {
	const overhead = 200
	size += overhead
	if size > c.limit/8 || k.page == dictionary && c.limit <= onePass {
		return // one page must not empty the cache
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.items[k] != nil {
		return
	}
	item := &cacheItem{key: k, v: v, size: size}
	if t, ok := v.(*Text); ok && t.Dict != nil {
		item.dict = c.items[cacheKey{k.of, k.name, dictionary}]
	}
	c.items[k] = c.order.PushFront(item)
	for c.size += size; c.size > c.limit; {
		c.remove(c.order.Back().Value.(*cacheItem).key)
	}
}

// remove forgets an item, if it is there. c.mu is held.
func (c *Cache) remove(k cacheKey) {
	e := c.items[k]
	if e == nil {
		return
	}
	c.size -= c.order.Remove(e).(*cacheItem).size
	delete(c.items, k)
	if k.page == dictionary {
		k.of.(*Reader).forget(k.name)
		for p := range MaxPages {
			c.remove(cacheKey{k.of, k.name, p})
		}
	}
}

// Drop forgets everything of a segment.
func (c *Cache) Drop(r *Reader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.items {
		if k.of == any(r) || r.Index != nil && k.of == any(&r.Index.bits) {
			c.remove(k)
		}
	}
}
