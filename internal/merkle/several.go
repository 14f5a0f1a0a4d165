package merkle

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/counterfoil/counterfoil"
)

// Inclusions proves several leaves of the tree of the first size leaves at once: the roots of the largest subtrees that
// hold none of them, from left to right, each of which many single paths would share. The indexes must ascend.
// See [proof.CheckInclusions].
func (t *Tree) Inclusions(indexes []uint64, size uint64, leaves Leaves) ([]Hash, error) {
	if err := t.within(size); err != nil {
		return nil, err
	}
	if n := len(indexes); n == 0 || indexes[n-1] >= size || !slices.IsSorted(indexes) {
		return nil, fmt.Errorf("prove %d records of a tree of %d leaves: their numbers do not ascend within it", n, size)
	}
	r := &hashes{tree: t, leaves: leaves}
	var out []Hash
	err := r.beside(0, size, indexes, &out)
	return out, err
}

// beside appends the roots of the largest subtrees of lo to hi that hold none of the wanted leaves.
func (r *hashes) beside(lo, hi uint64, want []uint64, out *[]Hash) error {
	if len(want) == 0 {
		h, err := r.span(lo, hi)
		*out = append(*out, h)
		return err
	}
	if hi-lo == 1 {
		return nil
	}
	mid := lo + split(hi-lo)
	n, _ := slices.BinarySearch(want, mid)
	if err := r.beside(lo, mid, want[:n], out); err != nil {
		return err
	}
	return r.beside(mid, hi, want[n:], out)
}

// span gives the root over the leaves from lo on and before hi, a range that the tree is split into.
func (r *hashes) span(lo, hi uint64) (Hash, error) {
	n := hi - lo
	if n&(n-1) == 0 {
		level := bits.TrailingZeros64(n)
		return r.node(level, lo>>level)
	}
	mid := lo + split(n)
	left, err := r.span(lo, mid)
	if err != nil {
		return Hash{}, err
	}
	right, err := r.span(mid, hi)
	return counterfoil.NodeHash(left, right), err
}

// split is the largest power of two below n, which is at least 2.
func split(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }
