package trail

import (
	"errors"
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/proof"
)

// Size is how many records the newest checkpoint counts: those that can be proved.
func (p *Prover) Size() uint64 { return p.newest.Size }

// Origin is the name of the trail.
func (p *Prover) Origin() string { return p.newest.Origin }

// Key is the trail's verifier key.
func (p *Prover) Key() string { return p.vkey }

// Sign signs a text with the trail's key.
func (p *Prover) Sign(text string) ([]byte, error) {
	if p.signer == nil {
		return nil, errors.New("what the trail states cannot be signed: " + signerFile + " is missing, or not for you to read")
	}
	return p.signer.Sign(text)
}

// Evidence proves records, numbers ascending, all against one checkpoint: the one that witnesses cosigned, where that
// counts them all, else the newest. Statement and report are left to the caller.
func (p *Prover) Evidence(found, context []counterfoil.Record) (*proof.Evidence, error) {
	e := &proof.Evidence{Key: p.vkey}
	var seqs []uint64
	for len(found)+len(context) > 0 {
		from, to := &found, &e.Records
		if len(found) == 0 || len(context) > 0 && context[0].Seq < found[0].Seq {
			from, to = &context, &e.Context
		}
		r := &(*from)[0]
		*from = (*from)[1:]
		salt, err := p.salt(r)
		if err != nil {
			return nil, fmt.Errorf("prove %w", errNoSalt(r.Seq, err))
		}
		msg, _ := counterfoil.AppendRecord(nil, r)
		*to = append(*to, msg)
		e.Salts, seqs = append(e.Salts, salt), append(seqs, r.Seq)
	}
	c, err := p.against(seqs[len(seqs)-1])
	if err != nil {
		return nil, err
	}
	e.Checkpoint = c.note
	e.Nodes, err = p.tree.Inclusions(seqs, c.Size, p.leavesFor(seqs))
	return e, err
}

// against chooses the checkpoint for records up to last.
func (p *Prover) against(last uint64) (checkpoint, error) {
	note, err := disk.ReadFile(p.fs, cosignedFile, 1<<16)
	if err == nil {
		c := checkpoint{note: note}
		if c.Checkpoint, err = proof.ParseCheckpoint(note, p.vkey); err != nil {
			return c, fmt.Errorf("%s: %w", cosignedFile, err)
		}
		if c.Size > last {
			return c, nil
		}
	} else if !isMissing(err) {
		return checkpoint{}, err
	}
	if p.newest.Size <= last {
		return checkpoint{}, fmt.Errorf("prove record %d: %w: it counts %d records", last, ErrNotCovered, p.newest.Size)
	}
	return p.newest, nil
}

// wholeFrom is how many blocks of a segment must be wanted for all its leaves to be made at once: the records of a block
// lie in all pages of the segment, so that looking for them block by block reads the segment again and again.
const wholeFrom = 4

// leavesFor gives the leaves of the blocks in which records are proved. They are asked for in ascending order.
func (p *Prover) leavesFor(seqs []uint64) merkle.Leaves {
	blocks := map[*span]int{}
	last := ^uint64(0)
	for _, seq := range seqs {
		if seq/256 != last {
			last = seq / 256
			blocks[p.holding(last)]++
		}
	}
	var whole *span
	var pieces []piece
	return func(n uint64) (_ []merkle.Node, err error) {
		sp := p.holding(n)
		if sp == nil || blocks[sp] < wholeFrom {
			return p.block(n)
		}
		if sp != whole {
			if pieces, err = sp.pieces(p.leaf); err != nil {
				return nil, err
			}
			whole = sp
		}
		return nodesOf(pieces[n*256-sp.First:][:256]), nil
	}
}

// holding gives the span that has all records of a block; nil if none has.
func (p *Prover) holding(block uint64) *span {
	for _, sp := range p.View.spans {
		if sp.First <= block*256 && block*256+255 <= sp.Last && sp.gone == nil {
			return sp
		}
	}
	return nil
}
