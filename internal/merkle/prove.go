package merkle

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/counterfoil/counterfoil"
)

// Leaves gives the leaves of the records 256·block to 256·block+255, or up to the tree's end where it has fewer, in
// order: as leaves, or higher nodes for those of which no more is known.
type Leaves func(block uint64) ([]Node, error)

// ErrInside says that a proof needs hashes below a node of which only the node is left.
var ErrInside = errors.New("the hashes that this proof needs went with records that have expired")

// Inclusion gives the audit path of leaf index in the tree of the first size leaves, from the leaf upwards.
// What comes from a damaged tile is wrong: check it against a checkpoint (proof.Bundle does) before it is passed on.
func (t *Tree) Inclusion(index, size uint64, leaves Leaves) ([]Hash, error) {
	if err := t.within(size); err != nil {
		return nil, err
	}
	if index >= size {
		return nil, fmt.Errorf("prove record %d: the tree has %d leaves", index, size)
	}
	p, err := tlog.ProveRecord(int64(size), int64(index), &hashes{tree: t, leaves: leaves})
	if err != nil {
		return nil, fmt.Errorf("prove record %d in a tree of %d: %w", index, size, err)
	}
	return fromTlog(p), nil
}

// Consistency gives the proof that the tree of the first size leaves begins with that of the first old leaves.
// It is empty where old is 0 or size.
func (t *Tree) Consistency(old, size uint64, leaves Leaves) ([]Hash, error) {
	if err := t.within(size); err != nil {
		return nil, err
	}
	if old > size {
		return nil, fmt.Errorf("prove consistency: %d leaves are more than %d", old, size)
	}
	if old == 0 || old == size {
		return nil, nil
	}
	p, err := tlog.ProveTree(int64(size), int64(old), &hashes{tree: t, leaves: leaves})
	if err != nil {
		return nil, fmt.Errorf("prove consistency of %d with %d leaves: %w", old, size, err)
	}
	return fromTlog(p), nil
}

// Root gives the root that the tree had with size leaves.
func (t *Tree) Root(size uint64, leaves Leaves) (Hash, error) {
	if f := t.Frontier(); f.size == size {
		return f.Root(), nil
	}
	if err := t.within(size); err != nil {
		return Hash{}, err
	}
	h, err := tlog.TreeHash(int64(size), &hashes{tree: t, leaves: leaves})
	if err != nil {
		return Hash{}, fmt.Errorf("root of %d leaves: %w", size, err)
	}
	return Hash(h), nil
}

func (t *Tree) within(size uint64) error {
	if have := t.Size(); size > have {
		return fmt.Errorf("a tree of %d leaves is asked for, there are %d", size, have)
	}
	return nil
}

// hashes answers tlog's questions for one proof.
type hashes struct {
	tree   *Tree
	leaves Leaves
	blocks map[uint64][]Node
}

// ReadHashes is tlog's HashReader.
func (r *hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		level, n := tlog.SplitStoredHashIndex(x)
		h, err := r.node(level, uint64(n))
		if err != nil {
			return nil, err
		}
		out[i] = tlog.Hash(h)
	}
	return out, nil
}

// node gives node n of a level, from the leaves below level 8 and from the tiles above.
func (r *hashes) node(level int, n uint64) (Hash, error) {
	k, up := level/8, level%8
	first, width := n<<up, 1<<up
	if k > 0 {
		h, err := r.tree.nodes(k, first, width)
		if err != nil {
			return Hash{}, err
		}
		return subtree(h), nil
	}
	block, err := r.block(first / tileWidth)
	if err != nil {
		return Hash{}, err
	}
	at, skip := first%tileWidth, 0
	for ; at > 0 && skip < len(block); skip++ {
		if at < 1<<block[skip].Level {
			return Hash{}, ErrInside
		}
		at -= 1 << block[skip].Level
	}
	h, _, err := take(block[skip:], up)
	return h, err
}

// take gives the node of a level that begins with the first of the nodes, and what stands behind it.
func take(nodes []Node, level int) (h Hash, rest []Node, err error) {
	switch {
	case len(nodes) == 0:
		return h, nil, errors.New("a block has fewer leaf hashes than are needed")
	case nodes[0].Level == level:
		return nodes[0].Hash, nodes[1:], nil
	case nodes[0].Level > level:
		return h, nil, ErrInside
	}
	left, rest, err := take(nodes, level-1)
	if err != nil {
		return h, nil, err
	}
	right, rest, err := take(rest, level-1)
	return counterfoil.NodeHash(left, right), rest, err
}

func (r *hashes) block(n uint64) ([]Node, error) {
	if b, ok := r.blocks[n]; ok {
		return b, nil
	}
	b, err := r.leaves(n)
	if err != nil {
		return nil, fmt.Errorf("leaf hashes of block %d: %w", n, err)
	}
	if r.blocks == nil {
		r.blocks = map[uint64][]Node{}
	}
	r.blocks[n] = b
	return b, nil
}

// subtree gives the root over a power of two of nodes.
func subtree(h []Hash) Hash {
	if len(h) == 1 {
		return h[0]
	}
	return counterfoil.NodeHash(subtree(h[:len(h)/2]), subtree(h[len(h)/2:]))
}

func fromTlog(p []tlog.Hash) []Hash {
	out := make([]Hash, len(p))
	for i, h := range p {
		out[i] = Hash(h)
	}
	return out
}
