package segment

import (
	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Rows is records in columns, in memory. It never changes; any number of goroutines may read it.
type Rows struct {
	trail counterfoil.TrailID
	n     int
	cols  [len(textColumns)]texts

	seqs, times, received []int64
	pids                  []int64 // nil: all 0
	outcomes              []counterfoil.Outcome
	aids                  []counterfoil.AID  // zero where the trail derives it; nil: all are
	hidden                []counterfoil.Hash // of records whose hidden half was forgotten; nil: of none
}

// Len is the number of records.
func (r *Rows) Len() int { return r.n }

// Seq is the number in the trail of row i.
func (r *Rows) Seq(i int) uint64 { return uint64(r.seqs[i]) }

// code is that of the value of a coded column.
func (r *Rows) code(k, i int) uint32 {
	if codes := r.cols[k].codes; codes != nil {
		return codes[i]
	}
	return 0
}

// AID is the identifier of row i, also where the trail derives it.
func (r *Rows) AID(i int) counterfoil.AID {
	if r.aids == nil || r.aids[i].IsZero() {
		return counterfoil.DeriveAID(r.trail, r.Seq(i))
	}
	return r.aids[i]
}

// Record fills rec with row i. Its strings share the rows' memory.
func (r *Rows) Record(i int, rec *counterfoil.Record) error {
	return r.Block(i/MaxPageRows).Record(i%MaxPageRows, rec)
}

// Pages is the number of blocks.
func (r *Rows) Pages() int { return pagesOf(r.n, MaxPageRows) }

func pagesOf(rows, pageRows int) int { return (rows + pageRows - 1) / pageRows }

// pageRows is how many rows stand in a page of a file of these rows: of long records few.
func (r *Rows) pageRows() int {
	bytes, n := 0, MaxPageRows
	for k := range r.cols {
		for _, v := range r.cols[k].each {
			bytes += len(v)
		}
	}
	for n > 1 && bytes/r.n*n > pageBytes && pagesOf(r.n, n/2) <= MaxPages {
		n /= 2
	}
	return n
}

// Block gives the rows from MaxPageRows·p on, as many as a page has.
func (r *Rows) Block(p int) *Block {
	return &Block{h: r, page: p, rows: min(MaxPageRows, r.n-p*MaxPageRows)}
}

// part gives rows lo to hi-1 of a column; nil where the column is nil.
func part[T any](column []T, lo, hi int) []T {
	if column == nil {
		return nil
	}
	return column[lo:hi]
}

// from and to are where a block begins and ends in the rows.
func (b *Block) from() int { return b.page * MaxPageRows }
func (b *Block) to() int   { return b.from() + b.rows }

// headText gives a text column of a block of rows in memory.
func (b *Block) headText(col filter.Column) *Text {
	c := &b.h.cols[textOf[col]]
	switch {
	case isCoded(textOf[col]):
		return &Text{Dict: NewDict(c.values...), Codes: part(c.codes, b.from(), b.to())}
	case c.each == nil:
		return &Text{Dict: NewDict("")}
	}
	return &Text{Values: part(c.each, b.from(), b.to())}
}

// headInt gives a column of numbers.
func (b *Block) headInt(name string) []int64 {
	switch name {
	case nameSeq:
		return b.h.seqs[b.from():b.to()]
	case nameTime:
		return b.h.times[b.from():b.to()]
	case nameReceived:
		return b.h.received[b.from():b.to()]
	}
	if b.h.pids == nil {
		return make([]int64, b.rows)
	}
	return b.h.pids[b.from():b.to()]
}

// headHidden gives what stands for the hidden half of a row in memory, if it was forgotten.
func (b *Block) headHidden(i int) (h counterfoil.Hash) {
	if b.h == nil || b.h.hidden == nil {
		return h
	}
	return b.h.hidden[b.from()+i]
}

func (b *Block) headAIDs() []counterfoil.AID {
	out := make([]counterfoil.AID, b.rows)
	for i := range out {
		out[i] = b.h.AID(b.from() + i)
	}
	return out
}
