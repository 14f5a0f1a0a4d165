package segment

import (
	"errors"
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/pagefile"
)

// Block is one page of every column, read as it is asked for, or the same number of rows in memory. For one goroutine.
type Block struct {
	Once   bool     // more pages are read than the cache has room for: those of texts are better not kept, see [Block.Some]
	Wanted []uint16 // the rows that [Block.Records] will be asked for, some in each call; nil: not known

	r     *Reader // nil where the rows are in memory:
	h     *Rows
	page  int
	rows  int
	texts [filter.NumColumns]*Text
	ints  map[string][]int64
	out   []counterfoil.Outcome
	aids  []counterfoil.AID
	exact *Text
	few   *few // of the event data of Wanted

	scratch *Scratch // nil: what is unpacked is the block's
}

// Text is a page of a text column: the value of row i is Dict[Code(i)], or Values[i] where there is no dictionary.
// A column that is the same in the whole segment has one entry in Dict, and no codes.
type Text struct {
	Dict   *Dict
	Codes  []uint32
	Small  []uint8 // the codes, in place of Codes, of a dictionary that is read from a file and has 256 values at most
	Values []string
	All    string // the Values one after the other; empty where they are in memory already
	ascii  bool   // no byte of All is above 0x7f
}

// At gives the value of a row.
func (t *Text) At(i int) string {
	if t.Values != nil {
		return t.Values[i]
	}
	return t.Dict.At(t.Code(i))
}

// Code gives the code of a row of a column that has a dictionary.
func (t *Text) Code(i int) uint32 {
	switch {
	case t.Codes != nil:
		return t.Codes[i]
	case t.Small != nil:
		return uint32(t.Small[i])
	}
	return 0
}

// AppendCodes appends the codes of all rows of a column that has a dictionary and is not constant.
func (t *Text) AppendCodes(codes []uint32) []uint32 {
	codes = append(codes, t.Codes...)
	for _, code := range t.Small {
		codes = append(codes, uint32(code))
	}
	return codes
}

// IsConstant reports whether a column that has a dictionary has no codes.
func (t *Text) IsConstant() bool { return t.Codes == nil && t.Small == nil }

// Block gives page p.
func (r *Reader) Block(p int) *Block { return r.BlockIn(p, nil) }

// BlockIn gives page p, which is unpacked into s.
func (r *Reader) BlockIn(p int, s *Scratch) *Block {
	lo, hi := r.rowsOf(p)
	return &Block{r: r, page: p, rows: hi - lo, scratch: s}
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
		b.texts[col] = &Text{Dict: NewDict(v)}
		return b.texts[col], nil
	}
	var t *Text
	var err error
	if b.isJoined(col) {
		t, err = b.joinedText()
	} else {
		t, err = b.text(textColumns[textOf[col]].name)
	}
	b.texts[col] = t
	return t, err
}

// Runs gives a text column as it is kept in memory, if that is as runs and nobody had it unpacked; else nil. See Text.
func (b *Block) Runs(col filter.Column) (*Runs, error) {
	if b.h != nil || b.texts[col] != nil || textOf[col] < 0 || b.isJoined(col) {
		return nil, nil
	}
	if _, ok := b.r.constant(col); ok {
		return nil, nil
	}
	v, err := b.packed(textColumns[textOf[col]].name)
	if err != nil {
		return nil, err
	}
	runs, ok := v.(*Runs)
	if !ok {
		b.texts[col] = v.(*Text)
	}
	return runs, nil
}

func (b *Block) text(name string) (*Text, error) {
	v, err := b.packed(name)
	if err != nil {
		return nil, err
	}
	if runs, ok := v.(*Runs); ok {
		return runs.text(b.rows, b.scratch.textOf(name)), nil
	}
	return v.(*Text), nil
}

