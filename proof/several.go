package proof

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/counterfoil/counterfoil"
)

// CheckInclusions returns nil if nodes prove that the tree of size leaves with the given root has each of leaves at the
// index beside it. Indexes ascend. nodes are the roots of the largest subtrees that hold none of the leaves, from left to
// right; the tree is split as in RFC 6962 §2.1.
func CheckInclusions(indexes []uint64, leaves []counterfoil.Hash, size uint64, nodes []counterfoil.Hash, root counterfoil.Hash) error {
	if len(indexes) == 0 || len(indexes) != len(leaves) || size > math.MaxInt64 || indexes[len(indexes)-1] >= size {
		return fmt.Errorf("inclusion: %d leaves with %d indexes in a tree of %d", len(leaves), len(indexes), size)
	}
	for i, n := range indexes[1:] {
		if n <= indexes[i] {
			return errors.New("inclusion: the indexes do not ascend")
		}
	}
	t := severalTree{indexes, leaves, nodes}
	got, err := t.root(0, size, 0, len(indexes))
	if err != nil {
		return err
	}
	if len(t.nodes) > 0 || got != root {
		return fmt.Errorf("inclusion: the proof does not lead from the %d leaves to the root of %d", len(leaves), size)
	}
	return nil
}

// severalTree computes a root from some leaves and what stands beside them; nodes are those not used yet.
type severalTree struct {
	indexes []uint64
	leaves  []counterfoil.Hash
	nodes   []counterfoil.Hash
}

// root gives the root over the leaves of the tree from lo on and before hi, of which those numbered from to to are known.
func (t *severalTree) root(lo, hi uint64, from, to int) (h counterfoil.Hash, err error) {
	if from == to {
		if len(t.nodes) == 0 {
			return h, errors.New("inclusion: the proof is too short")
		}
		h, t.nodes = t.nodes[0], t.nodes[1:]
		return h, nil
	}
	if hi-lo == 1 {
		return t.leaves[from], nil
	}
	mid := lo + 1<<(bits.Len64(hi-lo-1)-1)
	n, _ := slices.BinarySearch(t.indexes[from:to], mid)
	left, err := t.root(lo, mid, from, from+n)
	if err != nil {
		return h, err
	}
	right, err := t.root(mid, hi, from+n, to)
	return counterfoil.NodeHash(left, right), err
}
