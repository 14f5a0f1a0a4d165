package filter

// Blocks is what a store knows about some blocks of its records without reading them. There are 64 at most, each a bit in a set. It
// may only err towards more.
type Blocks interface {
	// With gives the blocks of which a record may have a key, number i of [Required.Keys].
	With(i int, k Key) uint64
	// Range gives the least and the greatest seq, time or received of a block. ok is false if they are not known.
	Range(c Column, block int) (least, greatest int64, ok bool)
}

// Key is something that a record has.
type Key struct {
	Kind   KeyKind
	Column Column // KeyValue: other than seq, time, received, svc_data, event_data and raw
	Value  string // KeyValue: success is "true" or "false", subject.pid a decimal number, class one name
	Hash   uint64 // KeyToken: as [HashToken] gives it; KeyGram: the gram
}

// KeyKind says what a record has: a value in a column, or in a text of [SearchedTexts] a token or a token with a gram.
type KeyKind uint8

const (
	KeyValue KeyKind = iota
	KeyToken
	KeyGram
)

// MayMatch reports whether x may be true of a record of b's block 0: where it says false, [Eval] is false of each of them. To
// ask about many blocks use [Require].
func MayMatch(x Expr, b Blocks) bool { return Require(x).In(b, 1) != 0 }

// Required is what a block must have so that a filter may be true of one of its records: keys and spans.
// It is immutable and safe for concurrent use.
type Required struct {
	Keys  []Key // each once
	Whole bool  // the first of the keys is all that is asked for: what has it matches
	need  need
}

// Require works out what x requires.
func Require(x Expr) Required {
	var q Required
	q.need = q.numbered(requireTrue(x), map[Key]int{})
	q.Whole = len(q.Keys) > 0 && isKey(x)
	return q
}

// isKey reports whether a filter is true of everything that has the first of the keys that it requires.
func isKey(x Expr) bool {
	switch x := x.(type) {
	case Words:
		_, end, _ := nextToken(x.Text, 0, false)
		next, _, _ := nextToken(x.Text, end, false)
		return !x.Prefix && next >= len(x.Text)
	case Compare:
		return x.Op == Eq && x.Value.Kind == StringValue && x.Value.Str != "" && len(x.Field.Path) == 0 && !isData(x.Field.Column)
	}
	return false
}

// numbered gives the keys in a need their numbers.
func (q *Required) numbered(n need, seen map[Key]int) need {
	switch n := n.(type) {
	case hasKey:
		i, known := seen[n.Key]
		if !known {
			i = len(q.Keys)
			seen[n.Key], q.Keys = i, append(q.Keys, n.Key)
		}
		return hasKey{n.Key, i}
	case allOf:
		for i := range n {
			n[i] = q.numbered(n[i], seen)
		}
	case anyOf:
		for i := range n {
			n[i] = q.numbered(n[i], seen)
		}
	}
	return n
}

// In gives those blocks of a set that may have a record that matches.
func (q Required) In(b Blocks, among uint64) uint64 { return q.need.in(b, among) }

// Nothing reports whether every block may match, so that In need not be asked.
func (q Required) Nothing() bool { return q.need == need(always(true)) }
