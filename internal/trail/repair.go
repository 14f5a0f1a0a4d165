package trail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// Repaired says what a repair did.
type Repaired struct {
	Rebuilt  []string  `json:"rebuilt"` // derived files that were made again
	Salvaged []Salvage `json:"salvaged"`
}

// Repair opens the trail in dir, makes its derived files again and takes out of damaged segments what can be read: records
// that the tiles prove stay where they are, others become events, and what is lost is said to be, as a gap. The damaged file is
// kept beside, with .damaged behind its name. Where the tree needs hashes that are gone the error says so, and nothing is
// changed.
func Repair(ctx context.Context, dir string, o Options) (*Repaired, error) {
	fsys, err := disk.Open(dir)
	if err != nil {
		return nil, err
	}
	return RepairFS(ctx, fsys, o)
}

// RepairFS is Repair on any directory tree.
func RepairFS(ctx context.Context, fsys disk.FS, o Options) (done *Repaired, err error) {
	if _, err := readIdentity(fsys); err != nil {
		return nil, err // a slip in a name makes no trail
	}
	plan := &repair{}
	t, err := openFS(fsys, o, plan)
	if err != nil {
		return nil, err
	}
	done, err = t.repaired(ctx, plan)
	if err = errors.Join(err, t.Close()); err != nil {
		return done, err
	}
	// Opening makes the tiles that were found wrong and removed.
	if t, err = OpenFS(fsys, o); err != nil {
		return done, err
	}
	return done, t.Close()
}

func (t *Trail) repaired(ctx context.Context, plan *repair) (*Repaired, error) {
	done := &Repaired{Rebuilt: t.recovery.Rebuilt}
	t.retiring.Lock()
	defer t.retiring.Unlock()
	for _, w := range plan.wrecks {
		s, err := t.salvage(ctx, w)
		done.Salvaged = append(done.Salvaged, s...)
		if err != nil {
			return done, fmt.Errorf("salvage records %d to %d: %w", w.span.First, w.span.Last, err)
		}
	}
	rebuilt, err := t.rebuildDerived()
	done.Rebuilt = append(done.Rebuilt, rebuilt...)
	return done, err
}

// repair is what opening a damaged trail finds.
type repair struct{ wrecks []*wreck }

// wreck is a span of which files are damaged or missing.
type wreck struct {
	span    *span
	damaged bool
	files   []*Sealed // of the span, those that have not expired
	whys    []error
	found   [][]counterfoil.Record // of each file, what can be read and the tiles prove
	moved   [][]counterfoil.Record // of each file, what can be read only
	pieces  []piece                // what the tree has of the records that are not where they were
	front   merkle.Frontier
}

// look finds damaged files. What is missing stands in x.
func (r *repair) look(t *Trail, x *segments) error {
	if len(x.missing) > 0 && slices.ContainsFunc(x.places, func(p *place) bool { return p.absent != nil }) {
		return fmt.Errorf("%w. What is there is not repaired away: make the directory available; if it is lost for good, take it off the list in the file %q, and off the configuration", x.whole(), dirsFile)
	}
	front := merkle.Frontier{}
	for _, sp := range x.spans {
		w := &wreck{span: sp}
		for _, s := range sp.all {
			if sp.gone != nil && sp.gone.has(s.base) {
				continue
			}
			err := errors.New("is missing")
			if slices.Contains(sp.files, s) {
				err = s.checkDigest()
			}
			w.add(s, err)
		}
		if w.damaged {
			if err := w.read(t, front); err != nil {
				return fmt.Errorf("records %d to %d, whose files are damaged (%w): %w", sp.First, sp.Last, errors.Join(w.whys...), err)
			}
			sp.front, sp.files = &w.front, nil // opening must not look into them
			r.wrecks = append(r.wrecks, w)
		}
		var err error
		if front, err = sp.frontier(); err != nil {
			return err
		}
	}
	return nil
}

// errNeighbour is why a whole file is looked at: records of others are in the same blocks of the tree.
var errNeighbour = errors.New("is whole, beside a damaged file")

func (w *wreck) add(s *Sealed, why error) {
	if w.damaged = w.damaged || why != nil; why == nil {
		why = errNeighbour
	}
	w.files, w.whys = append(w.files, s), append(w.whys, why)
}

// read takes what can be read out of the damaged files of a span and finds what the tree needs instead of the rest. before is
// the tree before the span.
func (w *wreck) read(t *Trail, before merkle.Frontier) error {
	sp := w.span
	l, from := newLeaves(sp.First, sp.Last), map[uint64]int{}
	recs := map[uint64]counterfoil.Record{}
	for i, s := range w.files {
		if s.place == nil {
			continue // missing
		}
		s.cache = segment.NewCache(1 << 20)
		for rec := range s.readable() {
			h, err := t.leafOf(rec)
			if err == nil && rec.Check() == nil && l.add(rec.Seq, h) == nil {
				recs[rec.Seq], from[rec.Seq] = *rec, i
			}
		}
	}
	expired, err := sp.expired()
	if err != nil {
		return err
	}
	all, err := w.prove(t, l, expired)
	if err != nil {
		return err
	}
	w.front = before
	for _, p := range all {
		if err := w.front.AppendNode(p.Node); err != nil {
			return err
		}
	}
	if w.front.Root() != sp.Root {
		return errors.New("what is left does not give the root that was signed")
	}
	w.sort(recs, from, all, t.isGoing)
	return nil
}

