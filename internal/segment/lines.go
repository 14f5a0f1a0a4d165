package segment

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Lines is records that are to be written as canonical messages: of each its numbers, and what its texts are in the message. As records they would
// take more memory, and each text would be looked at again for what must be escaped. The zero value is ready.
type Lines struct {
	rows  []lineRow
	cells []string // of row i from each*i on
	each  int
	data  []byte // event data, gathered

	received     int64 // of the last line, and in it: records of a batch have the same
	receivedText []byte
}

// lineRow is a row, but for its texts.
type lineRow struct {
	plan                     *linePlan // nil: the first cell is the whole message
	seq, time, received, pid int64
	outcome                  counterfoil.Outcome
	aid                      counterfoil.AID
}

// linePlan is of which steps the messages of a page are made. What all of them have alike stands between these.
type linePlan struct {
	steps    []lineStep
	literals []byte
	data     int // which of the cells is the event data; -1: none
}

// lineStep is a part of a message, and what stands before it.
type lineStep struct {
	from, to int32 // of the literals
	part     linePart
	k        uint8 // of the text column
}

type linePart uint8

const (
	partAID linePart = iota
	partSeq
	partTime
	partReceived
	partOutcome
	partPID
	partPiece // a text column's value as it stands in a message
	partText  // and as it is
	partOpen  // an object, whose members begin with a comma each
	partClose // which is left out if it has none
	partEnd
)

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

// pieces is what the values of a column's dictionary are in a message, by their codes.
type pieces struct {
	all   []byte
	where []pieceAt
}

// pieceAt is where a piece stands; to is 0 if it is not made yet, and the first byte of all is nobody's.
type pieceAt struct{ from, to uint32 }

// The order of a message is told here and in [counterfoil.AppendRecord]; tests compare all that they write.

// lineKeys is what stands before a value of a text column: a comma and the key.
var lineKeys = func() (keys [len(textColumns)]string) {
	for k := range textColumns {
		name := strings.TrimPrefix(strings.TrimPrefix(textColumns[k].name, "subject_"), "object_")
		keys[k] = `,"` + name + `":`
	}
	return keys
}()

// appendPiece appends what a value of text column k is in a message.
func appendPiece(dst []byte, k int, v string) ([]byte, error) {
	if isParsed(k) {
		return appendParsed(dst, k, v)
	}
	return appendText(dst, k, v), nil
}

// isParsed reports whether the texts of a column are not those of messages.
func isParsed(k int) bool {
	c := textColumns[k].col
	return c == filter.ColVersion || c == filter.ColClass || c == filter.ColCategory
}

// appendText is appendPiece of a column that may hold any text.
func appendText(dst []byte, k int, v string) []byte {
	col, key := textColumns[k].col, lineKeys[k]
	switch {
	case col == filter.ColService || col == filter.ColEvent || col == filter.ColAddr || col == filter.ColUser: // are there in any case
	case v == "":
		return dst
	case col == filter.ColAction:
		return append(append(append(append(dst, key...), '"'), v...), '"')
	case col == filter.ColSvcData || col == filter.ColEventData:
		return append(append(dst, key...), v...)
	case col == filter.ColRaw && !utf8.ValidString(v):
		return append(base64.StdEncoding.AppendEncode(append(dst, `,"raw_b64":"`...), bytesOf(v)), '"')
	}
	return counterfoil.AppendText(append(dst, key...), v)
}

// appendParsed is appendPiece of a column whose texts are not those of messages.
func appendParsed(dst []byte, k int, v string) ([]byte, error) {
	var r counterfoil.Record
	if v != "" {
		if err := textColumns[k].set(&r, v); err != nil {
			return nil, fmt.Errorf("column %s: %w", textColumns[k].name, err)
		}
	}
	switch key := lineKeys[k]; {
	case textColumns[k].col == filter.ColVersion:
		dst = strconv.AppendInt(append(dst, `"vers":{"major":`...), int64(r.Major), 10) // the comma is that behind the aid
		return append(strconv.AppendInt(append(dst, `,"minor":`...), int64(r.Minor), 10), '}'), nil
	case r.Class != 0:
		return append(append(append(append(dst, key...), `["`...), strings.ReplaceAll(r.Class.String(), ",", `","`)...), `"]`...), nil
	case r.Category != counterfoil.NoCategory:
		return append(append(append(append(dst, key...), '"'), v...), '"'), nil
	}
	return dst, nil
}

// Begin makes room for n lines of files in which so many text columns change: see [Reader.Changing].
func (ls *Lines) Begin(n, changing int) {
	ls.each = max(changing, 1)
	ls.rows, ls.cells = resize(ls.rows, n), resize(ls.cells, n*ls.each)
}

