package trail

import (
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/proof"
)

const checkpointFile = "checkpoint"

// checkpoint is a signed statement of the tree's size and root, as it was written.
type checkpoint struct {
	proof.Checkpoint
	note []byte
	at   counterfoil.Time // when it was written; 0 for one found at the start
}

// Checkpoint signs the tree as it is and writes it, if it has grown since the last.
func (t *Trail) Checkpoint() error {
	front := t.tree.Frontier()
	t.mu.Lock()
	last := t.last
	t.mu.Unlock()
	if front.Size() == last.Size && last.note != nil {
		return nil
	}
	c := checkpoint{Checkpoint: proof.Checkpoint{Origin: t.Origin(), Size: front.Size(), Root: front.Root()}, at: counterfoil.TimeOf(t.opts.Now())}
	var err error
	if c.note, err = t.id.signer.SignCheckpoint(c.Size, c.Root); err != nil {
		return err
	}
	t.checkpointing.Lock()
	defer t.checkpointing.Unlock()
	t.mu.Lock()
	stale := t.last.Size >= c.Size && t.last.note != nil
	t.mu.Unlock()
	if stale {
		return nil
	}
	if err := disk.WriteFile(t.fs, checkpointFile, c.note); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = c
	return nil
}

// LastCheckpoint gives the newest checkpoint as a signed note, its size, and when it was written (0: before this start).
func (t *Trail) LastCheckpoint() (note []byte, size uint64, at counterfoil.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last.note, t.last.Size, t.last.at
}

// readCheckpoint reads the newest checkpoint and checks its signature; a zero one if none was written yet.
func readCheckpoint(fsys disk.FS, vkey string) (c checkpoint, err error) {
	c.note, err = disk.ReadFile(fsys, checkpointFile, 1<<16)
	if isMissing(err) {
		return checkpoint{}, nil
	} else if err != nil {
		return c, err
	}
	if c.Checkpoint, err = proof.ParseCheckpoint(c.note, vkey); err != nil {
		return c, fmt.Errorf("%s: %w", checkpointFile, err)
	}
	return c, nil
}
