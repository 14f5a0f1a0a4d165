package trail

import (
	"encoding/binary"
	"testing"

	"github.com/counterfoil/counterfoil"
)

// TestWindow: the newest identifiers are known, those of two generations ago are not, and no other is taken for one.
func TestWindow(t *testing.T) {
	aid := func(n uint64) (a counterfoil.AID) {
		binary.BigEndian.PutUint64(a[8:], n)
		return a
	}
	const limit = 5000
	w := window{limit: limit}
	if _, ok := w.lookup(aid(0)); ok {
		t.Error("an empty window knows an identifier")
	}
	for n := range uint64(4 * limit) {
		w.add(aid(n), n)
		for _, back := range []uint64{0, 1, limit / 2, limit - 1} {
			if seq, ok := w.lookup(aid(n - back)); n >= back && (!ok || seq != n-back) {
				t.Fatalf("identifier %d of %d: %d, %v", n-back, n, seq, ok)
			}
		}
		if seq, ok := w.lookup(aid(n + 1)); ok {
			t.Fatalf("identifier %d is known as that of %d before it came", n+1, seq)
		}
	}
	if _, ok := w.lookup(aid(limit)); ok {
		t.Error("an identifier of two generations ago is known")
	}
}
