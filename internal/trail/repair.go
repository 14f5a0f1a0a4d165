package trail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// Repaired says what a repair did.
type Repaired struct {
	Rebuilt  []string  `json:"rebuilt"` // derived files that were made again
	Salvaged []Salvage `json:"salvaged"`
}

// Salvage is what became of a damaged or missing file.
type Salvage struct {
	File  string `json:"file"`
	First uint64 `json:"first"` // range that it was sealed with
	Last  uint64 `json:"last"`
	Kept  int    `json:"kept"`  // records that stay where they were, and are proved
	Moved int    `json:"moved"` // records that could be read but not be proved: each is an event SALVAGED now
	Lost  int    `json:"lost"`  // records that could not be read
	Why   string `json:"why"`   // what is wrong with the file
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
	w.sort(recs, from, all)
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

// sort tells the records that are proved where they stand from those that are not.
func (w *wreck) sort(recs map[uint64]counterfoil.Record, from map[uint64]int, all []piece) {
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
			} else {
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

// salvage puts a span in order whose files are damaged.
func (t *Trail) salvage(ctx context.Context, w *wreck) (done []Salvage, err error) {
	sp := w.span
	next := &span{First: sp.First, Last: sp.Last, Root: sp.Root, all: slices.Clone(sp.all)}
	var lost []Expired
	for i, s := range w.files {
		x := Salvage{File: s.base + ".parquet", First: sp.First, Last: sp.Last, Kept: len(w.found[i]), Moved: len(w.moved[i]), Why: w.whys[i].Error()}
		if x.Lost = s.rows - x.Kept - x.Moved; x.Kept == s.rows && errors.Is(w.whys[i], errNeighbour) {
			continue
		}
		if err := s.keepBeside(); err != nil {
			return done, err
		}
		e, err := t.salvageFile(ctx, w, i, next, &x)
		if err != nil {
			return done, err
		}
		if e != nil {
			lost = append(lost, *e)
		}
		done = append(done, x)
	}
	if err := t.Checkpoint(); err != nil {
		return done, err
	}
	expired, err := sp.expired()
	if err != nil {
		return done, err
	}
	expired = slices.DeleteFunc(expired, func(p piece) bool {
		return slices.ContainsFunc(w.pieces, func(o piece) bool { return p.first >= o.first && p.first < o.end() })
	})
	if len(lost) > 0 || sp.gone != nil {
		next.gone = sp.gone.with(w.front, lost, next, merge(expired, w.pieces))
	}
	return done, t.reseal(w, next)
}

// keepBeside gives a damaged file a second name, under which it stays.
func (s *Sealed) keepBeside() error {
	if s.place == nil {
		return nil // it is missing
	}
	name := s.place.file(s.base + ".parquet")
	if err := s.place.fs.Link(name, name+".damaged"); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return s.place.fs.SyncDir(s.place.within)
}

// salvageFile writes what is left of a file, and says what is not where it was: e is that, nil if there is nothing. It puts
// into next what comes in the file's place.
func (t *Trail) salvageFile(ctx context.Context, w *wreck, i int, next *span, x *Salvage) (e *Expired, err error) {
	s, base := w.files[i], w.span.base()
	at := slices.Index(next.all, s)
	gap, kept := &Sealed{First: s.First, Last: s.Last, base: s.base, rows: s.rows - x.Kept}, s.base
	if gap.rows > 0 {
		if x.Kept > 0 { // the rest gets a name of its own
			if kept = partBase(base, len(next.all)); gap.base == base {
				gap.base = partBase(base, 0)
			}
		}
		next.all[at] = gap
		if e, err = t.sayLost(ctx, gap, w.moved[i], x); err != nil {
			return nil, err
		}
	}
	if x.Kept == 0 {
		return e, nil
	}
	n, err := t.sealFile(&Sealed{First: s.First, Last: s.Last, base: kept, cache: t.cache}, rowsOf(t.id.id, w.found[i]), w.front)
	if err != nil {
		return nil, err
	}
	if gap.rows > 0 {
		next.all = append(next.all, n)
	} else {
		next.all[at] = n
	}
	return e, nil
}

// sayLost writes the gap into the trail, and every record that is not where it was.
func (t *Trail) sayLost(ctx context.Context, gap *Sealed, moved []counterfoil.Record, x *Salvage) (*Expired, error) {
	const why = "damage: what could be read is in events SALVAGED"
	e := t.opts.Act(act.Gap, counterfoil.AuditGap, true, counterfoil.Object{Kind: "records", Name: gap.base + ".parquet"}, func(b *counterfoil.Builder) {
		b.Uint("first", gap.First)
		b.Uint("last", gap.Last)
		b.Int("count", int64(x.Lost))
		b.String("unit", "events")
		b.Int("salvaged", int64(x.Moved))
		b.String("reason", x.File+": "+x.Why)
		b.String("sha256", fmt.Sprintf("%x", gap.Digest[:]))
		b.String("why", why)
	})
	r, err := t.Append(ctx, act.Via, []counterfoil.Event{e})
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(moved, 1000) {
		events := make([]counterfoil.Event, len(part))
		for i := range part {
			events[i] = salvaged(&part[i])
		}
		if _, err := t.Append(ctx, act.Via, events); err != nil {
			return nil, err
		}
	}
	said := gap.expired(e.Time, why, r.First)
	return &said, nil
}

// salvaged makes an event of a record that is not proved any more. It is found as before, and holds the whole message.
func salvaged(rec *counterfoil.Record) counterfoil.Event {
	msg, _ := counterfoil.AppendRecord(nil, rec)
	e := rec.Event
	e.AID, e.Service, e.Name, e.Raw, e.SvcData = counterfoil.AID{}, act.Service, act.Salvaged, "", ""
	var b counterfoil.Builder
	b.Object("")
	b.String("message", string(msg))
	b.End()
	e.EventData = b.JSON()
	return e
}

// reseal makes next count in the place of a damaged span.
func (t *Trail) reseal(w *wreck, next *span) error {
	msg, err := t.id.signer.Sign(next.text(t.Origin()))
	if err == nil {
		err = disk.WriteFile(t.fs, sealName(next.base()), msg)
	}
	if err == nil && next.gone != nil {
		var data []byte
		if data, err = next.gone.marshal(next, &t.id); err == nil {
			err = disk.WriteFile(t.fs, goneName(next.base()), data)
			next.gone.fs, next.gone.hashes = t.fs, nil
		}
	}
	if err != nil {
		return err
	}
	next.files = next.all
	if next.gone != nil {
		next = next.without(next.gone)
	}
	t.replace(w.span, next)
	for _, s := range w.files {
		if s.place != nil && !slices.ContainsFunc(next.files, func(n *Sealed) bool { return n.base == s.base }) {
			if err := s.place.drop(s.base+".parquet", s.base+".idx"); err != nil {
				return err
			}
		}
	}
	return nil
}

// rebuildDerived makes indexes and tiles again that are not what the records give.
func (t *Trail) rebuildDerived() (rebuilt []string, err error) {
	tree := merkle.New()
	for _, sp := range t.View().spans {
		for _, s := range sp.files {
			r, err := s.Reader()
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

func rowsOf(id counterfoil.TrailID, recs []counterfoil.Record) *segment.Rows {
	t := segment.NewTable(id)
	for i := range recs {
		t.Append(&recs[i])
	}
	return t.Rows()
}
