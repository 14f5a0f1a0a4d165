package merkle

import (
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/proof"
)

// TestInclusions proves every set of leaves of small trees, and some of larger ones, and spoils each proof.
func TestInclusions(t *testing.T) {
	check := func(size uint64, want []uint64) {
		t.Helper()
		tree := New()
		var leaves []counterfoil.Hash
		for i := range size {
			leaves = append(leaves, leaf(i))
		}
		tree.Append(leaves...)
		f := tree.Frontier()
		nodes, err := tree.Inclusions(want, size, leavesOf(size))
		if err != nil {
			t.Fatal(size, want, err)
		}
		var of []counterfoil.Hash
		for _, i := range want {
			of = append(of, leaves[i])
		}
		good := func(nodes []counterfoil.Hash, of []counterfoil.Hash, want []uint64) bool {
			return proof.CheckInclusions(want, of, size, nodes, f.Root()) == nil
		}
		if !good(nodes, of, want) {
			t.Fatal(size, want, "is not proved")
		}
		other := slices.Clone(of)
		other[len(of)-1][0] ^= 1
		if good(nodes, other, want) || good(append(slices.Clone(nodes), counterfoil.Hash{}), of, want) || len(nodes) > 0 && good(nodes[1:], of, want) {
			t.Fatal(size, want, "is proved of other leaves, or by another proof")
		}
		if moved := slices.Clone(want); moved[len(moved)-1]+1 < size {
			moved[len(moved)-1]++
			if good(nodes, of, moved) {
				t.Fatal(size, want, "is proved in another place")
			}
		}
	}
	for size := uint64(1); size <= 9; size++ {
		for set := uint64(1); set < 1<<size; set++ {
			var want []uint64
			for i := range size {
				if set>>i&1 != 0 {
					want = append(want, i)
				}
			}
			check(size, want)
		}
	}
	check(70_000, []uint64{0, 1, 255, 256, 300, 65_535, 65_536, 69_999})
	check(65_536, []uint64{40_000})
	tree := New()
	for _, want := range [][]uint64{nil, {3}, {1, 0}} {
		if _, err := tree.Inclusions(want, 3, leavesOf(3)); err == nil {
			t.Error(want, "of an empty tree are proved")
		}
	}
}
