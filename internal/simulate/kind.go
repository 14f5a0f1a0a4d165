package simulate

import (
	"math/bits"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// key is the kinds of a record's values, side by side.
type key [3]uint64

// kinds puts the values of a column into kinds: every rule and every use says the same of the values of one.
type kinds struct {
	col    filter.Column
	each   bool              // each value is a kind
	leaves []filter.Expr     // what is asked of the column by filters
	named  func(string) bool // whether a rule names a user; nil: of another column

	dict  *segment.Dict // of the file at hand, whose codes are known
	known []uint32      // by code: the kind, from 1; 0: not asked yet
	ids   map[string]uint32
	plain map[string]uint32 // codes of a column without a dictionary
	names []string          // of these

	word  int // where in a key
	shift uint
	width int
	skip  bool // not known: there is no room in the key, or no dictionary
}

// begin forgets what is known and takes the dictionary of a page. always: the column is known even without one.
func (k *kinds) begin(t *segment.Text, always bool) {
	k.dict, k.ids, k.plain, k.names = t.Dict, map[string]uint32{}, nil, nil
	k.known = make([]uint32, t.Dict.Len())
	k.skip = t.Dict == nil && !always
	k.width = 17 // no more values than rows
	if t.Dict != nil {
		k.width = bits.Len(uint(t.Dict.Len() - 1))
		if !k.each && k.named == nil {
			k.width = min(k.width, len(k.leaves)+1)
		}
	}
}

// codes gives the codes of a page; nil where all are 0.
func (k *kinds) codes(t *segment.Text, buf []uint32) []uint32 {
	if t.Small != nil {
		return t.AppendCodes(buf[:0])
	}
	if t.Dict != nil {
		return t.Codes
	}
	if k.plain == nil {
		k.plain = map[string]uint32{}
	}
	for i, v := range t.Values {
		code, ok := k.plain[v]
		if !ok {
			code = uint32(len(k.names))
			k.plain[v], k.names, k.known = code, append(k.names, v), append(k.known, 0)
		}
		buf[i] = code
	}
	return buf[:len(t.Values)]
}

// value gives the text of a code.
func (k *kinds) value(code uint32) string {
	if k.dict != nil {
		return k.dict.At(code)
	}
	return k.names[code]
}

// ask finds the kind of a code, of which row is an example.
func (k *kinds) ask(b *segment.Block, row int, code uint32) (uint32, error) {
	if k.each {
		k.known[code] = code + 1
		return code + 1, nil
	}
	var rec counterfoil.Record
	if err := b.Fill(row, &rec, segment.Columns(0).With(k.col)); err != nil {
		return 0, err
	}
	answers := make([]byte, len(k.leaves)+1)
	for i, x := range k.leaves {
		if filter.Eval(x, &rec) {
			answers[i] = 1
		}
	}
	text := k.value(code)
	if text == "" {
		answers[len(k.leaves)] = 1
	}
	id := string(answers)
	if k.named != nil && k.named(text) {
		id += text
	}
	n, ok := k.ids[id]
	if !ok {
		n = uint32(len(k.ids))
		k.ids[id] = n
	}
	k.known[code] = n + 1
	return n + 1, nil
}
