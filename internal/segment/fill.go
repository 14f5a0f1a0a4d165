package segment

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

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
	n, err1 := b.numbers()
	_, err2 := b.Inexact(0)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	few, err := b.fewData(rows)
	if err != nil {
		return err
	}
	const near = 64 // records that stay in the processor's first cache while column after column is filled in
	for from := 0; from < len(rows); from += near {
		to := min(from+near, len(rows))
		rows, recs := rows[from:to], recs[from:to]
		for j, i := range rows {
			r := recs[j]
			*r = counterfoil.Record{}
			r.Seq, r.Time, r.Received = uint64(n.seqs[i]), counterfoil.Time(n.times[i]), counterfoil.Time(n.received[i])
			r.Subject.PID, r.Outcome, r.AID, r.Hidden = n.pids[i], n.outcomes[i], n.aids[i], b.headHidden(int(i))
		}
		for k := range textColumns {
			if k == dataColumn && few != nil {
				for j, i := range rows {
					data, ok := few.at(i)
					if !ok {
						return fmt.Errorf("row %d of page %d is not among those that were to be asked for", i, b.page)
					}
					recs[j].EventData = counterfoil.JSON(data)
				}
				continue
			}
			if err := b.fillColumn(k, rows, recs); err != nil {
				return err
			}
		}
		if err := b.fillInexact(rows, recs); err != nil {
			return err
		}
	}
	return nil
}

// numbers are the columns of a block that are no text.
type numbers struct {
	seqs, times, received, pids []int64
	outcomes                    []counterfoil.Outcome
	aids                        []counterfoil.AID
}

func (b *Block) numbers() (n numbers, err error) {
	var errs [6]error
	n.seqs, errs[0] = b.Seq()
	n.times, errs[1] = b.Time()
	n.received, errs[2] = b.Received()
	n.pids, errs[3] = b.PID()
	n.outcomes, errs[4] = b.Outcome()
	n.aids, errs[5] = b.AID()
	return n, errors.Join(errs[:]...)
}

// fillInexact puts what the columns cannot carry into recs.
func (b *Block) fillInexact(rows []uint16, recs []*counterfoil.Record) error {
	for j, i := range rows {
		inexact, err := b.Inexact(int(i))
		if err == nil && inexact {
			err = b.fillExact(int(i), recs[j], AllColumns)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fillColumn puts the values of a text column into recs.
func (b *Block) fillColumn(k int, rows []uint16, recs []*counterfoil.Record) error {
	c := &textColumns[k]
	t, runs := b.texts[c.col], (*Runs)(nil)
	if t == nil {
		var err error
		if max(len(rows), len(b.Wanted)) <= unpackedRows {
			runs, err = b.Runs(c.col)
		}
		if runs == nil && err == nil {
			t, err = b.Text(c.col)
		}
		if err != nil {
			return err
		}
	}
	if runs == nil && t.Values == nil && t.IsConstant() && t.Dict.At(0) == "" {
		return nil // the whole segment has no value
	}
	for j, i := range rows {
		var v string
		if runs != nil {
			v = runs.At(int(i))
		} else {
			v = t.At(int(i))
		}
		if v != "" {
			if err := c.set(recs[j], v); err != nil {
				return fmt.Errorf("column %s, row %d of page %d: %w", c.name, i, b.page, err)
			}
		}
	}
	return nil
}

// unpackedRows is for how many rows at most a column stays packed.
const unpackedRows = 64

// SetText sets the field that a text column is of.
func SetText(rec *counterfoil.Record, col filter.Column, value string) error {
	c := &textColumns[textOf[col]]
	if value == "" {
		return nil
	}
	if err := c.set(rec, value); err != nil {
		return fmt.Errorf("column %s: %w", c.name, err)
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

// Gather copies the event data of records that lie far from one another to one place, in their order: whoever encodes them then
// does not wait for each to come from memory. It gives that place, which is memory's if it is large enough; use it again with
// the next records, when nobody needs these. Records of more than a kilobyte on average stay where they are.
func Gather(recs []counterfoil.Record, memory []byte) []byte {
	size := 0
	for i := range recs {
		size += len(recs[i].EventData)
	}
	if size > len(recs)<<10 {
		return memory
	}
	memory = slices.Grow(memory[:0], size)
	for i := range recs {
		var data string
		memory, data = moved(memory, string(recs[i].EventData))
		recs[i].EventData = counterfoil.JSON(data)
	}
	return memory
}

// moved gives s behind what memory has. There must be room: what was moved before is not copied again.
func moved(memory []byte, s string) ([]byte, string) {
	at := len(memory)
	memory = append(memory, s...)
	return memory, stringOf(memory[at:])
}