// prove gives the pieces of the whole span: leaves where the tiles agree with them or there is no tile, and the tile's hash for
// a block of which something is lost or changed.
func (w *wreck) prove(t *Trail, l *leaves, expired []piece) (all []piece, err error) {
	sp := w.span
	have := merge(l.pieces(), expired)
	for at := sp.First; at <= sp.Last; {
		next := min(at/256*256+256, sp.Last+1)
		n := slices.IndexFunc(have, func(p piece) bool { return p.first >= next })
		if n < 0 {
			n = len(have)
		}
		block := have[:n]
		have = have[n:]
		whole := at%256 == 0 && next-at == 256
		complete := dense(block, at, next)
		if !whole && !complete {
			return nil, fmt.Errorf("records %d to %d cannot all be read, and no tile has the hash of these alone: put the file back from a copy", at, next-1)
		}
		if whole {
			h, err := merkle.BlockHash(t.fs, ".", at/256)
			if err != nil {
				return nil, err
			}
			if folded := collapse(slices.Clone(block)); !complete || len(folded) != 1 || folded[0].Hash != h {
				lost := piece{at, merkle.Node{Level: merkle.MaxLevel, Hash: h}}
				block, w.pieces = []piece{lost}, append(w.pieces, lost)
			}
		}
		all = append(all, block...)
		at = next
	}
	return all, nil
}

// dense reports whether pieces cover the records from from on and before to.
func dense(pieces []piece, from, to uint64) bool {
	for _, p := range pieces {
		if p.first != from {
			return false
		}
		from = p.end()
	}
	return from == to
}

// isGoing reports whether a record's hidden half is about to be forgotten.
func (t *Trail) isGoing(r *counterfoil.Record) bool {
	g := t.subjects.going
	if g == nil || r.User != g.User || r.Seq >= g.Before {
		return false
	}
	_, held := holding(t.Holds(), r)
	return !held
}

// sort tells the records that are proved where they stand from those that are not. Of the latter those that are going are lost:
// as events they would stay.
func (w *wreck) sort(recs map[uint64]counterfoil.Record, from map[uint64]int, all []piece, going func(*counterfoil.Record) bool) {
	w.found, w.moved = make([][]counterfoil.Record, len(w.files)), make([][]counterfoil.Record, len(w.files))
	for _, p := range all {
		for seq := p.first; seq < p.end(); seq++ {
			rec, ok := recs[seq]
			if !ok {
				continue
			}
			i := from[seq]
			if p.Level == 0 {
				w.found[i] = append(w.found[i], rec)
			} else if !going(&rec) {
				w.moved[i] = append(w.moved[i], rec)
			}
		}
	}
}

// readable gives the records of the pages that can be read.
func (s *Sealed) readable() func(yield func(*counterfoil.Record) bool) {
	return func(yield func(*counterfoil.Record) bool) {
		r, err := s.Reader()
		if err != nil {
			return
		}
		defer s.close()
		defer r.Together()()
		for p := range r.Pages() {
			b := r.Block(p)
			for i := range b.Rows() {
				var rec counterfoil.Record
				if b.Record(i, &rec) == nil && !yield(&rec) {
					return
				}
			}
		}
	}
}

// rebuildDerived makes indexes and tiles again that are not what the records give.
func (t *Trail) rebuildDerived() (rebuilt []string, err error) {
	tree := merkle.New()
	for _, sp := range t.View().spans {
		for _, s := range sp.files {
			r, err := s.columns()
			if err != nil {
				return rebuilt, err
			}
			x, err := r.BuildIndex()
			if err != nil {
				return rebuilt, fmt.Errorf("%s: %w", s.Name(), err)
			}
			have, err := disk.ReadFile(s.place.fs, s.place.file(s.base+".idx"), 1<<30)
			if err != nil && !isMissing(err) || bytes.Equal(have, x.Marshal()) {
				continue
			}
			s.Index, r.Index = x, x
			if err := s.writeIndex(); err != nil {
				return rebuilt, err
			}
			rebuilt = append(rebuilt, s.indexName())
		}
		pieces, err := sp.pieces(t.leafOf)
		if err != nil {
			return rebuilt, err
		}
		for _, p := range pieces {
			if err := tree.AppendNode(p.Node); err != nil {
				return rebuilt, err
			}
		}
	}
	why := tree.CheckTiles(t.fs, ".", tree.Size())
	if why == nil {
		return rebuilt, nil
	}
	if err := disk.RemoveAll(t.fs, "tile"); err != nil {
		return rebuilt, err
	}
	return append(rebuilt, why.Error()), nil
}
