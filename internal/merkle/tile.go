package merkle

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"

	"github.com/counterfoil/counterfoil/internal/disk"
)

const tileWidth = 256

// tilePath gives a full tile's name: the index in groups of three digits, all but the last with an x before them.
func tilePath(dir string, k int, n uint64) string {
	p := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		p = fmt.Sprintf("x%03d/%s", n%1000, p)
	}
	return path.Join(dir, "tile", strconv.Itoa(k), p)
}

// readTile reads the first width hashes of a tile, from the full tile or any partial one that has them.
func readTile(fsys disk.FS, dir string, k int, n uint64, width int) ([]Hash, error) {
	name := tilePath(dir, k, n)
	h, err := readTileFile(fsys, name, tileWidth)
	if width == tileWidth || !errors.Is(err, fs.ErrNotExist) {
		return h[:min(width, len(h))], err
	}
	have, err := partials(fsys, name)
	if err != nil {
		return nil, err
	}
	for _, w := range have {
		if w >= width {
			h, err := readTileFile(fsys, partialPath(name, w), w)
			return h[:min(width, len(h))], err
		}
	}
	return nil, fmt.Errorf("tile %s, %d hashes wide: %w", name, width, fs.ErrNotExist)
}

func partialPath(name string, width int) string { return name + ".p/" + strconv.Itoa(width) }

// partials gives the widths of a tile's partial files, the narrowest first.
func partials(fsys disk.FS, name string) ([]int, error) {
	files, err := fsys.ReadDir(name + ".p")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read tiles: %w", err)
	}
	var widths []int
	for _, f := range files {
		if w, err := strconv.Atoi(f); err == nil && w > 0 && w < tileWidth && strconv.Itoa(w) == f {
			widths = append(widths, w)
		}
	}
	slices.Sort(widths)
	return widths, nil
}

// BlockHash reads what the tiles have of the records 256·block to 256·block+255.
func BlockHash(fsys disk.FS, dir string, block uint64) (Hash, error) {
	h, err := readTile(fsys, dir, 1, block/tileWidth, int(block%tileWidth)+1)
	if err != nil {
		return Hash{}, err
	}
	return h[block%tileWidth], nil
}

func readTileFile(fsys disk.FS, name string, width int) ([]Hash, error) {
	b, err := disk.ReadFile(fsys, name, int64(width*len(Hash{})))
	if err != nil {
		return nil, fmt.Errorf("read tile: %w", err)
	}
	if len(b) != width*len(Hash{}) {
		return nil, fmt.Errorf("read tile %s: %d bytes where %d hashes of 32 bytes belong", name, len(b), width)
	}
	h := make([]Hash, width)
	for i := range h {
		h[i] = Hash(b[32*i:])
	}
	return h, nil
}

// Flush writes the tiles of the tree as it was with size leaves, and syncs them. Every one of these leaves must be
// durable: what a tile says is never taken back. Partial tiles that are no longer the widest are removed.
func (t *Tree) Flush(size uint64) error {
	t.mu.RLock()
	rows, files, have := slices.Clone(t.rows), t.files, t.front.size
	t.mu.RUnlock()
	if size > have || size < files {
		return fmt.Errorf("write tiles for %d leaves: the tree has %d, and tiles for %d", size, have, files)
	}
	for i := range rows {
		if err := writeRow(t.fsys, t.dir, i+1, &rows[i], files, size); err != nil {
			return fmt.Errorf("write tiles for %d leaves: %w", size, err)
		}
	}
	for i := range rows {
		if err := removePartials(t.fsys, t.dir, i+1, files, size); err != nil {
			return fmt.Errorf("remove partial tiles: %w", err)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.files = size
	for i := range t.rows {
		r := &t.rows[i]
		if base := size >> (8 * (i + 1)) &^ (tileWidth - 1); base > r.base {
			r.hashes = slices.Clone(r.hashes[base-r.base:])
			r.base = base
		}
	}
	return nil
}

// writeRow writes the tiles of one level that differ between the two sizes.
func writeRow(fsys disk.FS, dir string, k int, r *row, from, to uint64) error {
	was, is := from>>(8*k), to>>(8*k)
	for n := was / tileWidth; was < is && n <= (is-1)/tileWidth; n++ {
		first := n * tileWidth
		width := int(min(is-first, tileWidth))
		b := make([]byte, 0, width*len(Hash{}))
		for _, h := range r.hashes[first-r.base:][:width] {
			b = append(b, h[:]...)
		}
		name := tilePath(dir, k, n)
		if width < tileWidth {
			name = partialPath(name, width)
		}
		if err := fsys.MkdirAll(path.Dir(name)); err != nil {
			return err
		}
		if err := disk.WriteFile(fsys, name, b); err != nil {
			return err
		}
	}
	return nil
}

// removePartials removes the partial tiles of one level that a wider one replaced. They need not be gone after a crash:
// Open and the next Flush do not mind.
func removePartials(fsys disk.FS, dir string, k int, from, to uint64) error {
	was, is := from>>(8*k), to>>(8*k)
	for n := was / tileWidth; was < is && n <= is/tileWidth; n++ {
		name := tilePath(dir, k, n)
		keep := 0
		if n == is/tileWidth {
			keep = int(is % tileWidth)
		}
		files, err := fsys.ReadDir(name + ".p")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		for _, f := range files {
			if f != strconv.Itoa(keep) {
				if err := fsys.Remove(name + ".p/" + f); err != nil {
					return err
				}
			}
		}
		if keep == 0 {
			if err := fsys.Remove(name + ".p"); err != nil {
				return err
			}
		}
	}
	return nil
}
