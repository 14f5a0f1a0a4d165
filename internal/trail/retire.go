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

// retireEvery is how often the rules of retention are looked at, unless a period is shorter than a few of these.
const retireEvery = time.Minute

// every is how often the rules are looked at.
func (r *Retention) every() time.Duration {
	every := retireEvery
	for rule := range len(r.Rules) + 1 {
		if age := r.after(rule).Age; age > 0 {
			every = min(every, max(age/8, time.Second))
		}
	}
	return every
}

// Retain lets records expire until ctx is done, and goes on with a forgetting that a full disk has stopped. What keeps a
// file from being deleted is logged and tried again; an error
// means that the trail broke.
func (t *Trail) Retain(ctx context.Context) error {
	tick := time.NewTicker(t.opts.Retention.every())
	defer tick.Stop()
	c := newSteady(t.opts.Now())
	for {
		now, step := c.read(t.opts.Now())
		if step > 0 {
			t.sayClock(step)
		}
		if err := t.resumeForgetting(ctx); err != nil && ctx.Err() == nil {
			t.opts.Log.Error("go on with forgetting", "err", err)
		}
		if err := t.expire(ctx, now); err != nil && ctx.Err() == nil {
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
func (t *Trail) Expire(ctx context.Context) error { return t.expire(ctx, t.opts.Now()) }

func (t *Trail) expire(ctx context.Context, now time.Time) error {
	t.retiring.Lock()
	defer t.retiring.Unlock()
	left := t.deleteAgain()
	p := t.look(now)
	p.limit = func(s *Sealed) (string, error) { return p.due(s) }
	if t.opts.Retention.isNever() {
		return left
	}
	if err := errors.Join(p.measure(), p.date()); err != nil {
		return errors.Join(left, err)
	}
	_, err := p.run(ctx, 0)
	return errors.Join(left, err)
}

// pass is one look at everything that is sealed when it begins. The caller holds retiring.
type pass struct {
	t     *Trail
	spans []*span
	now   counterfoil.Time
	holds []Hold
	salts *salter
	bytes []int64                         // of the files with records under each rule
	dates map[*Sealed]counterfoil.Time    // when the newest record of a file was received, at the earliest
	own   bool                            // the disk is full: what is said of it goes before everything else
	limit func(s *Sealed) (string, error) // why a file is to go; "": it is not

	problems []error // that keep something from being deleted, and not the rest
}

// look begins a pass.
func (t *Trail) look(now time.Time) *pass {
	return &pass{t: t, spans: t.View().spans, now: counterfoil.TimeOf(now), holds: t.Holds(), salts: t.salter()}
}

// run deletes what is to go, in order of the records, until enough bytes are free; 0: everything that is to go. It gives
// the bytes of the deleted files.
func (p *pass) run(ctx context.Context, enough int64) (freed int64, err error) {
	for _, sp := range p.spans {
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
					why = ""
				}
			}
			if err != nil {
				p.problems = append(p.problems, err)
				continue
			}
			if why == "" {
				delete(p.t.expiring, s.base) // what was said of it is not what becomes of it
			} else {
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
		err := p.expire(ctx, sp, files, whys)
		if err != nil {
			p.problems = append(p.problems, fmt.Errorf("expire records %d to %d: %w", sp.First, sp.Last, err))
		}
		if errors.Is(err, errStays) { // and keeps nothing else from going
			for _, s := range files {
				freed -= s.Bytes + s.indexBytes
				if err := p.count(s, 1); err != nil {
					return freed, err
				}
			}
			continue
		} else if err != nil {
			break
		}
		if enough > 0 && freed >= enough {
			break
		}
	}
	return freed, errors.Join(p.problems...)
}

var (
	errHeld  = errors.New("held")
	errStays = errors.New("nothing is deleted") // because something is damaged
)

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
		return fmt.Errorf("%w: %w", errStays, err)
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
		if !errors.Is(err, disk.ErrFull) {
			err = p.t.breakWith(err) // perhaps it is there: the next opening deletes the files then, a hold of today or not
		}
		return err
	}
	for _, s := range files {
		delete(p.t.expiring, s.base)
	}
	g.fs, g.hashes = p.t.fs, nil
	p.t.replace(sp, sp.without(g))
	if err := p.t.delete(files); err != nil {
		p.problems = append(p.problems, err)
	}
	return nil
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

// say records which files are about to be deleted, but for those of which the last try has said so.
func (p *pass) say(ctx context.Context, files []*Sealed, whys []string) ([]Expired, error) {
	said := make([]Expired, len(files))
	var events []counterfoil.Event
	var of []int // the file of each event
	for i, s := range files {
		if e, is := p.t.expiring[s.base]; is && e.Why == whys[i] {
			said[i] = e
			continue
		}
		of = append(of, i)
		events = append(events, p.t.opts.Act(act.Expire, counterfoil.AuditExpire, true, counterfoil.Object{Kind: "records", Name: s.base + ".parquet"}, func(b *counterfoil.Builder) {
			b.Uint("first", s.First)
			b.Uint("last", s.Last)
			b.Int("records", int64(s.rows))
			b.Int("bytes", s.Bytes)
			b.String("sha256", fmt.Sprintf("%x", s.Digest[:]))
			b.String("why", whys[i])
		}))
	}
	if len(events) == 0 {
		return said, nil
	}
	r, err := p.t.append(ctx, &request{via: act.Via, events: events, own: p.own}, nil)
	if err != nil {
		return nil, err
	}
	for n, i := range of {
		said[i] = files[i].expired(events[n].Time, whys[i], r.First+uint64(n))
		p.t.expiring[files[i].base] = said[i]
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

// delete removes files that have expired. What cannot be removed is tried again at the next look.
func (t *Trail) delete(files []*Sealed) error {
	var problems []error
	for _, s := range files {
		t.opts.Warn("expired", s.Name())
		if err := t.remove(s); err != nil {
			problems = append(problems, err)
			t.undeleted = append(t.undeleted, remains{s.place, s.base})
		}
	}
	return errors.Join(problems...)
}

// remains is a sealed file that has expired, and whose names are there still.
type remains struct {
	place *place
	base  string
}

// deleteAgain removes what could not be removed before. The caller holds retiring.
func (t *Trail) deleteAgain() error {
	if len(t.undeleted) == 0 || t.refusal() != nil {
		return nil // or it is for the next opening
	}
	var problems []error
	t.undeleted = slices.DeleteFunc(t.undeleted, func(r remains) bool {
		err := r.place.clear(r.base)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s, which has expired, cannot be deleted: %w", r.place.show(r.base+".parquet"), err))
		}
		return err == nil
	})
	return errors.Join(problems...)
}

// remove removes a file that counts no more, and its second name. It stays open for the questions under way, and is closed when
// nobody has it any longer.
func (t *Trail) remove(s *Sealed) error {
	s.mu.Lock()
	s.removed = true
	s.mu.Unlock()
	r, err := s.Reader()
	if err != nil {
		return err
	}
	t.cache.Drop(r)
	return s.place.clear(s.base)
}
