package trail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/proof"
)

// retireEvery is how often the rules of retention are looked at.
const retireEvery = time.Minute

// Retain lets records expire until ctx is done, and goes on with a forgetting that a full disk has stopped. What keeps a file from being deleted is logged and tried again; an error
// means that the trail broke.
func (t *Trail) Retain(ctx context.Context) error {
	tick := time.NewTicker(retireEvery)
	defer tick.Stop()
	for {
		if err := t.resumeForgetting(ctx); err != nil && ctx.Err() == nil {
			t.opts.Log.Error("go on with forgetting", "err", err)
		}
		if err := t.Expire(ctx); err != nil && ctx.Err() == nil {
			t.opts.Log.Error("delete what has expired", "err", err)
		}
		if err := t.brokenErr(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Expire deletes the sealed files whose records are all due, the oldest first.
func (t *Trail) Expire(ctx context.Context) error {
	t.retiring.Lock()
	defer t.retiring.Unlock()
	p := pass{t: t, now: counterfoil.TimeOf(t.opts.Now()), holds: t.Holds(), salts: t.salter()}
	p.limit = func(s *Sealed) (string, error) { return p.due(s) }
	if t.opts.Retention.isNever() {
		return nil
	}
	if err := p.measure(); err != nil {
		return err
	}
	_, err := p.run(ctx, 0)
	return err
}

// pass is one look at everything that is sealed. The caller holds retiring.
type pass struct {
	t     *Trail
	now   counterfoil.Time
	holds []Hold
	salts *salter
	bytes []int64                         // of the files with records under each rule
	own   bool                            // the disk is full: what is said of it goes before everything else
	limit func(s *Sealed) (string, error) // why a file is to go; "": it is not
}

// run deletes what is to go, in order of the records, until enough bytes are free; 0: everything that is to go. It gives
// the bytes of the deleted files.
func (p *pass) run(ctx context.Context, enough int64) (freed int64, err error) {
	var problems []error
	for _, sp := range p.t.View().spans {
		if err := ctx.Err(); err != nil {
			return freed, err
		}
		var files []*Sealed
		var whys []string
		for _, s := range sp.files {
			why, err := p.limit(s)
			if err == nil && why != "" {
				var held bool
				if held, err = p.held(s); held {
					continue
				}
			}
			if err != nil {
				problems = append(problems, err)
				continue
			}
			if why != "" {
				files, whys = append(files, s), append(whys, why)
				if err := p.count(s, -1); err != nil {
					return freed, err
				}
				freed += s.Bytes + s.indexBytes
			}
		}
		if len(files) == 0 {
			continue
		}
		if err := p.expire(ctx, sp, files, whys); err != nil {
			return freed, errors.Join(append(problems, fmt.Errorf("expire records %d to %d: %w", sp.First, sp.Last, err))...)
		}
		if enough > 0 && freed >= enough {
			break
		}
	}
	return freed, errors.Join(problems...)
}

var errHeld = errors.New("held")

// held reports whether a hold fits a record of the file.
func (p *pass) held(s *Sealed) (bool, error) {
	if len(p.holds) == 0 {
		return false, nil
	}
	err := s.each(func(r *counterfoil.Record) error {
		for i := range p.holds {
			if p.holds[i].fits(r) {
				return errHeld
			}
		}
		return nil
	})
	if errors.Is(err, errHeld) {
		return true, nil
	}
	return false, err
}

// expire deletes files of a span: it says so in the trail, signs a checkpoint of that, keeps the hashes that the tree needs,
// and then removes them. A crash between leaves the files and what was said, or what is left of the files and the files, which
// opening removes.
func (p *pass) expire(ctx context.Context, sp *span, files []*Sealed, whys []string) error {
	pieces, front, err := p.left(sp, files)
	if err != nil {
		return fmt.Errorf("nothing is deleted: %w", err)
	}
	said, err := p.say(ctx, files, whys)
	if err != nil {
		return err
	}
	if err := p.t.Checkpoint(); err != nil {
		return err
	}
	g := sp.gone.with(front, said, sp, pieces)
	data, err := g.marshal(sp, &p.t.id)
	if err != nil {
		return err
	}
	if err := disk.WriteFile(p.t.fs, goneName(sp.base()), data); err != nil {
		return err
	}
	g.fs, g.hashes = p.t.fs, nil
	p.t.replace(sp, sp.without(g))
	return p.t.delete(files)
}

// left gives what the tree needs of the records of files, together with those of the span that are gone already, and the
// tree behind the span. The records must give the tree that was signed: what is damaged is not deleted.
func (p *pass) left(sp *span, files []*Sealed) (pieces []piece, front merkle.Frontier, err error) {
	going, all := newLeaves(sp.First, sp.Last), newLeaves(sp.First, sp.Last)
	for _, s := range sp.files {
		l := all
		if slices.Contains(files, s) {
			l = going
		}
		if err := s.addTo(l, p.salts.leafHash); err != nil {
			return nil, front, err
		}
	}
	before, err := sp.expired()
	if err != nil {
		return nil, front, err
	}
	pieces = going.pieces()
	for _, x := range pieces {
		if err := all.add(x.first, x.Hash); err != nil {
			return nil, front, err
		}
	}
	whole, err := all.with(before)
	if err != nil {
		return nil, front, err
	}
	if front, err = p.t.before(sp); err != nil {
		return nil, front, err
	}
	for _, x := range whole {
		if err := front.AppendNode(x.Node); err != nil {
			return nil, front, err
		}
	}
	if front.Root() != sp.Root {
		return nil, front, fmt.Errorf("the records do not give the root that was signed in %s: run counterfoil verify", sealName(sp.base()))
	}
	cuts, err := p.t.cuts()
	return collapse(merge(before, pieces), cuts...), front, err
}

// before gives the tree before a span.
func (t *Trail) before(sp *span) (merkle.Frontier, error) {
	v := t.View()
	i := slices.IndexFunc(v.spans, func(x *span) bool { return x.First == sp.First })
	if i <= 0 {
		return merkle.Frontier{}, nil
	}
	return v.spans[i-1].frontier()
}

// cuts gives the size of the checkpoint that witnesses cosigned: the tree must still be seen to pass through it.
func (t *Trail) cuts() ([]uint64, error) {
	note, err := disk.ReadFile(t.fs, cosignedFile, 1<<16)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := proof.ParseCheckpoint(note, t.VerifierKey())
	return []uint64{c.Size}, err
}

// say records which files are about to be deleted.
func (p *pass) say(ctx context.Context, files []*Sealed, whys []string) ([]Expired, error) {
	events := make([]counterfoil.Event, len(files))
	for i, s := range files {
		events[i] = p.t.opts.Act(act.Expire, counterfoil.AuditExpire, true, counterfoil.Object{Kind: "records", Name: s.base + ".parquet"}, func(b *counterfoil.Builder) {
			b.Uint("first", s.First)
			b.Uint("last", s.Last)
			b.Int("records", int64(s.rows))
			b.Int("bytes", s.Bytes)
			b.String("sha256", fmt.Sprintf("%x", s.Digest[:]))
			b.String("why", whys[i])
		})
	}
	r, err := p.t.append(ctx, &request{via: act.Via, events: events, own: p.own})
	if err != nil {
		return nil, err
	}
	said := make([]Expired, len(files))
	for i, s := range files {
		said[i] = s.expired(events[i].Time, whys[i], r.First+uint64(i))
	}
	return said, nil
}

// replace puts a span in the place of the one that it was.
func (t *Trail) replace(old, next *span) {
	t.mu.Lock()
	defer t.mu.Unlock()
	spans := slices.Clone(t.spans)
	spans[slices.Index(spans, old)] = next
	t.spans, t.sealed = spans, nil
	for _, sp := range spans {
		t.sealed = append(t.sealed, sp.files...)
	}
}

// delete removes files that count no more.
func (t *Trail) delete(files []*Sealed) error {
	for _, s := range files {
		t.opts.Warn("expired", s.Name())
		if err := t.remove(s); err != nil {
			return err
		}
	}
	return nil
}

// remove removes a file that counts no more, and its second name. It stays open for the questions under way, and is closed when
// nobody has it any longer.
func (t *Trail) remove(s *Sealed) error {
	r, err := s.Reader()
	if err != nil {
		return err
	}
	t.cache.Drop(r)
	s.mu.Lock()
	s.removed = true
	s.mu.Unlock()
	if err := s.place.drop(s.base+".parquet", s.base+".idx"); err != nil {
		return err
	}
	if err := s.place.fs.SyncDir(s.place.file(distDir)); !isMissing(err) {
		return err
	}
	return nil
}
