package segment

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"

	"github.com/parquet-go/parquet-go"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Block is one page of every column, read as it is asked for, or the same number of rows in memory. For one goroutine.
type Block struct {
	r     *Reader // nil where the rows are in memory:
	h     *Rows
	page  int
	rows  int
	texts [filter.NumColumns]*Text
	ints  map[string][]int64
	out   []counterfoil.Outcome
	aids  []counterfoil.AID
	exact *Text
}

// Text is a page of a text column: the value of row i is Dict[Codes[i]], or Values[i] where there is no dictionary.
// A column that is the same in the whole segment has one entry in Dict and nil Codes.
type Text struct {
	Dict   []string
	Codes  []uint32
	Values []string
	All    string // the Values one after the other; empty where they are in memory already
}

// At gives the value of a row.
func (t *Text) At(i int) string {
	switch {
	case t.Values != nil:
		return t.Values[i]
	case t.Codes != nil:
		return t.Dict[t.Codes[i]]
	}
	return t.Dict[0]
}

// Block gives page p.
func (r *Reader) Block(p int) *Block {
	return &Block{r: r, page: p, rows: min(PageRows, r.Rows-p*PageRows)}
}

// Rows is the number of rows in the block.
func (b *Block) Rows() int { return b.rows }

// Text gives a text column. Values of strings that are not valid UTF-8 are not exact here: see Inexact.
func (b *Block) Text(col filter.Column) (*Text, error) {
	if t := b.texts[col]; t != nil {
		return t, nil
	}
	if textOf[col] < 0 {
		return nil, fmt.Errorf("%s is no text column", filter.ColumnNames[col])
	}
	if b.h != nil {
		b.texts[col] = b.headText(col)
		return b.texts[col], nil
	}
	if v, ok := b.r.constant(col); ok {
		b.texts[col] = &Text{Dict: []string{v}}
		return b.texts[col], nil
	}
	t, err := b.text(textColumns[textOf[col]].name)
	b.texts[col] = t
	return t, err
}

func (b *Block) text(name string) (*Text, error) {
	v, err := b.r.page(name, b.page, func(p parquet.Page) (any, int64) {
		t := &Text{}
		if d := p.Dictionary(); d != nil {
			t.Dict = b.r.dict(name, d)
			data := p.Data()
			codes := data.Int32()
			t.Codes = make([]uint32, len(codes))
			for i, c := range codes {
				t.Codes[i] = uint32(c)
				_ = t.Dict[c] // a code beyond the dictionary is damage: see guard
			}
			return t, int64(4 * len(codes))
		}
		data := p.Data()
		bytes, offsets := data.ByteArray()
		all := string(bytes)
		t.All = all
		t.Values = make([]string, len(offsets)-1)
		for i := range t.Values {
			t.Values[i] = all[offsets[i]:offsets[i+1]]
		}
		return t, int64(len(all) + 16*len(t.Values))
	})
	if err != nil {
		return nil, err
	}
	return v.(*Text), nil
}

// Inexact reports whether row i has strings that are not valid UTF-8, which only Record gives exactly, or was forgotten.
func (b *Block) Inexact(i int) (bool, error) {
	if b.h != nil || b.r.Index != nil && !b.r.Index.Inexact {
		return false, nil
	}
	if b.exact == nil {
		t, err := b.text(nameExact)
		if err != nil {
			return false, err
		}
		b.exact = t
	}
	return b.exact.At(i) != "", nil
}

// AnyInexact reports whether any row of the block is inexact.
func (b *Block) AnyInexact() (bool, error) {
	if b.h != nil || b.r.Index != nil && !b.r.Index.Inexact {
		return false, nil
	}
	if _, err := b.Inexact(0); err != nil {
		return false, err
	}
	if len(b.exact.Dict) == 1 && b.exact.Dict[0] == "" {
		return false, nil
	}
	for i := range b.Rows() {
		if b.exact.At(i) != "" {
			return true, nil
		}
	}
	return false, nil
}

// Seq, Time, Received and PID give the numbers of the rows.
func (b *Block) Seq() ([]int64, error)      { return b.int(nameSeq) }
func (b *Block) Time() ([]int64, error)     { return b.int(nameTime) }
func (b *Block) Received() ([]int64, error) { return b.int(nameReceived) }
func (b *Block) PID() ([]int64, error)      { return b.int(namePID) }

