package segment

import (
	"slices"

	"github.com/counterfoil/counterfoil"
)

// Table is records turned into columns, repeated texts as codes: what a head is kept in and a segment is written from.
// Whoever asks whether records have the same user, host or path compares numbers, does once what a value needs, and finds
// the values close together in memory. Records are added at the end. For one goroutine; Rows gives others what they may
// see. What records say is copied: their strings may be overwritten afterwards.
type Table struct {
	rows   Rows
	codeOf [len(textColumns)]map[string]uint32
	// A text that many records share is there once and lives as long as the table; data goes into pieces of its own.
	words, data Arena
	bytes       int64
}

// NewTable makes an empty table of records of a trail.
func NewTable(trail counterfoil.TrailID) *Table { return &Table{rows: Rows{trail: trail}} }

// texts is a text column: the value of row i is values[codes[i]], values[0] where there are no codes, or each[i] in a
// column without codes, "" where it is nil.
type texts struct {
	codes  []uint32
	values []string
	each   []string
}

// isCoded tells the columns whose values repeat in any trail. What a dialect says and the raw bytes hardly do.
func isCoded(k int) bool { return k != dataColumn && k != rawColumn }

// Len is the number of records.
func (t *Table) Len() int { return t.rows.n }

// Bytes is about what the records take in memory.
func (t *Table) Bytes() int64 { return t.bytes }

// Rows gives the records that were added until now. They stay as they are.
func (t *Table) Rows() *Rows {
	r := t.rows
	return &r
}

// Record fills rec with row i, which may be cut off later.
func (t *Table) Record(i int, rec *counterfoil.Record) error { return t.rows.Record(i, rec) }

// Together is how many records are added at once, column by column: few enough that what they say is still near the processor when the
// last column comes.
const Together = 32

// Append adds records.
func (t *Table) Append(recs ...counterfoil.Record) {
	for some := range slices.Chunk(recs, Together) {
		t.append(some)
	}
}

func (t *Table) append(recs []counterfoil.Record) {
	d := &t.rows
	for k := range textColumns {
		if isCoded(k) {
			t.appendCodes(k, recs)
		} else {
			t.appendEach(k, recs)
		}
	}
	d.aids = appendSparse(d.aids, d.n, recs, func(r *counterfoil.Record) counterfoil.AID {
		if r.AID == counterfoil.DeriveAID(d.trail, r.Seq) {
			return counterfoil.AID{}
		}
		return r.AID
	})
	d.pids = appendSparse(d.pids, d.n, recs, func(r *counterfoil.Record) int64 { return r.Subject.PID })
	d.hidden = appendSparse(d.hidden, d.n, recs, func(r *counterfoil.Record) counterfoil.Hash { return r.Hidden })
	d.seqs, d.times, d.received = WithRoom(d.seqs, len(recs)), WithRoom(d.times, len(recs)), WithRoom(d.received, len(recs))
	d.outcomes = WithRoom(d.outcomes, len(recs))
	for i := range recs {
		r := &recs[i]
		d.seqs = append(d.seqs, int64(r.Seq))
		d.times = append(d.times, int64(r.Time))
		d.received = append(d.received, int64(r.Received))
		d.outcomes = append(d.outcomes, r.Outcome)
	}
	d.n += len(recs)
	t.bytes += int64(len(recs)) * rowBytes
}

// appendSparse appends what get gives for recs to a column that is nil while all its n values are zero.
func appendSparse[T comparable](column []T, n int, recs []counterfoil.Record, get func(*counterfoil.Record) T) []T {
	var zero T
	if column != nil {
		column = WithRoom(column, len(recs))
	}
	for i := range recs {
		v := get(&recs[i])
		if column == nil {
			if v == zero {
				continue
			}
			column = make([]T, n+i, room(n+len(recs)))
		}
		column = append(column, v)
	}
	return column
}

