package trail

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
)

// rewriteSpans writes every sealed file anew that has a hidden half to be forgotten.
func (t *Trail) rewriteSpans(ctx context.Context, g *forgetting) error {
	f, err := parseForgotten(g.event.EventData)
	if err != nil {
		return err
	}
	said := map[uint64]int{} // how many of each range, by the first of the range
	for _, r := range f.Ranges {
		said[r.First] = r.Records
	}
	w := rewriter{t: t, g: g, salts: t.salter(), holds: t.Holds()}
	for _, sp := range t.View().spans {
		if err := t.stopped(ctx); err != nil {
			return err
		}
		if err := w.span(sp, said[sp.First]); err != nil {
			return fmt.Errorf("records %d to %d: %w", sp.First, sp.Last, err)
		}
	}
	return nil
}

// rewriter takes hidden halves out of sealed files.
type rewriter struct {
	t     *Trail
	g     *forgetting
	salts *salter
	holds []Hold
}

// meant reports whether a record's hidden half is to be forgotten.
func (w *rewriter) meant(r *counterfoil.Record) bool {
	if r.User != w.g.User || r.Seq >= w.g.Before || r.IsForgotten() {
		return false
	}
	_, held := holding(w.holds, r)
	return !held
}

// span writes those files of a span anew in which something is to be forgotten, each under a new name, and then the seal that
// makes them count instead of the old ones, which are removed. What a crash leaves is the one or the other.
func (w *rewriter) span(sp *span, said int) error {
	concerned := map[*Sealed]bool{}
	for _, s := range sp.files {
		err := s.eachOf(w.g.User, w.g.Before, func(r *counterfoil.Record) error {
			concerned[s] = concerned[s] || w.meant(r)
			return nil
		})
		if err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(sp.files, func(s *Sealed) bool { return concerned[s] }) {
		return nil
	}
	halves, front, err := w.halves(sp)
	if err != nil {
		return fmt.Errorf("nothing of them is forgotten: %w", err)
	}
	if len(halves) != said && (sp.gone == nil || len(halves) > said) {
		return fmt.Errorf("%d are to be forgotten, record %d says %d", len(halves), w.g.number, said)
	}
	next := &span{First: sp.First, Last: sp.Last, Root: sp.Root, all: slices.Clone(sp.all), gone: sp.gone, front: sp.front,
		forgot: append(slices.Clone(sp.forgot), forgot{w.g.number, len(halves)})}
	for i, s := range sp.all {
		if concerned[s] {
			if next.all[i], err = w.file(s, next.fresh(), halves, front); err != nil {
				return w.t.storageError("forget", err)
			}
		}
	}
	for _, s := range next.all {
		if sp.gone == nil || !sp.gone.has(s.base) {
			next.files = append(next.files, s)
		}
	}
	msg, err := w.t.id.signer.Sign(next.text(w.t.Origin()))
	if err != nil {
		return err
	}
	if err := disk.WriteFile(w.t.fs, sealName(sp.base()), msg); err != nil {
		return w.t.breakWith(err) // which seal is on the disk is known when it is read again
	}
	w.t.replace(sp, next)
	for s := range concerned {
		if concerned[s] {
			if err := w.t.remove(s); err != nil {
				return w.t.storageError("forget", err)
			}
		}
	}
	return nil
}

// halves gives what the leaves have of the hidden halves that are to be forgotten, by number, and the tree behind the span. All
// records of the span must give the tree that was signed: what is damaged is evidence, and stays.
func (w *rewriter) halves(sp *span) (map[uint64]counterfoil.Hash, merkle.Frontier, error) {
	halves, all := map[uint64]counterfoil.Hash{}, newLeaves(sp.First, sp.Last)
	for _, s := range sp.files {
		err := eachAlone(s, func(r *counterfoil.Record) error {
			l, err := w.salts.leaf(r)
			if err != nil {
				return err
			}
			if w.meant(r) {
				halves[r.Seq] = l.Hidden
			}
			return all.add(r.Seq, l.Hash())
		})
		if err != nil {
			return nil, merkle.Frontier{}, err
		}
	}
	expired, err := sp.expired()
	if err != nil {
		return nil, merkle.Frontier{}, err
	}
	pieces, err := all.with(expired)
	if err != nil {
		return nil, merkle.Frontier{}, err
	}
	front, err := w.t.before(sp)
	for i := 0; i < len(pieces) && err == nil; i++ {
		err = front.AppendNode(pieces[i].Node)
	}
	if err == nil && front.Root() != sp.Root {
		err = fmt.Errorf("the records do not give the root that was signed in %s: run counterfoil verify", sealName(sp.base()))
	}
	return halves, front, err
}

// eachAlone calls f with every record of a file, from its columns alone.
func eachAlone(s *Sealed, f func(*counterfoil.Record) error) error {
	r, err := s.alone()
	if err == nil {
		err = eachOf(r, 0, ^uint64(0), f)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name(), err)
	}
	return nil
}

// file writes a file anew under a new name, beside the old one and with a second name for distribution if that has one.
func (w *rewriter) file(old *Sealed, base string, halves map[uint64]counterfoil.Hash, front merkle.Frontier) (*Sealed, error) {
	recs := make([]counterfoil.Record, 0, old.rows)
	err := eachAlone(old, func(r *counterfoil.Record) error {
		if hidden, ok := halves[r.Seq]; ok {
			recs = append(recs, r.Forget(hidden))
		} else {
			recs = append(recs, *r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(recs, func(a, b counterfoil.Record) int { return cmp.Compare(a.Seq, b.Seq) })
	s := &Sealed{First: old.First, Last: old.Last, base: base, place: old.place, cache: w.t.cache}
	if err := w.t.writeColumns(s, rowsOf(w.t.id.id, recs), front); err != nil {
		return nil, err
	}
	if err := s.writeIndex(); err != nil {
		return nil, err
	}
	linked, err := old.place.linked(old.base + ".parquet")
	if err == nil && (linked || w.t.opts.Dist) {
		err = s.place.link(s.base + ".parquet")
	}
	if err == nil {
		err = w.t.reopenIndex(s)
	}
	return s, err
}
