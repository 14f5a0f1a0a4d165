package trail

import (
	"fmt"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/proof"
)

// cosignedFile has the newest checkpoint that witnesses have cosigned, with their signatures.
const cosignedFile = "checkpoint.cosigned"

// Growth proves that the newest checkpoint contains the tree of the first old records, and gives the checkpoint's size.
func (t *Trail) Growth(old uint64) (g *proof.Growth, size uint64, err error) {
	note, _, _ := t.LastCheckpoint()
	return t.GrowthTo(old, note)
}

// GrowthTo is Growth to a checkpoint of this trail, the newest or an older one.
func (t *Trail) GrowthTo(old uint64, note []byte) (g *proof.Growth, size uint64, err error) {
	c := checkpoint{note: note}
	if c.Checkpoint, err = proof.ParseCheckpoint(note, t.VerifierKey()); err != nil {
		return nil, 0, err
	}
	v := t.View()
	defer v.Close()
	p := Prover{View: v, tree: t.tree, salt: t.salt, vkey: t.VerifierKey()}
	return p.growth(old, c)
}

// Growth is that of a trail, from the directory alone.
func (d *Directory) Growth(old uint64) (g *proof.Growth, size uint64, err error) {
	p, err := d.Prover()
	if err != nil {
		return nil, 0, err
	}
	return p.growth(old, p.newest)
}

func (p *Prover) growth(old uint64, c checkpoint) (*proof.Growth, uint64, error) {
	if old > c.Size {
		return nil, 0, fmt.Errorf("a checkpoint of %d records is asked for, the newest of this trail counts %d: records are missing here, or it is another trail", old, c.Size)
	}
	path, err := p.tree.Consistency(old, c.Size, p.block)
	if err != nil {
		return nil, 0, err
	}
	return &proof.Growth{Old: old, Path: path, Checkpoint: c.note}, c.Size, nil
}

// KeepCosigned keeps a checkpoint of this trail with its cosignatures, which the caller has checked. From then on the
// trail must have at least its records to be whole.
func (t *Trail) KeepCosigned(note []byte) error {
	if _, err := proof.ParseCheckpoint(note, t.VerifierKey()); err != nil {
		return err
	}
	return disk.WriteFile(t.fs, cosignedFile, note)
}

// Cosigned gives the checkpoint last kept with KeepCosigned, nil if there is none.
func (d *Directory) Cosigned() ([]byte, error) {
	note, err := disk.ReadFile(d.fs, cosignedFile, 1<<16)
	if isMissing(err) {
		return nil, nil
	}
	return note, err
}

// VerifierKey is the public key of the checkpoints.
func (d *Directory) VerifierKey() string { return d.id.vkey }

// expected is a checkpoint that the records must pass through.
type expected struct {
	proof.Checkpoint
	from string // what to call it
}

// expect reads the checkpoints that the trail must contain beside its own newest: the one that witnesses cosigned, and
// those the caller has.
func (c *checker) expect(against [][]byte) error {
	note, err := disk.ReadFile(c.fs, cosignedFile, 1<<16)
	if err == nil {
		err = c.expectNote(cosignedFile, note)
	}
	if err != nil && !isMissing(err) {
		return found(cosignedFile, err)
	}
	for i, note := range against {
		if err := c.expectNote(fmt.Sprintf("checkpoint %d that was given", i+1), note); err != nil {
			return problem("", nil, "checkpoint %d that was given: %v", i+1, err)
		}
	}
	return nil
}

func (c *checker) expectNote(from string, note []byte) error {
	cp, err := proof.ParseCheckpoint(note, c.id.vkey)
	if err != nil {
		return err
	}
	if cp.Size == 0 {
		if cp.Root != (&merkle.Frontier{}).Root() {
			return fmt.Errorf("its root is not that of an empty tree")
		}
		return nil
	}
	c.expected = append(c.expected, expected{cp, from})
	c.total = max(c.total, cp.Size)
	return nil
}

// pass looks whether the tree as it is now, behind record seq, is one that a checkpoint states. Of the records from before
// on only a node may be left.
func (c *checker) pass(file string, seq, before uint64) error {
	for _, e := range c.expected {
		if e.Size == c.next {
			if f := c.tree.Frontier(); f.Root() != e.Root {
				return problem(file, &seq, "the records up to this one are not those of %s", e.from)
			}
			c.report.Passed++
		} else if e.Size > before && e.Size < c.next {
			return problem(file, &e.Size, "%s ends before this record, among records %d to %d, which have expired: whether the trail contains its tree cannot be told any more", e.from, before, seq)
		}
	}
	return nil
}

// unpassed gives a problem for a checkpoint that counts more records than there are.
func (c *checker) unpassed() error {
	for _, e := range c.expected {
		if e.Size > c.next {
			return problem("", &c.next, "is missing: %s counts %d records, %d were found", e.from, e.Size, c.next)
		}
	}
	return nil
}
