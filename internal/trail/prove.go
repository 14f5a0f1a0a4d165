package trail

import (
	"errors"
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/proof"
)

// Prove makes the evidence bundle of a record: the record, its salt, its path to the newest checkpoint, that checkpoint
// and the public key. If the checkpoint does not cover the record yet, a new one is written first.
func (t *Trail) Prove(seq uint64, madeBy string) (*proof.Bundle, error) {
	p, err := t.Prover()
	if err != nil {
		return nil, fmt.Errorf("prove record %d: %w", seq, err)
	}
	defer p.View.Close()
	if seq >= p.View.Size() {
		return nil, fmt.Errorf("prove record %d: the trail has %d", seq, p.View.Size())
	}
	return p.prove(seq, p.newest, madeBy)
}

// Prover gives what proofs of all records up to now are made of. A new checkpoint is written if the last does not cover
// them. Close its View.
func (t *Trail) Prover() (*Prover, error) {
	if err := t.Checkpoint(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	c := t.last
	t.mu.Unlock()
	v := t.View()
	if v.Size() < c.Size { // the commit that the checkpoint counts already is about to become visible
		v.Close()
		t.committing.Lock()
		v = t.View()
		t.committing.Unlock()
	}
	return &Prover{View: v, newest: c, fs: t.fs, tree: t.tree, salt: t.salt, vkey: t.VerifierKey(), origin: t.Origin(), signer: t.id.signer, vouched: &t.vouched}, nil
}

// salt gives the salt of a record.
func (t *Trail) salt(rec *counterfoil.Record) (counterfoil.Salt, error) {
	t.committing.Lock()
	defer t.committing.Unlock()
	return t.subjects.salt(rec)
}

// ErrNotCovered says that a record is newer than the newest checkpoint. A running daemon writes the next one soon.
var ErrNotCovered = errors.New("the newest checkpoint does not cover it yet")

// Prove makes the evidence bundle of a record from the directory alone. Its checkpoint is the newest that was written; it
// fails with [ErrNotCovered] where that is too old.
func (d *Directory) Prove(seq uint64, madeBy string) (*proof.Bundle, error) {
	v := d.View()
	if seq >= v.Size() {
		return nil, fmt.Errorf("prove record %d: the trail has %d", seq, v.Size())
	}
	p, err := d.Prover()
	if err != nil {
		return nil, fmt.Errorf("prove record %d: %w", seq, err)
	}
	if size := p.newest.Size; seq >= size {
		return nil, fmt.Errorf("prove record %d: %w: it counts %d records", seq, ErrNotCovered, size)
	}
	return p.prove(seq, p.newest, madeBy)
}

// Prover reads what proofs are made of, and the newest checkpoint.
func (d *Directory) Prover() (*Prover, error) {
	var s subjects
	if err := s.load(d.fs, &d.id); err != nil {
		return nil, err
	}
	id := d.id
	if err := id.readSigner(d.fs); err != nil && !isMissing(err) {
		return nil, err
	}
	c, err := readCheckpoint(d.fs, d.id.vkey)
	if err != nil {
		return nil, err
	}
	v, err := d.covering(c.Size)
	if err != nil {
		return nil, err
	}
	p := &Prover{View: v, newest: c, fs: d.fs, salt: s.salt, vkey: d.id.vkey, origin: d.id.origin, signer: id.signer, vouched: &d.vouched}
	p.tree, err = p.openTree(d.fs)
	return p, err
}

// Prover has what proofs are made of. For one goroutine.
type Prover struct {
	View   *View
	newest checkpoint
	fs     disk.FS
	tree   *merkle.Tree
	salt   func(*counterfoil.Record) (counterfoil.Salt, error)
	vkey   string
	origin string
	signer *merkle.Signer // nil for a reader that cannot see the secret
	buf    []byte

	vouched *vouched
}

// openTree makes the tree of a directory: the tiles of the segments, and the head's leaves. Like a trail that is opened for writing, it must
// have what the newest checkpoint counts: what is proved may be in an older tree.
func (p *Prover) openTree(fs disk.FS) (*merkle.Tree, error) {
	var front merkle.Frontier
	if n := len(p.View.spans); n > 0 {
		var err error
		if front, err = p.View.spans[n-1].frontier(); err != nil {
			return nil, err
		}
	}
	tree, err := merkle.Open(fs, ".", front)
	if err != nil {
		return nil, fmt.Errorf("tiles, which opening the trail for writing makes again: %w", err)
	}
	var rec counterfoil.Record
	for _, h := range p.View.Head {
		for i := range h.Len() {
			if err := h.Record(i, &rec); err != nil {
				return nil, err
			}
			l, err := p.leaf(&rec)
			if err != nil {
				return nil, err
			}
			tree.Append(l)
			if rec.Seq+1 != p.newest.Size {
				continue
			}
			if f := tree.Frontier(); f.Root() != p.newest.Root {
				return nil, fmt.Errorf("the log: records up to %d are not those of the signed checkpoint", rec.Seq)
			}
		}
	}
	return tree, counts(p.newest.Checkpoint, p.View.spans, tree.Size())
}

func (p *Prover) leaf(rec *counterfoil.Record) (counterfoil.Hash, error) {
	salt, err := p.salt(rec)
	if err != nil {
		return counterfoil.Hash{}, errNoSalt(rec.Seq, err)
	}
	var comma int
	p.buf, comma = counterfoil.AppendRecord(p.buf[:0], rec)
	return counterfoil.LeafOf(p.buf, comma, salt).Hash(), nil
}

func (p *Prover) prove(seq uint64, c checkpoint, madeBy string) (*proof.Bundle, error) {
	var rec counterfoil.Record
	if err := p.View.Record(seq, &rec); err != nil {
		return nil, err
	}
	salt, err := p.salt(&rec)
	if err != nil {
		return nil, fmt.Errorf("prove %w", errNoSalt(seq, err))
	}
	path, err := p.tree.Inclusion(seq, c.Size, p.block)
	if err != nil {
		return nil, err
	}
	msg, _ := counterfoil.AppendRecord(nil, &rec)
	return proof.NewBundle(msg, salt, path, c.note, p.vkey, madeBy)
}

// block gives the leaves of 256 records: from the columns, the head, or what is left of those that have expired.
func (p *Prover) block(n uint64) ([]merkle.Node, error) {
	from, to := n*256, min(n*256+256, p.View.Size())
	l := newLeaves(from, to-1)
	err := p.View.each(from, to, func(rec *counterfoil.Record) error {
		h, err := p.leaf(rec)
		if err == nil {
			err = l.add(rec.Seq, h)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var expired []piece
	for _, sp := range p.View.spans {
		if sp.Last < from || sp.First >= to {
			continue
		}
		of, err := sp.expired()
		if err != nil {
			return nil, err
		}
		for _, x := range of {
			if x.first >= from && x.first < to {
				expired = append(expired, x)
			}
		}
	}
	pieces, err := l.with(expired)
	return nodesOf(pieces), err
}

func nodesOf(pieces []piece) []merkle.Node {
	nodes := make([]merkle.Node, len(pieces))
	for i := range pieces {
		nodes[i] = pieces[i].Node
	}
	return nodes
}

// each calls f with the records from from on and before to, in any order.
func (v *View) each(from, to uint64, f func(*counterfoil.Record) error) error {
	for _, h := range v.Head {
		if err := eachOf(h, from, to, f); err != nil {
			return err
		}
	}
	for _, s := range v.Segments {
		if s.Last < from || s.First >= to {
			continue
		}
		if err := s.eachIn(from, to, f); err != nil {
			return fmt.Errorf("%s: %w", s.Name(), err)
		}
	}
	return nil
}

func (s *Sealed) eachIn(from, to uint64, f func(*counterfoil.Record) error) error {
	r, err := s.Reader()
	if err != nil {
		return err
	}
	return eachOf(r, from, to, f)
}

// blocks is a segment's columns or the head's.
type blocks interface {
	Pages() int
	Block(p int) *segment.Block
}

func eachOf(r blocks, from, to uint64, f func(*counterfoil.Record) error) error {
	var rec counterfoil.Record
	for p := range r.Pages() {
		b := r.Block(p)
		seqs, err := b.Seq()
		if err != nil {
			return err
		}
		for i, q := range seqs {
			if uint64(q) < from || uint64(q) >= to {
				continue
			}
			if err := b.Record(i, &rec); err != nil {
				return err
			}
			if err := f(&rec); err != nil {
				return err
			}
		}
	}
	return nil
}
