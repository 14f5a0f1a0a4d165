package merkle

import (
	"errors"
	"io/fs"

	"github.com/counterfoil/counterfoil/internal/disk"
)

// Compare names the tiles in dir that a tree of size leaves must have there and that are missing or do not hold what t,
// which was computed from the leaves and keeps everything in memory, holds.
func (t *Tree) Compare(fsys disk.FS, dir string, size uint64) (bad []string, err error) {
	for k := 1; size>>(8*k) != 0; k++ {
		n := size >> (8 * k)
		for at := uint64(0); at < n; at += tileWidth {
			width := int(min(n-at, tileWidth))
			want, err := t.nodes(k, at, width)
			if err != nil {
				return bad, err
			}
			got, err := readTile(fsys, dir, k, at/tileWidth, width)
			var pathErr *fs.PathError
			if err != nil && errors.As(err, &pathErr) && !errors.Is(err, fs.ErrNotExist) {
				return bad, err
			}
			if err != nil || !equal(got, want) {
				bad = append(bad, tilePath(dir, k, at/tileWidth))
			}
		}
	}
	return bad, nil
}

func equal(a, b []Hash) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
