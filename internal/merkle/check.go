package merkle

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil/internal/disk"
)

// CheckTiles compares the tiles in dir/tile with t, a tree made by New from the leaves themselves: every tile that Flush
// wrote for size leaves must be there, and every tile that is there must be right. A partial tile that is wider than size
// asks for, which a crash may leave, is right if t has as many leaves; what a crash left half written (*.tmp) is ignored.
// The error names the first file, or the tile, that is missing or wrong.
func (t *Tree) CheckTiles(fsys disk.FS, dir string, size uint64) error {
	if t.fsys != nil {
		return errors.New("check tiles: against a tree that reads tiles itself")
	}
	if have := t.Size(); size > have {
		return fmt.Errorf("check tiles: for %d leaves, there are %d", size, have)
	}
	for k := 1; size>>(8*k) != 0; k++ {
		n := size >> (8 * k)
		for i := uint64(0); i*tileWidth < n; i++ {
			if _, err := readTile(fsys, dir, k, i, int(min(n-i*tileWidth, tileWidth))); err != nil {
				return fmt.Errorf("check tiles: %w", err)
			}
		}
	}
	levels, err := fsys.ReadDir(path.Join(dir, "tile"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("check tiles: %w", err)
	}
	for _, l := range levels {
		k, err := strconv.Atoi(l)
		if err != nil || k < 1 || k > 7 || strconv.Itoa(k) != l {
			return fmt.Errorf("check tiles: %s does not belong there", path.Join(dir, "tile", l))
		}
		if err := t.checkLevel(fsys, dir, path.Join(dir, "tile", l), k, 0); err != nil {
			return fmt.Errorf("check tiles: %w", err)
		}
	}
	return nil
}

// checkLevel checks what a directory of one level holds; above is the index that the directories so far say.
func (t *Tree) checkLevel(fsys disk.FS, dir, at string, k int, above uint64) error {
	names, err := fsys.ReadDir(at)
	if err != nil {
		return err
	}
	for _, name := range names {
		file := path.Join(at, name)
		digits, deeper := strings.CutPrefix(name, "x")
		digits, partial := strings.CutSuffix(digits, ".p")
		n, err := strconv.ParseUint(digits, 10, 10)
		n += above * 1000
		switch {
		case strings.HasSuffix(name, disk.TempSuffix):
			continue
		case err != nil || len(digits) != 3 || deeper && partial || above > 1<<40:
			return fmt.Errorf("%s does not belong there", file)
		case deeper:
			err = t.checkLevel(fsys, dir, file, k, n)
		case tilePath(dir, k, n) != strings.TrimSuffix(file, ".p"):
			return fmt.Errorf("%s does not belong there", file)
		case partial:
			err = t.checkPartials(fsys, file, k, n)
		default:
			err = t.checkTile(fsys, file, k, n, tileWidth)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *Tree) checkPartials(fsys disk.FS, at string, k int, n uint64) error {
	names, err := fsys.ReadDir(at)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasSuffix(name, disk.TempSuffix) {
			continue
		}
		w, err := strconv.Atoi(name)
		if err != nil || w < 1 || w >= tileWidth || strconv.Itoa(w) != name {
			return fmt.Errorf("%s does not belong there", path.Join(at, name))
		}
		if err := t.checkTile(fsys, path.Join(at, name), k, n, w); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tree) checkTile(fsys disk.FS, file string, k int, n uint64, width int) error {
	got, err := readTileFile(fsys, file, width)
	if err != nil {
		return err
	}
	want, err := t.nodes(k, n*tileWidth, width)
	if err != nil {
		return fmt.Errorf("tile %s: %w", file, err)
	}
	for i := range got {
		if got[i] != want[i] {
			first := (n*tileWidth + uint64(i)) << (8 * k)
			return fmt.Errorf("tile %s: hash %d, of the records from %d to %d, is not what the records give", file, i, first, first+1<<(8*k)-1)
		}
	}
	return nil
}
