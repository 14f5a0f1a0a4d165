package segment

import (
	"unsafe"

	"github.com/counterfoil/counterfoil"
)

// table is the records of a segment turned into columns, repeated strings as codes. Everything that asks whether two
// records have the same user, host or path then compares numbers, does what a value needs once, and meets the values
// close together in memory.
type table struct {
	recs  []*counterfoil.Record // by number
	order []uint32              // rows of the segment: indexes into recs
	cols  []texts               // of textColumns

	seqs, times, received, pids []int64
	outcomes                    []counterfoil.Outcome
	aids                        []counterfoil.AID // zero where the trail derives it

	byText []map[string]uint32 // while gathering: the code of each value
	recent []recentCode        // those seen lately, by where the string lies
	keys   []keyed             // while clustering
}

// texts is a text column: the value of record i is values[codes[i]], or each[i] where there are no codes.
type texts struct {
	codes  []uint32
	values []string
	each   []string
}

// recentCode is the code of a string in memory. Records share the memory of a word that comes again, so that most need
// not be looked up by their bytes.
type recentCode struct {
	at     *byte
	length int
	column int
	code   uint32
}

// isCoded tells the columns whose values repeat in any trail. What a dialect says and the raw bytes hardly do.
func isCoded(c *textColumn) bool { return c.name != "event_data" && c.name != "raw" }

// resize gives a slice of length n, in s's memory if it is enough. What it holds is anything.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// fill makes the table that of new records.
func (t *table) fill(chunks [][]counterfoil.Record, trail counterfoil.TrailID) {
	n := 0
	for _, c := range chunks {
		n += len(c)
	}
	t.recs = resize(t.recs, n)[:0]
	for _, c := range chunks {
		for i := range c {
			t.recs = append(t.recs, &c[i])
		}
	}
	t.gather(trail)
}

// release lets go of the records and keeps the memory for the next ones.
func (t *table) release() {
	clear(t.recs)
	clear(t.recent)
	for k := range t.cols {
		clear(t.cols[k].values)
		clear(t.cols[k].each)
		clear(t.byText[k])
	}
}

// gather looks at the records once, in the order in which they lie in memory.
func (t *table) gather(trail counterfoil.TrailID) {
	n := len(t.recs)
	t.seqs, t.times, t.received, t.pids = resize(t.seqs, n), resize(t.times, n), resize(t.received, n), resize(t.pids, n)
	t.outcomes, t.aids = resize(t.outcomes, n), resize(t.aids, n)
	if t.cols == nil {
		t.cols, t.byText = make([]texts, len(textColumns)), make([]map[string]uint32, len(textColumns))
		t.recent = make([]recentCode, recentCodes)
	}
	prev := make([]string, len(textColumns))
	code := make([]uint32, len(textColumns))
	for k := range textColumns {
		col := &t.cols[k]
		col.values = col.values[:0]
		if !isCoded(&textColumns[k]) {
			col.each = resize(col.each, n)
			continue
		}
		col.codes = resize(col.codes, n)
		if t.byText[k] == nil {
			t.byText[k] = map[string]uint32{}
		}
	}
	for i, r := range t.recs {
		t.seqs[i], t.times[i], t.received[i], t.pids[i] = int64(r.Seq), int64(r.Time), int64(r.Received), r.Subject.PID
		t.outcomes[i] = r.Outcome
		if t.aids[i] = r.AID; r.AID == counterfoil.DeriveAID(trail, r.Seq) {
			t.aids[i] = counterfoil.AID{}
		}
		for k := range t.cols {
			col := &t.cols[k]
			v := textColumns[k].get(r)
			if col.codes == nil {
				col.each[i] = v
				continue
			}
			if i == 0 || unsafe.StringData(v) != unsafe.StringData(prev[k]) || len(v) != len(prev[k]) {
				prev[k], code[k] = v, t.code(k, v)
			}
			col.codes[i] = code[k]
		}
	}
}

// code gives the code of a value of column k, a new one where it has none.
func (t *table) code(k int, v string) uint32 {
	at := unsafe.StringData(v)
	r := &t.recent[(uintptr(unsafe.Pointer(at))>>3+uintptr(k)*0x9e37)%recentCodes]
	if r.at == at && r.length == len(v) && r.column == k && at != nil {
		return r.code
	}
	c, ok := t.byText[k][v]
	if !ok {
		c = uint32(len(t.cols[k].values))
		t.byText[k][v] = c
		t.cols[k].values = append(t.cols[k].values, v)
	}
	*r = recentCode{at, len(v), k, c}
	return c
}

const recentCodes = 1 << 13

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
