package filter_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
)

// TestMayMatch is the promise of MayMatch: it never hides what Eval finds. A block is exactly one record, or two.
func TestMayMatch(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var matched, skipped int
	for seq := range uint64(60000) {
		r := filtertest.RandomRecord(rng, seq%10)
		neighbour := filtertest.RandomRecord(rng, seq%7)
		x := filtertest.RandomExpr(rng, 3)
		if seq%2 == 0 {
			x = filtertest.RandomAbout(rng, &r)
		}
		m, may := checkMayMatch(t, x, &r, &neighbour)
		if m {
			matched++
		}
		if !may {
			skipped++
		}
	}
	if matched < 10000 || skipped < 10000 {
		t.Errorf("only %d matched and %d were skipped: the test sees too little", matched, skipped)
	}
}

// checkMayMatch asks about a block of r alone, and about one with a neighbour if there is one.
func checkMayMatch(t *testing.T, x filter.Expr, r, neighbour *counterfoil.Record) (matched, may bool) {
	t.Helper()
	matched, may = filter.Eval(x, r), filter.MayMatch(x, filtertest.Block(r))
	if neighbour != nil && matched && !filter.MayMatch(x, filtertest.Block(neighbour, r)) {
		t.Fatalf("MayMatch hides a record beside another that Eval finds\n%#v", x)
	}
	if matched && !may {
		msg, _ := counterfoil.AppendRecord(nil, r)
		t.Fatalf("MayMatch hides a record that Eval finds\n%#v\n%s", x, msg)
	}
	if fails := filter.Eval(filter.Not{X: x}, r); fails == matched {
		t.Fatalf("Eval of %#v and of its Not are both %v", x, fails)
	} else if fails && !filter.MayMatch(filter.Not{X: x}, filtertest.Block(r)) {
		t.Fatalf("MayMatch hides a record that Eval finds by Not %#v", x)
	}
	if must := filter.Require(x); must.Whole && filtertest.Block(r).With(0, must.Keys[0]) != 0 && !matched {
		t.Fatalf("a record has %+v, which is all that is asked for, and does not match\n%#v", must.Keys[0], x)
	}
	return matched, may
}

// bytesSource makes choices from a fuzzer's bytes, and from a generator when they are used up.
type bytesSource struct {
	data []byte
	then *rand.PCG
}

func (s *bytesSource) Uint64() uint64 {
	if len(s.data) < 2 {
		return s.then.Uint64()
	}
	// IntN takes the upper bits.
	n := uint64(binary.BigEndian.Uint16(s.data)) << 48
	s.data = s.data[2:]
	return n
}

func FuzzMayMatch(f *testing.F) {
	f.Add([]byte("a"), []byte("b"))
	f.Add([]byte("\x00\x00\x11\x11\xff\xff\x80\x80abcdefghijklmnop"), []byte("\x70\x00qrst\x40\x00uv"))
	f.Fuzz(func(t *testing.T, record, expr []byte) {
		r := filtertest.RandomRecord(rand.New(&bytesSource{record, rand.NewPCG(1, 1)}), 5)
		rng := rand.New(&bytesSource{expr, rand.NewPCG(2, 2)})
		x := filtertest.RandomExpr(rng, 3)
		if rng.IntN(2) == 0 {
			x = filtertest.RandomAbout(rng, &r)
		}
		checkMayMatch(t, x, &r, nil)
	})
}
