package search

import (
	"bytes"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// codeNode is a leaf over one text column: Eval is asked once for each value of the dictionary.
type codeNode struct {
	x     filter.Expr
	col   filter.Column
	want  segment.Columns
	text  string             // in lower case, that stands in any case in each value without a byte above 0x7f that x is true of; "": not known
	dict  *segment.Dict      // whose answers are in known
	known []answer           // of at least 256 codes
	open  int                // how many are unasked
	one   int                // the code that is the only one with yes, where none is unasked; -1: there is no such
	rec   counterfoil.Record // that Eval is asked with: a new one each time would be memory for the collector
}

type answer uint8

const (
	no answer = iota
	yes
	unasked
)

func (n *codeNode) cost() int { return 1 }

func (n *codeNode) keep(b *segment.Block, sel []uint16) ([]uint16, error) {
	if len(sel) == b.Rows() {
		if runs, err := b.Runs(n.col); err != nil {
			return nil, err
		} else if runs != nil {
			return n.keepRuns(runs, sel)
		}
	}
	t, err := b.Text(n.col)
	if err != nil {
		return nil, err
	}
	if t.Dict == nil {
		return (&dataNode{n.x, n.want, n.col, n.text, true}).keep(b, sel)
	}
	if err := n.begin(t.Dict); err != nil {
		return nil, err
	}
	if n.open > 0 {
		for _, i := range sel {
			if err := n.ask(t.Code(int(i))); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case t.IsConstant():
		if n.known[0] != yes {
			sel = sel[:0]
		}
		return sel, nil
	case t.Small == nil:
		return keepCodes(sel, t.Codes, n.known), nil
	case n.one >= 0 && len(sel) == len(t.Small):
		return keepOne(sel, t.Small, uint8(n.one)), nil
	}
	return keepCodes(sel, t.Small, n.known), nil
}

// keepRuns is keep of all rows of a page of runs, each of which is one question.
func (n *codeNode) keepRuns(runs *segment.Runs, sel []uint16) ([]uint16, error) {
	if err := n.begin(runs.Dict); err != nil {
		return nil, err
	}
	for _, code := range runs.Codes {
		if err := n.ask(code); err != nil {
			return nil, err
		}
	}
	return keepRuns(sel, runs, len(sel), func(code uint32) bool { return n.known[code] == yes }), nil
}

// begin begins with a dictionary, if it is another one. Where it is small and answers are cheap, they are asked for at once.
func (n *codeNode) begin(dict *segment.Dict) error {
	if n.dict.Is(dict) {
		return nil
	}
	const small = 256
	n.dict, n.known, n.open, n.one = dict, slices.Repeat([]answer{unasked}, max(small, dict.Len())), dict.Len(), -1
	if dict.Len() > small || filter.MayBeUndecided(n.x) {
		return nil
	}
	found := 0
	for code := range dict.Len() {
		if err := n.ask(uint32(code)); err != nil {
			return err
		}
		if n.known[code] == yes {
			n.one = code
			found++
		}
	}
	if found != 1 {
		n.one = -1
	}
	return nil
}

// ask evaluates the leaf for a code.
func (n *codeNode) ask(code uint32) error {
	if n.known[code] != unasked {
		return nil
	}
	n.known[code], n.open = no, n.open-1
	if n.text != "" && !mayHold(n.dict.At(code), n.text) {
		return nil
	}
	n.rec = counterfoil.Record{}
	if err := segment.SetText(&n.rec, n.col, n.dict.At(code)); err != nil {
		return err
	}
	if filter.Eval(n.x, &n.rec) {
		n.known[code] = yes
	}
	return nil
}

// mayHold reports whether a short text stands in s in any case, lower in lower case, or s has a byte above 0x7f.
func mayHold(s, lower string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x80:
			return true
		case c != lower[0] && (c < 'A' || c > 'Z' || c+'a'-'A' != lower[0]):
		case len(s)-i >= len(lower) && strings.EqualFold(s[i:i+len(lower)], lower):
			return true
		}
	}
	return false
}

// keepCodes gives those of the rows whose code's answer is yes, none of whose is unasked.
func keepCodes[C uint8 | uint32](sel []uint16, codes []C, known []answer) []uint16 {
	k := 0
	for _, i := range sel { // without a question there is no branch
		sel[k] = i
		k += int(known[codes[i]])
	}
	return sel[:k]
}

// keepOne gives those of the rows, all of a page, that have a code: it goes from one to the next while they are few.
func keepOne(sel []uint16, codes []uint8, code uint8) []uint16 {
	const some, few = 64, 8 // rows that tell whether there is not one in so many
	kept, from := 0, 0
	for kept < some || kept*few < from {
		i := bytes.IndexByte(codes[from:], code)
		if i < 0 {
			return sel[:kept]
		}
		sel[kept] = uint16(from + i)
		kept++
		from += i + 1
	}
	return sel[:kept+copy(sel[kept:], keepCode(sel[from:], codes, code))]
}
