package segment

import (
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/counterfoil/counterfoil"
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

// Begin makes room for n lines of files in which so many text columns change: see [Reader.Changing].
func (ls *Lines) Begin(n, changing int) {
	ls.each = max(changing, 1)
	ls.rows, ls.cells = resize(ls.rows, n), resize(ls.cells, n*ls.each)
}

// Release lets go of what the lines share, and keeps the memory.
func (ls *Lines) Release() {
	if len(ls.rows) == 0 {
		return
	}
	clear(ls.rows[:cap(ls.rows)])
	clear(ls.cells[:cap(ls.cells)])
	ls.rows, ls.cells = ls.rows[:0], ls.cells[:0]
}

// Size is how many bytes the lines have room for.
func (ls *Lines) Size() int {
	return cap(ls.rows)*int(unsafe.Sizeof(lineRow{})) + cap(ls.cells)*int(unsafe.Sizeof("")) + cap(ls.data)
}

// Seq is the number of line i's record.
func (ls *Lines) Seq(i int) uint64 { return uint64(ls.rows[i].seq) }

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
