package segment

import (
	"bytes"
	"slices"

	"github.com/counterfoil/counterfoil"
)

// Pages of columns with few values are kept in memory in less room than whoever reads them wants: a count over a column of a large
// trail then needs no page from the disk. To unpack one takes less time than to find it took.

// Runs is a page whose rows repeat one another, as clustered rows do: the code of the rows before Ends[0], of those before Ends[1] and
// so on.
type Runs struct {
	Dict  *Dict
	Codes []uint32
	Ends  []uint16
}

// packCodes gives what is kept of a page of codes, *Runs or *Text, and its bytes.
func packCodes(dict *Dict, codes []int32) (v any, size int64) {
	n, last, greatest := 0, int32(-1), uint32(0)
	for _, c := range codes {
		differs := uint32(c ^ last)
		n += int((differs | -differs) >> 31) // without a branch, which codes that follow no rule would mislead
		last, greatest = c, max(greatest, uint32(c))
	}
	if len(codes) > 0 {
		_ = dict.At(greatest) // a code beyond the dictionary is damage: see guard
	}
	if n <= len(codes)/16 { // runs
		r := &Runs{dict, make([]uint32, 0, n), make([]uint16, 0, n)}
		for i, c := range codes {
			if i == 0 || c != codes[i-1] {
				r.Codes, r.Ends = append(r.Codes, uint32(c)), append(r.Ends, 0)
			}
			r.Ends[len(r.Ends)-1] = uint16(i + 1)
		}
		return r, int64(6*n) + 48
	}
	t := &Text{Dict: dict}
	if dict.Len() <= 256 {
		small := make([]uint8, len(codes))
		for i, c := range codes {
			small[i] = uint8(c)
		}
		t.Small = small
		return t, int64(len(codes))
	}
	t.Codes = make([]uint32, len(codes))
	for i, c := range codes {
		t.Codes[i] = uint32(c)
	}
	return t, int64(4 * len(codes))
}

// Scratch is memory that pages are unpacked into, one after the other: what one block gave is gone when the next gives the same
// column. The zero value is ready; one is for one goroutine.
type Scratch struct {
	texts map[string]*Text
	out   []counterfoil.Outcome
}

// textOf gives the text of a column that may be overwritten, with what it holds.
func (s *Scratch) textOf(name string) *Text {
	if s == nil {
		return &Text{}
	}
	t := s.texts[name]
	if t == nil {
		if s.texts == nil {
			s.texts = map[string]*Text{}
		}
		t = &Text{}
		s.texts[name] = t
	}
	return t
}

// At gives the value of a row.
func (r *Runs) At(row int) string {
	i, _ := slices.BinarySearch(r.Ends, uint16(row+1))
	return r.Dict.At(r.Codes[i])
}

// text unpacks a page of so many rows into t.
func (r *Runs) text(rows int, t *Text) *Text {
	small, codes := t.Small, t.Codes
	if *t = (Text{Dict: r.Dict}); r.Dict.Len() <= 256 {
		t.Small = resize(small, rows)
		fill(t.Small, r)
	} else {
		t.Codes = resize(codes, rows)
		fill(t.Codes, r)
	}
	return t
}

func fill[C uint8 | uint32](codes []C, r *Runs) {
	from := 0
	for i, end := range r.Ends {
		part := codes[from:end]
		for j := range part {
			part[j] = C(r.Codes[i])
		}
		from = int(end)
	}
}

// outcomes are those of a page, four in a byte.
type outcomes []uint8

// packOutcomes gives those of rows whose level is 1 where they have one, which then is the next of the bits.
func packOutcomes(levels, bits []byte) outcomes {
	out := make(outcomes, (len(levels)+3)/4)
	if bytes.IndexByte(levels, 0) < 0 { // each row has one
		for i := range out {
			out[i] = fourOutcomes[bits[i/2]>>(i%2*4)&15]
		}
		if rest := len(levels) % 4; rest > 0 {
			out[len(out)-1] &= 1<<(2*rest) - 1
		}
		return out
	}
	n := 0
	for i, l := range levels {
		if l == 1 {
			out[i/4] |= uint8(counterfoil.OutcomeOf(bits[n>>3]>>(n&7)&1 == 1)) << (i % 4 * 2)
			n++
		}
	}
	return out
}

// fourOutcomes gives those of four bits.
var fourOutcomes = func() (t [16]uint8) {
	for four := range t {
		for i := range 4 {
			t[four] |= uint8(counterfoil.OutcomeOf(four>>i&1 == 1)) << (2 * i)
		}
	}
	return t
}()

// Outcomes are those of the rows of a block.
type Outcomes struct {
	packed   outcomes
	inMemory []counterfoil.Outcome // in place of packed
}

// At gives the outcome of a row.
func (o Outcomes) At(row uint16) counterfoil.Outcome {
	if o.inMemory != nil {
		return o.inMemory[row]
	}
	return o.packed.at(row)
}

func (o outcomes) at(row uint16) counterfoil.Outcome {
	return counterfoil.Outcome(o[row/4] >> (row % 4 * 2) & 3)
}

// all unpacks those of so many rows, into the memory of out if it is enough.
func (o outcomes) all(rows int, out []counterfoil.Outcome) []counterfoil.Outcome {
	out = resize(out, len(o)*4)
	for i, four := range o {
		part := out[i*4 : i*4+4]
		part[0], part[1], part[2], part[3] = counterfoil.Outcome(four&3), counterfoil.Outcome(four>>2&3), counterfoil.Outcome(four>>4&3), counterfoil.Outcome(four>>6)
	}
	return out[:rows]
}
