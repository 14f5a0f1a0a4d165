package search

import (
	"context"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Line is a record that is to be written as its canonical message.
type Line struct {
	lines  *segment.Lines
	i      int
	record *counterfoil.Record // where it was not made as one
}

// Seq is the record's number.
func (l Line) Seq() uint64 {
	if l.record != nil {
		return l.record.Seq
	}
	return l.lines.Seq(l.i)
}

// Append appends the message and a LF.
func (l Line) Append(dst []byte) []byte {
	if l.record != nil {
		dst, _ = counterfoil.AppendRecord(dst, l.record)
		return append(dst, '\n')
	}
	return l.lines.Append(dst, l.i)
}

// Lines is [Run] for who wants the canonical messages of the records: where many are found, they are made straight from the columns. A line is lent,
// as records are.
func Lines(ctx context.Context, v *trail.View, q Query, yield func(Line) bool) (Stats, error) {
	return runFor(ctx, v, q, taker{line: yield, record: func(r *counterfoil.Record) bool { return yield(Line{record: r}) }})
}

// taker takes what is found, until it returns false.
type taker struct {
	record func(*counterfoil.Record) bool
	line   func(Line) bool // nil: records are taken
}

// lineRows is how many records of a page, on average, must be asked for to be made as lines: of fewer, columns had better stay packed.
const lineRows = 64

// liners make the lines of files, those of each worker apart.
type liners map[lining]*segment.Liner

type lining struct {
	file   *trail.Sealed
	worker int
}

// chooseLines has the records given as lines if there are enough, and they are not long: those would be copied.
func (f *found) chooseLines() error {
	if len(f.hits) < lineRows*len(f.blocks) {
		return nil
	}
	for i := range f.blocks {
		r, err := f.blocks[i].file.Reader()
		if err != nil || r.PageRows < segment.MaxPageRows {
			return err
		}
	}
	f.liners = liners{}
	return nil
}

func (f *found) makeLines(b *batch, hits []hit, workers int) error {
	changing := 0
	for i := range f.blocks {
		file := f.blocks[i].file
		r, err := file.Reader()
		if err != nil {
			return err
		}
		changing = max(changing, r.Changing())
		for w := range workers {
			if l := (lining{file, w}); f.liners[l] == nil {
				f.liners[l] = new(segment.Liner)
			}
		}
	}
	b.lines.Begin(len(hits), changing)
	b.goes = emptied(b.goes, len(f.blocks))
	for i, h := range hits {
		b.goes[h.page] = append(b.goes[h.page], uint32(i))
	}
	err := f.fill(workers, func(worker, p int, more func(int) []uint16) error {
		goes, block := b.goes[p], &f.blocks[p]
		return f.liners[lining{block.file, worker}].Fill(&b.lines, block.Block, more(len(goes)), goes)
	})
	if err != nil {
		return err
	}
	b.lines.Gather()
	return nil
}
