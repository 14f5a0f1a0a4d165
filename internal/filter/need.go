package filter

type need interface{ may(Block) bool }

type (
	always   bool
	allOf    []need
	anyOf    []need
	hasToken uint64
	hasValue struct {
		c Column
		v string
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

func (n always) may(Block) bool { return bool(n) }

func (n hasToken) may(b Block) bool { return b.HasToken(uint64(n)) }

func (n hasValue) may(b Block) bool { return b.HasValue(n.c, n.v) }

func (n allOf) may(b Block) bool {
	for _, x := range n {
		if !x.may(b) {
			return false
		}
	}
	return true
}

func (n anyOf) may(b Block) bool {
	for _, x := range n {
		if x.may(b) {
			return true
		}
	}
	return false
}

func (n within) may(b Block) bool {
	least, greatest, ok := n.span(b)
	switch {
	case !ok:
		return true
	case n.op == Eq:
		return least <= 0 && greatest >= 0
	case n.op == Lt || n.op == Le:
		return n.op.holds(least)
	}
	return n.op.holds(greatest)
}

func (n without) may(b Block) bool {
	least, greatest, ok := n.span(b)
	return !ok || !n.op.holds(least) || !n.op.holds(greatest)
}

// span gives how the least and the greatest value compare with the literal.
func (n within) span(b Block) (least, greatest int, ok bool) {
	lo, hi, ok := b.Range(n.c)
	if !ok {
		return 0, 0, false
	}
	v := val{kind: n.lit.Kind, i: lo}
	least, _ = compare(v, &n.lit)
	v.i = hi
	greatest, _ = compare(v, &n.lit)
	return least, greatest, true
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
