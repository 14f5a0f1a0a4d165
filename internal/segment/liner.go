package segment

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// The order of a message is told here and in [counterfoil.AppendRecord]; tests compare all that they write.

// Liner makes the lines of a file's rows. What a value of a dictionary is in a message is made once. The zero value is ready; one is for one file and
// goroutine.
type Liner struct {
	words [len(textColumns)]pieces
	pages [MaxPages]linePage
	plan  *linePlan // of the page before: mostly that of the next one
	next  linePlan
}

// linePage is how the lines of a page are made.
type linePage struct {
	block *Block
	few   *few
	plan  *linePlan
	cells []lineCell
}

// lineCell is a text column that changes, and what it has in a page; nil: the event data of few rows.
type lineCell struct {
	k    int
	text *Text
}

// Changing is how many text columns are not the same in the whole file, or may be joined, at the most.
func (r *Reader) Changing() (n int) {
	for k := range textColumns {
		if _, ok := r.constant(textColumns[k].col); !ok || k == dataColumn {
			n++
		}
	}
	return n
}

// Fill makes line goes[j] of row rows[j] of a page. What it may share with the page's memory stays until the lines are released.
func (l *Liner) Fill(ls *Lines, b *Block, rows []uint16, goes []uint32) error {
	if len(rows) == 0 {
		return nil
	}
	few, err := b.fewData(rows)
	if err != nil {
		return err
	}
	page := &l.pages[b.page]
	if page.block != b || page.few != few {
		*page = linePage{b, few, nil, page.cells[:0]}
		if err := l.planFor(page); err != nil {
			return err
		}
	}
	if len(page.cells) > ls.each {
		return fmt.Errorf("page %d: %d text columns change, there is room for %d", b.page, len(page.cells), ls.each)
	}
	if err := fillNumbers(ls, page, rows, goes); err != nil {
		return err
	}
	for c, cell := range page.cells {
		k, to := cell.k, ls.cells[c:]
		switch t := cell.text; {
		case t == nil:
			for j, i := range rows {
				data, ok := few.at(i)
				if !ok {
					return fmt.Errorf("row %d of page %d is not among those that were to be asked for", i, b.page)
				}
				to[int(goes[j])*ls.each] = data
			}
		case t.Values != nil && isParsed(k):
			for j, i := range rows {
				piece, err := appendParsed(nil, k, t.Values[i])
				if err != nil {
					return fmt.Errorf("row %d of page %d: %w", i, b.page, err)
				}
				to[int(goes[j])*ls.each] = stringOf(piece)
			}
		case t.Values != nil:
			for j, i := range rows {
				to[int(goes[j])*ls.each] = t.Values[i]
			}
		default:
			if err := l.words[k].fill(to, ls.each, k, t, rows, goes); err != nil {
				return fmt.Errorf("page %d: %w", b.page, err)
			}
		}
	}
	return fillInexact(ls, b, rows, goes)
}

func fillNumbers(ls *Lines, page *linePage, rows []uint16, goes []uint32) error {
	n, err := page.block.numbers()
	if err != nil {
		return err
	}
	for j, i := range rows {
		ls.rows[goes[j]] = lineRow{page.plan, n.seqs[i], n.times[i], n.received[i], n.pids[i], n.outcomes[i], n.aids[i]}
	}
	return nil
}

// fillInexact makes the messages of rows that the columns cannot carry.
func fillInexact(ls *Lines, b *Block, rows []uint16, goes []uint32) error {
	if isExact, err := b.AnyInexact(); err != nil || !isExact {
		return err
	}
	for j, i := range rows {
		inexact, err := b.Inexact(int(i))
		if err != nil {
			return err
		}
		if !inexact {
			continue
		}
		var r counterfoil.Record
		if err := b.Record(int(i), &r); err != nil {
			return err
		}
		msg, _ := counterfoil.AppendRecord(nil, &r)
		ls.rows[goes[j]].plan = nil
		ls.cells[int(goes[j])*ls.each] = stringOf(append(msg, '\n'))
	}
	return nil
}

// planFor makes the plan of a page, which is that of the page before if it is the same.
func (l *Liner) planFor(page *linePage) error {
	n := &l.next
	n.steps, n.literals, n.data = n.steps[:0], n.literals[:0], -1
	n.literal(`{"aid":"`)
	n.step(partAID, 0)
	n.literal(`",`)
	for k := range textColumns {
		switch textColumns[k].col {
		case filter.ColLoginID:
			n.step(partOpen, 0)
			n.literal(`,"subject":`)
		case filter.ColObjectKind:
			n.step(partOpen, 0)
			n.literal(`,"object":`)
		}
		if err := l.planText(page, k); err != nil {
			return err
		}
		switch textColumns[k].col {
		case filter.ColVersion:
			n.literal(`,"seq":`)
			n.step(partSeq, 0)
			n.literal(`,"time":"`)
			n.step(partTime, 0)
			n.literal(`","received":"`)
			n.step(partReceived, 0)
			n.literal(`"`)
		case filter.ColAction:
			n.step(partOutcome, 0)
		case filter.ColTerminal:
			n.step(partPID, 0)
		case filter.ColProcess, filter.ColObjectTo:
			n.step(partClose, 0)
		}
	}
	n.literal("}\n")
	n.step(partEnd, 0)
	if l.plan == nil || !slices.Equal(l.plan.steps, n.steps) || !bytes.Equal(l.plan.literals, n.literals) {
		l.plan = &linePlan{slices.Clone(n.steps), slices.Clone(n.literals), n.data}
	}
	page.plan = l.plan
	return nil
}

func (p *linePlan) literal(s string) { p.literals = append(p.literals, s...) }

// step adds a step behind the literals so far.
func (p *linePlan) step(part linePart, k int) {
	from := int32(0)
	if n := len(p.steps); n > 0 {
		from = p.steps[n-1].to
	}
	p.steps = append(p.steps, lineStep{from, int32(len(p.literals)), part, uint8(k)})
}

// planText adds a step for a text column, unless it is the same in all rows.
func (l *Liner) planText(page *linePage, k int) (err error) {
	part, t := partText, (*Text)(nil)
	if k != dataColumn || page.few == nil {
		if t, err = page.block.Text(textColumns[k].col); err != nil {
			return err
		}
		if t.Values == nil && t.IsConstant() {
			l.next.literals, err = appendPiece(l.next.literals, k, t.Dict.At(0))
			return err
		}
		if t.Values == nil || isParsed(k) {
			part = partPiece
		}
	}
	if k == dataColumn {
		l.next.data = len(page.cells)
	}
	l.next.step(part, k)
	page.cells = append(page.cells, lineCell{k, t})
	return nil
}
