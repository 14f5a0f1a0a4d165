package filter

import "math/bits"

// need gives those of some blocks that may have what is needed.
type need interface {
	in(b Blocks, among uint64) uint64
}

type (
	always bool
	allOf  []need
	anyOf  []need
	hasKey struct {
		Key
		i int // of the keys of a Required
	}
	// holds: some value of the column between least and greatest may compare so.
	within struct {
		c   Column
		op  Op
		lit Value
	}
	// fails: not every value between least and greatest compares so.
	without struct{ within }
)

func (n always) in(_ Blocks, among uint64) uint64 {
	if !n {
		return 0
	}
	return among
}

func hasValue(c Column, v string) hasKey {
	return hasKey{Key: Key{Kind: KeyValue, Column: c, Value: v}}
}

func (n hasKey) in(b Blocks, among uint64) uint64 { return among & b.With(n.i, n.Key) }

func (n allOf) in(b Blocks, among uint64) uint64 {
	for _, x := range n {
		if among == 0 {
			break
		}
		among = x.in(b, among)
	}
	return among
}

func (n anyOf) in(b Blocks, among uint64) (found uint64) {
	for _, x := range n {
		if found == among {
			break
		}
		found |= x.in(b, among&^found)
	}
	return found
}

func (n within) in(b Blocks, among uint64) uint64 {
	return n.where(b, among, func(least, greatest int) bool {
		switch n.op {
		case Eq:
			return least <= 0 && greatest >= 0
		case Lt, Le:
			return n.op.holds(least)
		}
		return n.op.holds(greatest)
	})
}

func (n without) in(b Blocks, among uint64) uint64 {
	return n.where(b, among, func(least, greatest int) bool { return !n.op.holds(least) || !n.op.holds(greatest) })
}

// where gives the blocks for which may is true, or whose span is not known: it is told how the least and the greatest value of the
// column compare with the literal.
func (n within) where(b Blocks, among uint64, may func(least, greatest int) bool) (found uint64) {
	for m := among; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m)
		if least, greatest, known := b.Range(n.c, i); !known || may(n.compared(least), n.compared(greatest)) {
			found |= 1 << i
		}
	}
	return found
}

// compared tells how a value of the column compares with the literal.
func (n within) compared(v int64) int {
	c, _ := compare(val{kind: n.lit.Kind, i: v}, &n.lit)
	return c
}

// all joins needs, leaving out what says nothing.
func all(needs ...need) need {
	var out allOf
	for _, n := range needs {
		switch n := n.(type) {
		case always:
			if !n {
				return n
			}
		case allOf:
			out = append(out, n...)
		default:
			out = append(out, n)
		}
	}
	switch len(out) {
	case 0:
		return always(true)
	case 1:
		return out[0]
	}
	return out
}

// either joins alternatives.
func either(needs ...need) need {
	var out anyOf
	for _, n := range needs {
		switch n := n.(type) {
		case always:
			if n {
				return n
			}
		default:
			out = append(out, n)
		}
	}
	switch len(out) {
	case 0:
		return always(false)
	case 1:
		return out[0]
	}
	return out
}
