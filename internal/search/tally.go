package search

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// cell is a group while it is being counted.
type cell struct{ count, failures uint64 }

// groups are cells by their texts, in few pieces of memory: a million of them, each by itself, would keep the collector busy.
type groups struct {
	index map[string]uint32
	cells []cell
	keys  segment.Arena
}

// spareCells holds the cells of dictionaries that were merged, for those of the next file.
var spareCells sync.Pool // of *[]cell, all zero

// newCells gives n cells that are zero.
func newCells(n int) []cell {
	if c, ok := spareCells.Get().(*[]cell); ok && cap(*c) >= n {
		return (*c)[:n]
	}
	return make([]cell, n)
}

func putCells(c []cell) {
	clear(c)
	spareCells.Put(&c)
}

// tally is what has been counted, by each By.
type tally struct {
	by    []By
	times []map[counterfoil.Time]*cell
	texts []groups
	coded [][]codeCells // groups of dictionaries, which go into the texts of what this is merged into
	in    *room
	bytes int // that groups take, of which some were taken from the room
	taken int
	st    Stats
}

func newTally(by []By, in *room) *tally {
	return &tally{by: by, in: in, times: make([]map[counterfoil.Time]*cell, len(by)), texts: make([]groups, len(by)), coded: make([][]codeCells, len(by))}
}

// at and of give the cell of a group.
func (t *tally) at(i int, start counterfoil.Time) *cell {
	c := t.times[i][start]
	if c == nil {
		if t.times[i] == nil {
			t.times[i] = map[counterfoil.Time]*cell{}
		}
		c = new(cell)
		t.times[i][start] = c
		t.grow(groupBytes)
	}
	return c
}

// of is good until the next group is made. A text that is new is copied: it may be a part of a page or of a dictionary, which are let go.
func (t *tally) of(i int, text string) *cell {
	g := &t.texts[i]
	n, known := g.index[text]
	if !known {
		if g.index == nil {
			g.index = map[string]uint32{}
		}
		n = uint32(len(g.cells))
		g.index[g.keys.Keep(text)] = n
		g.cells = append(g.cells, cell{})
		t.grow(groupBytes + len(text))
	}
	return &g.cells[n]
}

func (t *tally) grow(n int) {
	const step = 1 << 20
	if t.bytes += n; t.bytes-t.taken >= step {
		t.in.take(int64(t.bytes - t.taken))
		t.taken = t.bytes
	}
}

// tooMany reports whether the tallies of a count have far more groups together than one may: those of files may have the same ones.
func (t *tally) tooMany() bool {
	return t.in.taken.Load()+int64(t.bytes-t.taken) > int64(maxGroupBytes)*3/2
}

func (t *tally) free() { t.in.take(-int64(t.taken)) }

func (c *cell) add(o cell) { c.count, c.failures = c.count+o.count, c.failures+o.failures }

func (c *cell) record(o counterfoil.Outcome) {
	c.count++
	if o == counterfoil.Failure {
		c.failures++
	}
}

// merge takes all of another tally, which is free then.
func (t *tally) merge(o *tally) {
	defer o.free()
	for i := range t.by {
		for k, c := range o.times[i] {
			t.at(i, k).add(*c)
		}
		for k, n := range o.texts[i].index {
			t.of(i, k).add(o.texts[i].cells[n])
		}
		for _, s := range o.coded[i] {
			for code, n := range s.cells {
				if n.count == 0 {
					continue
				}
				if v := s.dict.At(uint32(code)); v != "" {
					t.of(i, v).add(n)
				}
			}
			putCells(s.cells)
		}
	}
	t.st.add(o.st)
}

func (t *tally) buckets() [][]Bucket {
	out := make([][]Bucket, len(t.by))
	for i, b := range t.by {
		out[i] = []Bucket{}
		for k, c := range t.times[i] {
			out[i] = append(out[i], Bucket{k.Std().Format(time.RFC3339Nano), k, c.count, c.failures})
		}
		top := 0
		if b.Every == 0 {
			top = b.Top
		}
		if top == 0 {
			out[i] = slices.Grow(out[i], len(t.times[i])+len(t.texts[i].index))
		}
		const many = 64    // are sorted at once, so that of a million groups of which ten are wanted not all are listed
		least := uint64(0) // what the last of the first top has, as far as is known
		for k, n := range t.texts[i].index {
			c := t.texts[i].cells[n]
			if c.count < least {
				continue
			}
			if out[i] = append(out[i], Bucket{k, 0, c.count, c.failures}); top > 0 && len(out[i]) >= 2*top+many {
				out[i] = inOrder(out[i], top)
				least = out[i][top-1].Count
			}
		}
		out[i] = inOrder(out[i], top)
	}
	return out
}

// inOrder sorts groups, and gives the first top of them, all where top is 0.
func inOrder(b []Bucket, top int) []Bucket {
	slices.SortFunc(b, func(a, b Bucket) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Key, b.Key))
	})
	if top > 0 && len(b) > top {
		return b[:top]
	}
	return b
}
