package merkle

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/counterfoil/counterfoil"
)

// Hash is a leaf or a node.
type Hash = counterfoil.Hash

// Frontier is a tree's right edge: the roots of the whole subtrees that it falls into, one for each bit of its size. It
// is all that is needed to add leaves and to tell the root. The zero value is the empty tree; it may be copied.
type Frontier struct {
	size  uint64
	nodes [64]Hash // nodes[L] counts where bit L of size is set
}

// Size gives the number of leaves.
func (f *Frontier) Size() uint64 { return f.size }

// Node is the root of a whole subtree: of 2^Level leaves, the first of which has a number that is a multiple of that.
type Node struct {
	Level int
	Hash  Hash
}

// MaxLevel is the highest level of a Node that may stand for leaves: tiles can be made without what is below it.
const MaxLevel = 8

// Append adds a leaf.
func (f *Frontier) Append(leaf Hash) { f.add(0, leaf, nil) }

// AppendNode adds the leaves below a node, at most MaxLevel high, which must fit in where the tree ends.
func (f *Frontier) AppendNode(n Node) error { return f.addNode(n, nil) }

func (f *Frontier) addNode(n Node, whole func(level int, h Hash)) error {
	if n.Level < 0 || n.Level > MaxLevel || f.size&(1<<n.Level-1) != 0 {
		return fmt.Errorf("a node of level %d cannot stand behind %d leaves", n.Level, f.size)
	}
	f.add(n.Level, n.Hash, whole)
	return nil
}

// add adds a node of a level and calls whole, if there is one, with each node of level 8, 16, … that it completes.
func (f *Frontier) add(level int, h Hash, whole func(level int, h Hash)) {
	l := level
	for ; f.size>>l&1 != 0; l++ {
		if l > 0 && l%8 == 0 && whole != nil {
			whole(l, h)
		}
		h = counterfoil.NodeHash(f.nodes[l], h)
	}
	if l > 0 && l%8 == 0 && whole != nil {
		whole(l, h)
	}
	f.nodes[l] = h
	f.size += 1 << level
}

// has reports whether the last hashes of tile level k, those of a tile that is not full, are below the frontier's nodes.
func (f *Frontier) has(k int, last []Hash) bool {
	for l := 7; l >= 0; l-- {
		if n := 1 << l; len(last) >= n {
			if subtree(last[:n]) != f.nodes[8*k+l] {
				return false
			}
			last = last[n:]
		}
	}
	return true
}

// Root gives the tree's root; that of the empty tree is SHA-256 of nothing.
func (f *Frontier) Root() Hash {
	if f.size == 0 {
		h, _ := tlog.TreeHash(0, nil)
		return Hash(h)
	}
	l := bits.TrailingZeros64(f.size)
	h := f.nodes[l]
	for l++; f.size>>l != 0; l++ {
		if f.size>>l&1 != 0 {
			h = counterfoil.NodeHash(f.nodes[l], h)
		}
	}
	return h
}

// Marshal gives the frontier as its size, 8 bytes big-endian, and its nodes, the largest subtree first.
func (f *Frontier) Marshal() []byte {
	b := binary.BigEndian.AppendUint64(nil, f.size)
	for l := bits.Len64(f.size) - 1; l >= 0; l-- {
		if f.size>>l&1 != 0 {
			b = append(b, f.nodes[l][:]...)
		}
	}
	return b
}

// UnmarshalFrontier reads what Marshal gave.
func UnmarshalFrontier(b []byte) (Frontier, error) {
	var f Frontier
	if len(b) < 8 {
		return f, fmt.Errorf("parse frontier: %d bytes are too few", len(b))
	}
	f.size, b = binary.BigEndian.Uint64(b), b[8:]
	if f.size>>63 != 0 {
		return Frontier{}, fmt.Errorf("parse frontier: no tree has %d leaves", f.size)
	}
	if want := bits.OnesCount64(f.size) * len(Hash{}); len(b) != want {
		return Frontier{}, fmt.Errorf("parse frontier: %d bytes of hashes where a tree of %d leaves has %d", len(b), f.size, want)
	}
	for l := bits.Len64(f.size) - 1; l >= 0; l-- {
		if f.size>>l&1 != 0 {
			b = b[copy(f.nodes[l][:], b):]
		}
	}
	return f, nil
}
