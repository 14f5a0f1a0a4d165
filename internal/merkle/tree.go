package merkle

import (
	"fmt"
	"sync"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
)

// Tree is a frontier and the levels above it that tiles hold. One goroutine appends and flushes; any may ask.
type Tree struct {
	fsys disk.FS // nil: all in memory
	dir  string

	mu    sync.RWMutex // guards the rest
	front Frontier
	rows  []row // rows[K-1] is tile level K
	hash  counterfoil.Hasher
	row   [16]Hash // leaves that are hashed together: a whole subtree of no more than a tile's height
	files uint64   // size of the tree that the tiles on disk were written for
}

// row is the end of a tile level: the nodes before base are in full tiles on disk.
type row struct {
	base   uint64
	hashes []Hash
}

func (r *row) len() uint64 { return r.base + uint64(len(r.hashes)) }

// New gives an empty tree that keeps everything in memory, 32 bytes for every 256 leaves: for checking and for tests.
func New() *Tree { return &Tree{} }

// At gives a tree that goes on from a frontier, in memory. It cannot be asked about nodes before.
func At(front Frontier) *Tree {
	t := &Tree{front: front}
	for k := 1; front.size>>(8*k) != 0; k++ {
		t.rows = append(t.rows, row{base: front.size >> (8 * k)})
	}
	return t
}

// Open gives the tree with the frontier front whose tiles are in dir/tile, written by Flush for front's size or a larger
// one. The directory may be missing for a tree of fewer than 256 leaves.
func Open(fsys disk.FS, dir string, front Frontier) (*Tree, error) {
	t := &Tree{fsys: fsys, dir: dir, front: front, files: front.size}
	for k := 1; front.size>>(8*k) != 0; k++ {
		n := front.size >> (8 * k)
		r := row{base: n &^ (tileWidth - 1)}
		if w := int(n - r.base); w > 0 {
			h, err := readTile(fsys, dir, k, n/tileWidth, w)
			if err == nil && !front.has(k, h) {
				err = fmt.Errorf("tile %s is not that of the tree", tilePath(dir, k, n/tileWidth))
			}
			if err != nil {
				return nil, fmt.Errorf("open tree of %d leaves: %w", front.size, err)
			}
			r.hashes = h
		}
		t.rows = append(t.rows, r)
	}
	return t, nil
}

// Append adds leaves.
func (t *Tree) Append(leaves ...Hash) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(leaves) > 0 {
		if len(leaves) < len(t.row) || t.front.size%uint64(len(t.row)) != 0 {
			t.front.add(0, leaves[0], t.whole)
			leaves = leaves[1:]
			continue
		}
		row := t.row[:copy(t.row[:], leaves)]
		leaves = leaves[len(row):]
		level := 0
		for ; len(row) > 1; level++ {
			row = t.hash.Above(row)
		}
		t.front.add(level, row[0], t.whole)
	}
}

// AppendNode adds the leaves below a node, as [Frontier.AppendNode].
func (t *Tree) AppendNode(n Node) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.front.addNode(n, t.whole)
}

func (t *Tree) whole(level int, h Hash) {
	k := level / 8
	for len(t.rows) < k {
		t.rows = append(t.rows, row{})
	}
	r := &t.rows[k-1]
	r.hashes = append(r.hashes, h)
}

// Size gives the number of leaves.
func (t *Tree) Size() uint64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.front.size
}

// Frontier gives a copy of the frontier.
func (t *Tree) Frontier() Frontier {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.front
}

// nodes gives n consecutive nodes of tile level k from index i, which lie in one tile.
func (t *Tree) nodes(k int, i uint64, n int) ([]Hash, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if k > len(t.rows) || i+uint64(n) > t.rows[k-1].len() {
		return nil, fmt.Errorf("tree of %d leaves has no %d nodes of level %d from %d on", t.front.size, n, 8*k, i)
	}
	if r := t.rows[k-1]; i >= r.base {
		return r.hashes[i-r.base:][:n], nil // never changed in place
	}
	h, err := readTile(t.fsys, t.dir, k, i/tileWidth, tileWidth)
	if err != nil {
		return nil, err
	}
	return h[i%tileWidth:][:n], nil
}