// packed gives a page of a text column as it is kept: *Runs or *Text.
func (b *Block) packed(name string) (any, error) {
	return b.r.page(name, b.page, func(p *pagefile.Page) (any, int64, error) {
		if p.Coded {
			dict, err1 := b.r.dict(name, true)
			codes, err2 := p.Codes()
			if err := errors.Join(err1, err2); err != nil {
				return nil, 0, err
			}
			v, size := packCodes(dict, codes)
			return v, size, nil
		}
		texts, ends, err := p.Texts()
		if err != nil {
			return nil, 0, err
		}
		all := string(texts)
		t := &Text{All: all, ascii: indexHigh(all) < 0, Values: make([]string, p.Values)}
		for i := range t.Values {
			t.Values[i] = all[ends[i]:ends[i+1]]
		}
		return t, int64(len(all) + 16*len(t.Values)), nil
	})
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
	if d := b.exact.Dict; d != nil && d.Len() == 1 && d.At(0) == "" {
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
	v, err := b.r.page(name, b.page, func(p *pagefile.Page) (any, int64, error) {
		out := make([]int64, 0, b.rows)
		if !p.Coded {
			out, err := p.Ints(out)
			return out, int64(8 * len(out)), err
		}
		dict, err1 := b.r.dict(name, true)
		codes, err2 := p.Codes()
		if err := errors.Join(err1, err2); err != nil {
			return nil, 0, err
		}
		for _, c := range codes {
			out = append(out, dict.numbers[c])
		}
		return out, int64(8 * len(out)), nil
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
	packed, err := b.packedOutcomes()
	if err != nil {
		return nil, err
	}
	if b.scratch == nil {
		b.out = packed.all(b.rows, nil)
	} else {
		b.scratch.out = packed.all(b.rows, b.scratch.out)
		b.out = b.scratch.out
	}
	return b.out, nil
}

// Outcomes gives the outcomes of the rows for who looks at a few: they stay packed. See Outcome.
func (b *Block) Outcomes() (Outcomes, error) {
	if b.h != nil {
		return Outcomes{inMemory: b.h.outcomes[b.from():b.to()]}, nil
	}
	packed, err := b.packedOutcomes()
	return Outcomes{packed: packed}, err
}

func (b *Block) packedOutcomes() (outcomes, error) {
	v, err := b.r.page(nameSuccess, b.page, func(p *pagefile.Page) (any, int64, error) {
		bits, err := p.Bits()
		if err != nil {
			return nil, 0, err
		}
		out := packOutcomes(p.Levels, bits)
		return out, int64(len(out)), nil
	})
	if err != nil {
		return nil, err
	}
	return v.(outcomes), nil
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
	v, err := b.r.page(nameAID, b.page, func(p *pagefile.Page) (any, int64, error) {
		bytes, err := p.Fixed()
		if err != nil {
			return nil, 0, err
		}
		out := make([]counterfoil.AID, len(p.Levels))
		for i, l := range p.Levels {
			if l == 1 {
				bytes = bytes[copy(out[i][:], bytes):]
			} else {
				out[i] = counterfoil.DeriveAID(b.r.Trail, uint64(seqs[i]))
			}
		}
		return out, int64(16 * len(out)), nil
	})
	if err != nil {
		return nil, err
	}
	b.aids = v.([]counterfoil.AID)
	return b.aids, nil
}

// KeepAID gives those of the rows that have an identifier, in sel's memory.
func (b *Block) KeepAID(id counterfoil.AID, sel []uint16) ([]uint16, error) {
	out := sel[:0]
	if b.h != nil { // not made for all rows, of which none may have it
		derived, ok := b.h.trail.SeqOf(id)
		if ok = ok && derived >= b.h.Seq(b.from()) && derived <= b.h.Seq(b.to()-1); !ok && b.h.aids == nil {
			return out, nil
		}
		for _, i := range sel {
			row := b.from() + int(i)
			if sent := b.h.aids != nil && !b.h.aids[row].IsZero(); sent && b.h.aids[row] == id || !sent && ok && b.h.Seq(row) == derived {
				out = append(out, i)
			}
		}
		return out, nil
	}
	aids, err := b.AID()
	if err != nil {
		return nil, err
	}
	for _, i := range sel {
		if aids[i] == id {
			out = append(out, i)
		}
	}
	return out, nil
}
