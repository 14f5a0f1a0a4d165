package proof

import (
	"errors"
	"fmt"
	"math"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/counterfoil/counterfoil"
)

// CheckInclusion returns nil if path proves that the tree of size leaves with the given root has leaf at index
// (RFC 6962 §2.1.1). path runs from the leaf upwards.
func CheckInclusion(leaf counterfoil.Hash, index, size uint64, path []counterfoil.Hash, root counterfoil.Hash) error {
	if size > math.MaxInt64 || index >= size {
		return fmt.Errorf("inclusion: a tree of %d leaves has no leaf %d", size, index)
	}
	if err := tlog.CheckRecord(toTlog(path), int64(size), tlog.Hash(root), int64(index), tlog.Hash(leaf)); err != nil {
		return fmt.Errorf("inclusion: the path does not lead from leaf %d to the root of %d leaves", index, size)
	}
	return nil
}

// CheckConsistency returns nil if path proves that the tree of newSize leaves begins with the tree of oldSize leaves
// (RFC 6962 §2.1.2), that is: nothing of the old tree was changed, dropped or reordered. The path is empty where oldSize
// is 0 or newSize.
func CheckConsistency(oldSize uint64, oldRoot counterfoil.Hash, newSize uint64, newRoot counterfoil.Hash, path []counterfoil.Hash) error {
	switch {
	case newSize > math.MaxInt64 || oldSize > newSize:
		return fmt.Errorf("consistency: a tree of %d leaves cannot begin with one of %d", newSize, oldSize)
	case oldSize == 0 || oldSize == newSize:
		if len(path) > 0 {
			return errors.New("consistency: a path where none belongs")
		}
		empty, _ := tlog.TreeHash(0, nil)
		if oldSize == newSize && oldRoot != newRoot || oldSize == 0 && oldRoot != counterfoil.Hash(empty) {
			return fmt.Errorf("consistency: the roots of %d and %d leaves do not fit", oldSize, newSize)
		}
		return nil
	}
	if err := tlog.CheckTree(toTlog(path), int64(newSize), tlog.Hash(newRoot), int64(oldSize), tlog.Hash(oldRoot)); err != nil {
		return fmt.Errorf("consistency: the path does not show that the tree of %d leaves begins with that of %d", newSize, oldSize)
	}
	return nil
}

func toTlog(path []counterfoil.Hash) []tlog.Hash {
	out := make([]tlog.Hash, len(path))
	for i, h := range path {
		out[i] = tlog.Hash(h)
	}
	return out
}
