package segment

import "github.com/counterfoil/counterfoil"

// table is the records of a segment with their repeated strings as codes. Everything that asks whether two records have
// the same user, host or path then compares numbers, and does what a value needs once.
type table struct {
	recs  []*counterfoil.Record // by number
	order []uint32              // rows of the segment: indexes into recs
	cols  []coded               // of textColumns; those without codes are empty
}

// coded is a text column: the value of record i is texts[codes[i]].
type coded struct {
	codes []uint32
	texts []string
}

// isCoded tells the columns whose values repeat in any trail. What a dialect says and the raw bytes hardly do.
func isCoded(c *textColumn) bool { return c.name != "event_data" && c.name != "raw" }

func newTable(chunks [][]counterfoil.Record) *table {
	t := &table{}
	n := 0
	for _, c := range chunks {
		n += len(c)
	}
	t.recs = make([]*counterfoil.Record, 0, n)
	for _, c := range chunks {
		for i := range c {
			t.recs = append(t.recs, &c[i])
		}
	}
	return t
}

// code looks at the records once, in the order in which they lie in memory.
func (t *table) code() {
	recs := t.recs
	t.cols = make([]coded, len(textColumns))
	byText := make([]map[string]uint32, len(textColumns))
	prev := make([]string, len(textColumns))
	code := make([]uint32, len(textColumns))
	for k := range textColumns {
		if isCoded(&textColumns[k]) {
			t.cols[k].codes = make([]uint32, len(recs))
			byText[k] = map[string]uint32{}
		}
	}
	for i := range recs {
		for k := range t.cols {
			col := &t.cols[k]
			if col.codes == nil {
				continue
			}
			if v := textColumns[k].get(recs[i]); v != prev[k] || i == 0 {
				c, ok := byText[k][v]
				if !ok {
					c = uint32(len(col.texts))
					byText[k][v] = c
					col.texts = append(col.texts, v)
				}
				prev[k], code[k] = v, c
			}
			col.codes[i] = code[k]
		}
	}
}

// inOrder makes the rows those of recs as they come.
func (t *table) inOrder() {
	t.order = make([]uint32, len(t.recs))
	for i := range t.order {
		t.order[i] = uint32(i)
	}
}

// page gives the rows of a page.
func (t *table) page(p int) []uint32 {
	return t.order[p*PageRows : min((p+1)*PageRows, len(t.order))]
}

// pages is the number of pages.
func (t *table) pages() int { return (len(t.recs) + PageRows - 1) / PageRows }
