package segment

import (
	"math/bits"
	"strings"
)

// expecter is a file that can be told what will be read of it soon.
type expecter interface{ Expect(offset, size int64) }

const (
	smallGap  = 64 << 10 // bytes that are read in less time than the disk needs to begin anew behind them
	emptyPart = 64       // bytes that a page of parts has which has none, at the most
)

// expected is what the disk was told once, and how many pages have to be read of the file before it is told that again: so long
// they are in memory, or on their way.
type expected struct {
	columns Columns
	pages   uint64
	until   int64
}

// Expect tells the disk, if it can be told, that these pages of these columns will be read.
func (r *Reader) Expect(want Columns, pages uint64) {
	f, ok := r.from.(expecter)
	if !ok || r.inMemory(want, pages) || !r.isNews(want, pages) {
		return
	}
	foot, err := r.footer()
	if err != nil {
		return // whoever reads it will say so
	}
	var from, to int64            // what is next to be told
	tell := func(at, end int64) { // columns stand in the file as they do in its footer
		if at > to+smallGap || at < to {
			if to > from { // to be told of no bytes would mean all to the end of the file
				f.Expect(from, to-from)
			}
			from = at
		}
		to = end
	}
	for i := range foot.Columns {
		c := &foot.Columns[i]
		if !r.isRead(c.Name, want) {
			continue
		}
		if _, err := r.placed(foot, c.Name); err != nil {
			continue // whoever reads it will say so
		}
		isPart := strings.HasPrefix(c.Name, partPrefix)
		isFirst := true
		for p := range r.Pages() {
			at, size := c.Page(p)
			if pages>>p&1 == 0 || isPart && size <= emptyPart { // no text has a mark for it there
				continue
			}
			if dictionary, size := c.Dictionary(); isFirst && size > 0 {
				tell(dictionary, dictionary+size)
			}
			isFirst = false
			tell(at, at+size)
		}
	}
	if to > from {
		f.Expect(from, to-from)
	}
}

// isRead reports whether reading columns reads one of the file: not if it is the same in all rows.
func (r *Reader) isRead(name string, want Columns) bool {
	if name == nameExact {
		return r.Index == nil || r.Index.Inexact
	}
	col := columnNamed[name]
	_, constant := r.constant(col)
	return want.Has(col) && !constant
}

// inMemory reports whether nothing will have to be read, as far as can be told without the footer, which need not be in memory then.
// Of the pages of which a few rows are in memory, these are what is asked for again.
func (r *Reader) inMemory(want Columns, pages uint64) bool {
	for name, places := range r.cached {
		if strings.HasPrefix(name, partPrefix) || !r.isRead(name, want) {
			continue
		}
		at := places.Load()
		if at == nil {
			return false
		}
		few := at.few.Load()
		for m := pages; m != 0; m &= m - 1 {
			if p := bits.TrailingZeros64(m); at.pages[p].Load() == nil && (few == nil || few[p].Load() == nil) {
				return false
			}
		}
	}
	return true
}

// isNews reports whether the disk is to be told, and notes that it is.
func (r *Reader) isNews(want Columns, pages uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	reads := r.reads.Load()
	for _, t := range r.told {
		if t.columns&want == want && t.pages&pages == pages && reads < t.until {
			return false
		}
	}
	r.told[r.tell] = expected{want, pages, reads + int64(bits.OnesCount64(uint64(want))*bits.OnesCount64(pages))}
	r.tell = (r.tell + 1) % len(r.told)
	return true
}
