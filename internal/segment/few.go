package segment

import (
	"math/bits"
	"slices"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// few is the values of some rows of a page of texts, mostly of few. Whoever asks once for them asks again, for the next page of an answer or for
// the same one: they take little memory where the page would take a megabyte. A trail has many, so that they have no pointers that
// the collector would have to follow.
type few struct {
	rows []uint16 // ascending
	ends []uint32 // of their values in all
	all  string
	rank *rank // where a row stands among rows, if there are many
}

// rank tells how many of some rows come before one of them.
type rank struct {
	is     [MaxPageRows / 64]uint64 // the rows, as bits
	before [MaxPageRows / 64]uint16 // how many there are before those of a word
}

// rankedRows is how many rows are looked through by halves.
const rankedRows = 64

// mostFew is which part of a page's rows are few: one in so many.
const mostFew = 4

// at gives the value of a row.
func (f *few) at(row uint16) (string, bool) {
	if k := f.rank; k != nil {
		bit := uint64(1) << (row % 64)
		if k.is[row/64]&bit == 0 {
			return "", false
		}
		return f.value(int(k.before[row/64]) + bits.OnesCount64(k.is[row/64]&(bit-1))), true
	}
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

// newFew makes one of rows, which are ascending, and their values, of which row i's ends at ends[i] in all.
func newFew(rows []uint16, ends []uint32, all string) *few {
	f := &few{rows: rows, ends: ends, all: all}
	if len(rows) > rankedRows {
		f.rank = new(rank)
		for i, row := range rows {
			if f.rank.is[row/64] == 0 {
				f.rank.before[row/64] = uint16(i)
			}
			f.rank.is[row/64] |= 1 << (row % 64)
		}
	}
	return f
}

// copyFew copies the values of rows, in any order.
func copyFew(rows []uint16, value func(row uint16) string) *few {
	rows = slices.Clone(rows)
	slices.Sort(rows)
	ends, size := make([]uint32, len(rows)), 0
	for i, row := range rows {
		size += len(value(row))
		ends[i] = uint32(size)
	}
	var all strings.Builder
	all.Grow(size)
	for _, row := range rows {
		all.WriteString(value(row))
	}
	return newFew(rows, ends, all.String())
}

// size is about how many bytes it takes.
func (f *few) size() int64 {
	n := int64(len(f.all) + 6*len(f.rows))
	if f.rank != nil {
		n += int64(unsafe.Sizeof(*f.rank))
	}
	return n
}

// areFew reports whether the values of rows are worth to be kept without the page's others.
func (b *Block) areFew(rows []uint16) bool { return len(rows) > 0 && len(rows) <= b.rows/mostFew }

// keepFew keeps the values of a few rows, with those that are kept already unless they are too many together. It gives what is kept.
func (b *Block) keepFew(at *places, f *few) *few {
	place := at.fewAt(b.page)
	if old, ok := place.get().(*few); ok {
		rows := append(slices.Clone(f.rows), old.rows...)
		slices.Sort(rows)
		if rows = slices.Compact(rows); b.areFew(rows) {
			now := f
			f = copyFew(rows, func(row uint16) string {
				if v, ok := now.at(row); ok {
					return v
				}
				v, _ := old.at(row)
				return v
			})
		}
	}
	b.r.cache.replace(place, &cached{v: f, size: f.size()})
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
		f = b.keepFew(at, j.few(rows))
		return nil
	})
	return f, err
}

// mostAlone is how many eighths of a page's rows are joined without the others.
const mostAlone = 7

// joinsAlone reports whether the event data of rows are better joined without those of the rest of the page: if they are split, the rest is not next to
// nothing, and it is the first time, or the page would not stay in memory.
func (b *Block) joinsAlone(at *places, rows []uint16) bool {
	return b.isJoined(filter.ColEventData) && at.pages[b.page].Load() == nil && len(rows) <= b.rows*mostAlone/8 && (b.Once || isFirst(&at.joined, b.page))
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
