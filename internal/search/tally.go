package search

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
)

// cell is a group while it is being counted.
type cell struct{ count, failures uint64 }

// tally is what has been counted, by each By.
type tally struct {
	by    []By
	times []map[counterfoil.Time]*cell
	texts []map[string]*cell
	coded [][]codeCells // groups of dictionaries, which go into the texts of what this is merged into
	bytes int           // that groups take that were merged
	st    Stats
}

func newTally(by []By) *tally {
	t := &tally{by: by, times: make([]map[counterfoil.Time]*cell, len(by)), texts: make([]map[string]*cell, len(by)), coded: make([][]codeCells, len(by))}
	for i, b := range by {
		if b.Every > 0 {
			t.times[i] = map[counterfoil.Time]*cell{}
		} else {
			t.texts[i] = map[string]*cell{}
		}
	}
	return t
}

// timeCell and textCell give the cell of a group. A text is copied, which may be a part of a page or of a dictionary: that is let go.
func timeCell(m map[counterfoil.Time]*cell, k counterfoil.Time) *cell {
	c := m[k]
	if c == nil {
		c = new(cell)
		m[k] = c
	}
	return c
}

func textCell(m map[string]*cell, k string) *cell {
	c := m[k]
	if c == nil {
		c = new(cell)
		m[strings.Clone(k)] = c
	}
	return c
}

func (c *cell) add(o cell) { c.count, c.failures = c.count+o.count, c.failures+o.failures }

func (c *cell) record(o counterfoil.Outcome) {
	c.count++
	if o == counterfoil.Failure {
		c.failures++
	}
}

func (t *tally) merge(o *tally) {
	for i := range t.by {
		for k, c := range o.times[i] {
			t.addTime(i, k, *c)
		}
		for k, c := range o.texts[i] {
			if t.texts[i][k] == nil { // the text is the other tally's, not a page's
				t.texts[i][k] = new(cell)
			}
			t.addText(i, k, *c)
		}
		for _, s := range o.coded[i] {
			for code, n := range s.cells {
				if n.count > 0 && s.dict[code] != "" {
					t.addText(i, s.dict[code], n)
				}
			}
		}
	}
	t.st.add(o.st)
}

func (t *tally) addTime(i int, k counterfoil.Time, n cell) {
	if t.times[i][k] == nil {
		t.bytes += groupBytes
	}
	timeCell(t.times[i], k).add(n)
}

func (t *tally) addText(i int, k string, n cell) {
	c := textCell(t.texts[i], k)
	if c.count == 0 {
		t.bytes += groupBytes + len(k)
	}
	c.add(n)
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
		const many = 4096 // are sorted at once, so that of a million groups of which ten are wanted not all are listed
		for k, c := range t.texts[i] {
			if out[i] = append(out[i], Bucket{k, 0, c.count, c.failures}); top > 0 && len(out[i]) >= 2*top+many {
				out[i] = inOrder(out[i], top)
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