func (b *Block) int(name string) ([]int64, error) {
	if b.h != nil {
		return b.headInt(name), nil
	}
	if v, ok := b.ints[name]; ok {
		return v, nil
	}
	v, err := b.r.page(name, b.page, func(p parquet.Page) (any, int64) {
		out := make([]int64, 0, PageRows)
		data := p.Data()
		if d := p.Dictionary(); d != nil {
			for _, c := range data.Int32() {
				out = append(out, d.Index(c).Int64())
			}
		} else {
			out = append(out, data.Int64()...)
		}
		return out, int64(8 * len(out))
	})
	if err != nil {
		return nil, err
	}
	if b.ints == nil {
		b.ints = map[string][]int64{}
	}
	b.ints[name] = v.([]int64)
	return v.([]int64), nil
}

// Outcome gives the outcomes of the rows.
func (b *Block) Outcome() ([]counterfoil.Outcome, error) {
	if b.h != nil {
		return b.h.outcomes[b.from():b.to()], nil
	}
	if b.out != nil {
		return b.out, nil
	}
	v, err := b.r.page(nameSuccess, b.page, func(p parquet.Page) (any, int64) {
		levels := p.DefinitionLevels()
		out := make([]counterfoil.Outcome, len(levels))
		data := p.Data()
		bits := data.Boolean()
		n := 0
		for i, l := range levels {
			if l == 1 {
				out[i] = counterfoil.OutcomeOf(bits[n>>3]>>(n&7)&1 == 1)
				n++
			}
		}
		return out, int64(len(out))
	})
	if err != nil {
		return nil, err
	}
	b.out = v.([]counterfoil.Outcome)
	return b.out, nil
}

// AID gives the identifiers of the rows, those that the trail derived included.
func (b *Block) AID() ([]counterfoil.AID, error) {
	if b.aids != nil {
		return b.aids, nil
	}
	if b.h != nil {
		b.aids = b.headAIDs()
		return b.aids, nil
	}
	seqs, err := b.Seq()
	if err != nil {
		return nil, err
	}
	v, err := b.r.page(nameAID, b.page, func(p parquet.Page) (any, int64) {
		levels := p.DefinitionLevels()
		out := make([]counterfoil.AID, len(levels))
		data := p.Data()
		bytes, _ := data.FixedLenByteArray()
		for i, l := range levels {
			if l == 1 {
				bytes = bytes[copy(out[i][:], bytes):]
			} else {
				out[i] = counterfoil.DeriveAID(b.r.Trail, uint64(seqs[i]))
			}
		}
		return out, int64(16 * len(out))
	})
	if err != nil {
		return nil, err
	}
	b.aids = v.([]counterfoil.AID)
	return b.aids, nil
}

// Columns is a set of columns.
type Columns uint64

// Has reports whether the set holds a column.
func (c Columns) Has(col filter.Column) bool { return c>>col&1 != 0 }

// With gives the set with a column more.
func (c Columns) With(col filter.Column) Columns { return c | 1<<col }

// AllColumns is every column.
const AllColumns = Columns(1<<filter.NumColumns - 1)

// Record fills rec with row i. Its strings share memory with the cache: keep them as long as needed, change nothing.
func (b *Block) Record(i int, rec *counterfoil.Record) error { return b.Fill(i, rec, AllColumns) }

// Records fills recs[j] with row rows[j], column by column: many rows of a page come faster so than one by one.
func (b *Block) Records(rows []uint16, recs []*counterfoil.Record) error {
	seqs, err1 := b.Seq()
	times, err2 := b.Time()
	received, err3 := b.Received()
	pids, err4 := b.PID()
	outcomes, err5 := b.Outcome()
	aids, err6 := b.AID()
	_, err7 := b.Inexact(0)
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		return err
	}
	const few = 64 // records that stay in the processor's first cache while column after column is filled in
	for len(rows) > few {
		if err := b.Records(rows[:few], recs[:few]); err != nil {
			return err
		}
		rows, recs = rows[few:], recs[few:]
	}
	for j, i := range rows {
		r := recs[j]
		*r = counterfoil.Record{}
		r.Seq, r.Time, r.Received = uint64(seqs[i]), counterfoil.Time(times[i]), counterfoil.Time(received[i])
		r.Subject.PID, r.Outcome, r.AID, r.Hidden = pids[i], outcomes[i], aids[i], b.headHidden(int(i))
	}
	for k := range textColumns {
		if err := b.fillColumn(k, rows, recs); err != nil {
			return err
		}
	}
	for j, i := range rows {
		if inexact, err := b.Inexact(int(i)); err != nil || !inexact {
			if err != nil {
				return err
			}
			continue
		}
		if err := b.fillExact(int(i), recs[j], AllColumns); err != nil {
			return err
		}
	}
	return nil
}