// Release lets go of what the lines share, and keeps the memory.
func (ls *Lines) Release() {
	clear(ls.rows[:cap(ls.rows)])
	clear(ls.cells[:cap(ls.cells)])
}

// Size is how many bytes the lines have room for.
func (ls *Lines) Size() int {
	return cap(ls.rows)*int(unsafe.Sizeof(lineRow{})) + cap(ls.cells)*int(unsafe.Sizeof("")) + cap(ls.data)
}

// Seq is the number of line i's record.
func (ls *Lines) Seq(i int) uint64 { return uint64(ls.rows[i].seq) }

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
	b := page.block
	seqs, err1 := b.Seq()
	times, err2 := b.Time()
	received, err3 := b.Received()
	pids, err4 := b.PID()
	outcomes, err5 := b.Outcome()
	aids, err6 := b.AID()
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		return err
	}
	for j, i := range rows {
		ls.rows[goes[j]] = lineRow{page.plan, seqs[i], times[i], received[i], pids[i], outcomes[i], aids[i]}
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

// fill puts the pieces of rows into every each-th of cells.
func (p *pieces) fill(cells []string, each, k int, t *Text, rows []uint16, goes []uint32) error {
	if n := t.Dict.Len() - len(p.where); n > 0 {
		p.where = append(p.where, make([]pieceAt, n)...)
	}
	for j, i := range rows {
		code := t.Code(int(i))
		at := p.where[code]
		if at.to == 0 {
			var err error
			if at, err = p.make(k, code, t.Dict.At(code)); err != nil {
				return err
			}
		}
		cells[int(goes[j])*each] = stringOf(p.all[at.from:at.to])
	}
	return nil
}

// make makes the piece of a value. What was given of others stays as it is.
func (p *pieces) make(k int, code uint32, v string) (pieceAt, error) {
	if len(p.all) == 0 {
		p.all = append(p.all, 0)
	}
	from := len(p.all)
	all, err := appendPiece(p.all, k, v)
	if err != nil {
		return pieceAt{}, err
	}
	p.all, p.where[code] = all, pieceAt{uint32(from), uint32(len(all))}
	return p.where[code], nil
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

// Gather copies the event data of the lines to one place, as the function Gather does.
func (ls *Lines) Gather() {
	size := 0
	ls.eachData(func(data *string) { size += len(*data) })
	ls.data = slices.Grow(ls.data[:0], size)
	ls.eachData(func(data *string) { ls.data, *data = moved(ls.data, *data) })
}

func (ls *Lines) eachData(f func(*string)) {
	for i := range ls.rows {
		if p := ls.rows[i].plan; p != nil && p.data >= 0 {
			f(&ls.cells[i*ls.each+p.data])
		}
	}
}

// Append appends the canonical message of line i, and a LF.
func (ls *Lines) Append(dst []byte, i int) []byte {
	r, cells, opened := &ls.rows[i], ls.cells[i*ls.each:][:ls.each], 0
	if r.plan == nil {
		return append(dst, cells[0]...)
	}
	literals, cell := r.plan.literals, 0
	for _, s := range r.plan.steps {
		if s.from < s.to {
			dst = append(dst, literals[s.from:s.to]...)
		}
		switch s.part {
		case partPiece:
			dst = append(dst, cells[cell]...)
			cell++
		case partText:
			dst = appendText(dst, int(s.k), cells[cell])
			cell++
		case partOpen:
			opened = len(dst)
		case partClose:
			dst = closeObject(dst, opened)
		case partAID:
			dst = r.aid.Append(dst)
		case partSeq:
			dst = strconv.AppendUint(dst, uint64(r.seq), 10)
		case partTime:
			dst = counterfoil.Time(r.time).Append(dst)
		case partReceived:
			dst = ls.appendReceived(dst, r.received)
		case partOutcome:
			switch r.outcome {
			case counterfoil.Success:
				dst = append(dst, `,"success":true`...)
			case counterfoil.Failure:
				dst = append(dst, `,"success":false`...)
			}
		case partPID:
			if r.pid != 0 {
				dst = strconv.AppendInt(append(dst, `,"pid":`...), r.pid, 10)
			}
		}
	}
	return dst
}

func (ls *Lines) appendReceived(dst []byte, t int64) []byte {
	if ls.received != t || len(ls.receivedText) == 0 {
		ls.received, ls.receivedText = t, counterfoil.Time(t).Append(ls.receivedText[:0])
	}
	return append(dst, ls.receivedText...)
}

// closeObject ends the object whose key begins at opened: the comma before its first member becomes a brace, and one without members goes.
func closeObject(dst []byte, opened int) []byte {
	first := opened + strings.IndexByte(stringOf(dst[opened:]), ':') + 1
	if first == len(dst) {
		return dst[:opened]
	}
	dst[first] = '{'
	return append(dst, '}')
}
