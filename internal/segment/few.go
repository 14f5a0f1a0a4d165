package segment

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// few is the values of some rows of a page of texts. Whoever asks once for them asks again, for the next page of an answer or for
// the same one: they take little memory where the page would take a megabyte. A trail has many, so that they have no pointers that
// the collector would have to follow.
type few struct {
	rows []uint16 // ascending
	ends []uint32 // of their values in all
	all  string
}

// mostFew is which part of a page's rows are few: one in so many.
const mostFew = 4

// at gives the value of a row.
func (f *few) at(row uint16) (string, bool) {
	i, ok := slices.BinarySearch(f.rows, row)
	if !ok {
		return "", false
	}
	return f.value(i), true
}

func (f *few) value(i int) string {
	if i == 0 {
		return f.all[:f.ends[0]]
	}
	return f.all[f.ends[i-1]:f.ends[i]]
}

// hasAll reports whether rows are among them.
func (f *few) hasAll(rows []uint16) bool {
	return len(rows) <= len(f.rows) && !slices.ContainsFunc(rows, func(row uint16) bool {
		_, ok := f.at(row)
		return !ok
	})
}

// newFew copies the values of rows, which are ascending.
func newFew(rows []uint16, value func(row uint16) string) *few {
	f := &few{rows: rows, ends: make([]uint32, len(rows))}
	size := 0
	for i, row := range rows {
		size += len(value(row))
		f.ends[i] = uint32(size)
	}
	var all strings.Builder
	all.Grow(size)
	for _, row := range rows {
		all.WriteString(value(row))
	}
	f.all = all.String()
	return f
}

// areFew reports whether the values of rows are worth to be kept without the page's others.
func (b *Block) areFew(rows []uint16) bool { return len(rows) > 0 && len(rows) <= b.rows/mostFew }

// keepFew keeps the values of a few rows, with those that are kept already unless they are too many together. It gives what is kept.
func (b *Block) keepFew(at *places, rows []uint16, value func(row uint16) string) *few {
	sorted := slices.Clone(rows)
	slices.Sort(sorted)
	f := newFew(sorted, value)
	place := at.fewAt(b.page)
	if old, ok := place.get().(*few); ok {
		rows := append(slices.Clone(f.rows), old.rows...)
		slices.Sort(rows)
		if rows = slices.Compact(rows); b.areFew(rows) {
			f = newFew(rows, func(row uint16) string {
				if v, ok := f.at(row); ok {
					return v
				}
				v, _ := old.at(row)
				return v
			})
		}
	}
	b.r.cache.replace(place, &cached{v: f, size: int64(len(f.all) + 6*len(f.rows))})
	return f
}

// fewOf gives what is kept of a column's page if all of rows are among it, else nil.
func (b *Block) fewOf(at *places, rows []uint16) *few {
	if f, ok := at.fewAt(b.page).get().(*few); ok && f.hasAll(rows) {
		return f
	}
	return nil
}

// fewData gives the event data of rows, if they are at hand or better put together without those of the rest of the page; else nil. If it is known
// which rows of the block are wanted in all, it is done for these.
func (b *Block) fewData(rows []uint16) (f *few, err error) {
	if b.few != nil || b.h != nil || b.texts[filter.ColEventData] != nil {
		return b.few, nil
	}
	if b.Wanted != nil {
		rows = b.Wanted
		defer func() { b.few = f }()
	}
	at := b.r.placesOf(nameEventData)
	if f = b.fewOf(at, rows); f != nil || !b.joinsAlone(at, rows) {
		return f, nil
	}
	rows = slices.Clone(rows)
	slices.Sort(rows) // the joiner goes forward
	err = b.join(func(j *joiner) error {
		for _, i := range rows {
			if err := j.add(int(i)); err != nil {
				return err
			}
		}
		f = b.keepFew(at, rows, j.valueOf(rows))
		return nil
	})
	return f, err
}

// fewPart: where one in so many rows of a page is wanted, the others soon are.
const fewPart = 128

// joinsAlone reports whether the event data of rows are better joined without those of the rest of the page: if they are split, and the page
// would not stay in memory, or they are very few and it is the first time.
func (b *Block) joinsAlone(at *places, rows []uint16) bool {
	switch {
	case !b.isJoined(filter.ColEventData) || at.pages[b.page].Load() != nil:
		return false
	case b.Once:
		return b.areFew(rows)
	}
	return len(rows) <= b.rows/fewPart && isFirst(&at.joined, b.page)
}

// fewPlaces are where those of a column's pages are, made when the first is asked for: most columns have none.
type fewPlaces struct {
	atomic.Pointer[[MaxPages]place]
}

func (p *places) fewAt(page int) *place {
	all := p.few.Load()
	if all == nil {
		p.few.CompareAndSwap(nil, new([MaxPages]place))
		all = p.few.Load()
	}
	return &all[page]
}