// fillColumn puts the values of a text column into recs.
func (b *Block) fillColumn(k int, rows []uint16, recs []*counterfoil.Record) error {
	c := &textColumns[k]
	t := b.texts[c.col]
	if t == nil {
		var err error
		if t, err = b.Text(c.col); err != nil {
			return err
		}
	}
	if t.Codes == nil && t.Values == nil && t.Dict[0] == "" {
		return nil // the whole segment has no value
	}
	for j, i := range rows {
		if v := t.At(int(i)); v != "" {
			if err := c.set(recs[j], v); err != nil {
				return fmt.Errorf("column %s, row %d of page %d: %w", c.name, i, b.page, err)
			}
		}
	}
	return nil
}

// textSet is the columns that are text.
var textSet = func() (c Columns) {
	for i := range textColumns {
		c = c.With(textColumns[i].col)
	}
	return c
}()

// Fill fills the wanted fields of rec with row i and leaves the others zero.
func (b *Block) Fill(i int, rec *counterfoil.Record, want Columns) (err error) {
	*rec = counterfoil.Record{Hidden: b.headHidden(i)}
	for m := want & textSet; m != 0; m &= m - 1 {
		col := filter.Column(bits.TrailingZeros64(uint64(m)))
		t := b.texts[col]
		if t == nil {
			if t, err = b.Text(col); err != nil {
				return err
			}
		}
		if v := t.At(i); v != "" {
			if err := textColumns[textOf[col]].set(rec, v); err != nil {
				return fmt.Errorf("column %s, row %d of page %d: %w", filter.ColumnNames[col], i, b.page, err)
			}
		}
	}
	if want&^textSet != 0 {
		if err := b.fillNumbers(i, rec, want); err != nil {
			return err
		}
	}
	if inexact, err := b.Inexact(i); err != nil || !inexact {
		return err
	}
	return b.fillExact(i, rec, want)
}

func (b *Block) fillNumbers(i int, rec *counterfoil.Record, want Columns) error {
	number := func(col filter.Column, name string, set func(int64)) error {
		if !want.Has(col) {
			return nil
		}
		v, err := b.int(name)
		if err == nil {
			set(v[i])
		}
		return err
	}
	if err := errors.Join(
		number(filter.ColSeq, nameSeq, func(v int64) { rec.Seq = uint64(v) }),
		number(filter.ColTime, nameTime, func(v int64) { rec.Time = counterfoil.Time(v) }),
		number(filter.ColReceived, nameReceived, func(v int64) { rec.Received = counterfoil.Time(v) }),
		number(filter.ColPID, namePID, func(v int64) { rec.Subject.PID = v }),
	); err != nil {
		return err
	}
	if want.Has(filter.ColSuccess) {
		v, err := b.Outcome()
		if err != nil {
			return err
		}
		rec.Outcome = v[i]
	}
	if want.Has(filter.ColAID) {
		v, err := b.AID()
		if err != nil {
			return err
		}
		rec.AID = v[i]
	}
	return nil
}

// fillExact puts the exact strings of a row over those that the columns could not carry, and what stands for a forgotten half.
func (b *Block) fillExact(i int, rec *counterfoil.Record, want Columns) error {
	for name, v := range counterfoil.JSON(b.exact.At(i)).Members() {
		if name == exactHidden {
			h, err := hex.DecodeString(v.Text())
			if err != nil || len(h) != len(rec.Hidden) {
				return fmt.Errorf("column exact, row %d of page %d: what stands for a forgotten half is no hash", i, b.page)
			}
			rec.Hidden = counterfoil.Hash(h)
			continue
		}
		for j := range textColumns {
			if c := &textColumns[j]; c.name == name && want.Has(c.col) {
				if err := c.set(rec, v.Text()); err != nil {
					return fmt.Errorf("column exact, row %d of page %d: %w", i, b.page, err)
				}
			}
		}
	}
	return nil
}