// appendEach adds what records have in a column without codes.
func (t *Table) appendEach(k int, recs []counterfoil.Record) {
	c, get := &t.rows.cols[k], textColumns[k].get
	c.each = appendSparse(c.each, t.rows.n, recs, func(r *counterfoil.Record) string {
		v := t.data.Keep(get(r))
		t.bytes += int64(len(v))
		return v
	})
}

// appendCodes adds what records have in a column of codes.
func (t *Table) appendCodes(k int, recs []counterfoil.Record) {
	c, get, n := &t.rows.cols[k], textColumns[k].get, t.rows.n
	last := uint32(0)
	if c.codes != nil {
		c.codes = WithRoom(c.codes, len(recs))
		last = c.codes[n-1]
	}
	for i := range recs {
		if v := get(&recs[i]); len(c.values) == 0 || c.values[last] != v { // often it has what the record before has
			last = t.code(k, v)
		}
		if c.codes == nil {
			if last == 0 {
				continue
			}
			c.codes = make([]uint32, n+i, room(n+len(recs)))
		}
		c.codes = append(c.codes, last)
	}
}

// WithRoom gives s with room for so many rows more. Room doubles up to an eighth of a full segment, which comes
// next: a trail whose segments become full copies little, and one whose segments stay small has no room that it does not need.
// (append clears what it does not fill. That would touch all memory of a head at once, in the middle of a commit.)
func WithRoom[T any](s []T, more int) []T {
	if len(s)+more <= cap(s) {
		return s
	}
	roomy := make([]T, len(s), room(len(s)+more))
	copy(roomy, s)
	return roomy
}

// room gives for how many rows there is room where n are wanted.
func room(n int) int {
	rows := fewest
	for rows < n {
		if rows *= 2; rows > MaxRows/8 {
			rows = max(rows, MaxRows)
		}
	}
	return rows
}

const (
	fewest    = 64  // rows that columns begin with
	rowBytes  = 150 // about what the numbers and codes of a row take
	wordBytes = 64  // about what a value takes beside its text: in the list of them and in the map of their codes
)

// code gives the code of a value of column k, a new one where it has none.
func (t *Table) code(k int, v string) uint32 {
	code, ok := t.codeOf[k][v]
	if !ok {
		if t.codeOf[k] == nil {
			t.codeOf[k] = map[string]uint32{}
		}
		c := &t.rows.cols[k]
		code, v = uint32(len(c.values)), t.words.Keep(v)
		t.codeOf[k][v] = code
		c.values = append(c.values, v)
		t.bytes += int64(len(v)) + wordBytes
	}
	return code
}

// Mark is a place in a table.
type Mark struct {
	n      int
	bytes  int64
	values [len(textColumns)]int32
}

// Mark gives the place behind the last record.
func (t *Table) Mark() (m Mark) {
	m.n, m.bytes = t.rows.n, t.bytes
	for k := range t.rows.cols {
		m.values[k] = int32(len(t.rows.cols[k].values))
	}
	return m
}

// Cut takes back every record behind a mark. No Rows may have been given since.
func (t *Table) Cut(m Mark) {
	d := &t.rows
	for k := range d.cols {
		c := &d.cols[k]
		for _, v := range c.values[m.values[k]:] {
			delete(t.codeOf[k], v)
		}
		c.values, c.codes, c.each = c.values[:m.values[k]], cut(c.codes, m.n), cut(c.each, m.n)
	}
	d.aids, d.pids, d.hidden = cut(d.aids, m.n), cut(d.pids, m.n), cut(d.hidden, m.n)
	d.seqs, d.times, d.received, d.outcomes = d.seqs[:m.n], d.times[:m.n], d.received[:m.n], d.outcomes[:m.n]
	d.n, t.bytes = m.n, m.bytes
}

// cut shortens a column. One that had nothing but zeros before becomes nil only if it is empty: that its values are there
// changes nothing.
func cut[T any](s []T, n int) []T {
	if s == nil || n == 0 {
		return nil
	}
	return s[:n]
}
