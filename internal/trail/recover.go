package trail

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/wal"
	"github.com/counterfoil/counterfoil/proof"
)

// Recovery says what opening the trail found. It is for an event and for people.
type Recovery struct {
	Made     bool     // the trail is new
	Sealed   uint64   // records in segments
	Replayed int      // records found in the WAL
	Torn     []string // ends of files that were never acknowledged and were cut off
	Forgot   string   // what became of a forgetting that was not finished; "": there was none
	Full     string   // why the trail took nothing in when it was last open; "": it did
	Rebuilt  []string // derived files that were made again, and why
}

// Recovery says what opening found.
func (t *Trail) Recovery() Recovery { return t.recovery }

// recover reads what is there and makes it whole. It leaves the disk as it is until everything has been checked.
func (t *Trail) recover() (err error) {
	if err := t.openIdentity(); err != nil {
		return err
	}
	if err := t.subjects.load(t.fs, &t.id); err != nil {
		return err
	}
	if t.holds, err = readHolds(t.fs, &t.id); err != nil {
		return err
	}
	if t.places, err = openPlaces(t.fs, &t.id, t.opts.Dirs, true); err != nil {
		return err
	}
	x, err := listSegments(t.fs, &t.id, t.places)
	if err != nil {
		return err
	}
	for _, sp := range x.spans {
		for _, s := range sp.files {
			s.cache = t.cache
		}
	}
	if t.repair != nil {
		err = t.repair.look(t, x)
	} else {
		err = x.whole()
	}
	if err != nil {
		return err
	}
	t.spans = x.spans
	for _, sp := range x.spans {
		t.sealed = append(t.sealed, sp.files...)
		t.recovery.Sealed = sp.Last + 1
	}
	if err := t.openTree(); err != nil {
		return err
	}
	old, err := readCheckpoint(t.fs, t.id.vkey)
	if err != nil {
		return err
	}
	t.next = t.recovery.Sealed
	h, err := t.loadHead(old.Checkpoint)
	if err != nil {
		return err
	}
	if err := t.checkAgainst(old); err != nil {
		return err
	}
	t.last = old
	t.parts = h.parts
	for via, position := range h.positions {
		t.keepPosition(via, position)
	}
	t.headSince = t.opts.Now()
	if err := t.loadWindow(); err != nil {
		return err
	}
	if err := t.loadIndexes(); err != nil {
		return err
	}
	if err := errors.Join(t.checkSubjects(), t.checkStray(x.stray)); err != nil {
		return err
	}
	return t.tidy(h, x.stray)
}

// loadIndexes opens the indexes of all files. Where many are made again, as behind a new version of the format, the log says how far it is.
func (t *Trail) loadIndexes() error {
	const often = 5 * time.Second
	said := t.opts.Now()
	for i, s := range t.sealed {
		why, err := s.loadIndex(true, t.opts.Log)
		if err != nil {
			return err
		}
		if why == nil {
			continue
		}
		t.recovery.Rebuilt = append(t.recovery.Rebuilt, fmt.Sprintf("%s: %v", s.indexName(), why))
		if now := t.opts.Now(); now.Sub(said) >= often {
			said = now
			t.opts.Log.Warn("indexes are being made again before the trail is open", "why", why, "file", i+1, "of", len(t.sealed))
		}
	}
	return nil
}

// checkSubjects looks whether the torn last line of the file of keys, which is about to be cut off, has the key of somebody
// who has records: then it was whole once, and is damaged.
func (t *Trail) checkSubjects() error {
	if !t.subjects.dirty {
		return nil
	}
	for _, s := range t.sealed {
		if err := s.each(func(r *counterfoil.Record) error {
			_, err := t.subjects.salt(r)
			return err
		}); err != nil {
			return fmt.Errorf("the last line of %s is damaged: %w", subjectsFile, err)
		}
	}
	return nil
}

// checkStray looks whether what is about to be removed is what a crash leaves: no file is sealed of records that are not in the
// log. One of later records says that the data directory was put back, or is a copy, and that the file is another's.
func (t *Trail) checkStray(left []stray) error {
	for _, f := range left {
		base, ok := segmentFile(path.Base(f.name), ".parquet")
		var first, last uint64
		if _, err := fmt.Sscanf(base, "%016d-%016d", &first, &last); ok && err == nil && last >= t.next {
			return &Problem{File: f.place.show(f.name), Reason: fmt.Sprintf("holds records up to %d, of which this data directory has the first %d: it is an older copy, and would remove the file", last, t.next)}
		}
	}
	return nil
}

func (t *Trail) openIdentity() (err error) {
	t.id, err = readIdentity(t.fs)
	if err == nil {
		return t.id.readSigner(t.fs)
	}
	if !isMissing(err) {
		return err
	}
	for _, d := range []string{"wal", segmentDir} {
		if names, err := t.fs.ReadDir(d); err != nil || len(names) > 0 {
			return errors.Join(err, fmt.Errorf("the file %q is missing, and %s holds files of a trail", identityFile, d))
		}
	}
	t.recovery.Made = true
	t.id, err = newIdentity(t.fs, t.opts.Node, counterfoil.TimeOf(t.opts.Now()))
	return err
}

// openTree opens the tree of the sealed records. Tiles are derived: what is missing or damaged is made again.
func (t *Trail) openTree() (err error) {
	if n := len(t.spans); n > 0 {
		if t.sealedFrontier, err = t.spans[n-1].frontier(); err != nil {
			return err
		}
	}
	if t.tree, err = merkle.Open(t.fs, ".", t.sealedFrontier); err == nil {
		return nil
	}
	t.recovery.Rebuilt = append(t.recovery.Rebuilt, fmt.Sprintf("tile: %v", err))
	return t.rebuildTree()
}

func (t *Trail) rebuildTree() (err error) {
	if t.tree, err = merkle.Open(t.fs, ".", merkle.Frontier{}); err != nil {
		return err
	}
	for _, sp := range t.spans {
		pieces, err := sp.pieces(t.leafOf)
		if err != nil {
			return err
		}
		for _, p := range pieces {
			if err := t.tree.AppendNode(p.Node); err != nil {
				return fmt.Errorf("%s: %w", sp.base(), err)
			}
		}
	}
	if f := t.tree.Frontier(); f.Root() != t.sealedFrontier.Root() {
		return fmt.Errorf("the records of the segments do not give the tree that was sealed: run counterfoil verify")
	}
	return t.tree.Flush(t.tree.Size())
}

// each calls f with every record of the segment, in the order of the file, having checked that its number belongs there.
func (s *Sealed) each(f func(*counterfoil.Record) error) error {
	r, err := s.Reader()
	if err != nil {
		return err
	}
	defer r.Together()()
	rows := make([]uint16, segment.MaxPageRows)
	for i := range rows {
		rows[i] = uint16(i)
	}
	for p := range r.Pages() {
		b := r.Block(p)
		recs, ptrs := make([]counterfoil.Record, b.Rows()), make([]*counterfoil.Record, b.Rows())
		for i := range recs {
			ptrs[i] = &recs[i]
		}
		if err := b.Records(rows[:len(recs)], ptrs); err != nil {
			return fmt.Errorf("%s: %w", s.Name(), err)
		}
		for i := range recs {
			if q := recs[i].Seq; q < s.First || q > s.Last {
				return fmt.Errorf("%s: holds record %d", s.Name(), q)
			}
			if err := f(&recs[i]); err != nil {
				return fmt.Errorf("%s: %w", s.Name(), err)
			}
		}
	}
	return nil
}

func (t *Trail) leafOf(rec *counterfoil.Record) (counterfoil.Hash, error) {
	salt, err := t.subjects.salt(rec)
	if err != nil {
		return counterfoil.Hash{}, errNoSalt(rec.Seq, err)
	}
	msg, comma := counterfoil.AppendRecord(nil, rec)
	return counterfoil.LeafOf(msg, comma, salt).Hash(), nil
}

// checkAgainst compares what was found with the newest checkpoint.
func (t *Trail) checkAgainst(old checkpoint) error {
	if old.note == nil {
		if t.next > 0 {
			return errNoCheckpoint
		}
		return nil
	}
	if old.Origin != t.Origin() {
		return fmt.Errorf("%s: is that of %s, this trail is %s", checkpointFile, old.Origin, t.Origin())
	}
	return counts(old.Checkpoint, t.spans, t.next)
}

// counts compares a checkpoint with so many records, of which those of the spans are sealed.
func counts(c proof.Checkpoint, spans []*span, records uint64) error {
	if c.Size > records {
		return fmt.Errorf("records %d to %d are missing: the signed checkpoint counts %d, %d were found", records, c.Size-1, c.Size, records)
	}
	for _, sp := range spans {
		if sp.Last+1 == c.Size && sp.Root != c.Root {
			return fmt.Errorf("%s: its root is not that of the signed checkpoint", sealName(sp.base()))
		}
	}
	return nil
}

// loadWindow remembers the identifiers of the newest records.
func (t *Trail) loadWindow() error {
	for _, s := range t.sealed {
		if s.Last+windowSize < t.recovery.Sealed {
			continue
		}
		r, err := s.Reader()
		if err != nil {
			return err
		}
		if err := t.windowOf(r); err != nil {
			return fmt.Errorf("%s: %w", s.Name(), err)
		}
	}
	for _, p := range t.parts {
		for i := range p.rows.Len() {
			t.remember(p.rows.AID(i), p.rows.Seq(i))
		}
	}
	return nil
}

func (t *Trail) windowOf(r *segment.Reader) error {
	for p := range r.Pages() {
		b := r.Block(p)
		aids, err := b.AID()
		if err != nil {
			return err
		}
		seqs, err := b.Seq()
		if err != nil {
			return err
		}
		for i, a := range aids {
			t.remember(a, uint64(seqs[i]))
		}
	}
	return nil
}

func (t *Trail) remember(a counterfoil.AID, seq uint64) {
	if a != counterfoil.DeriveAID(t.id.id, seq) {
		t.window.add(a, seq)
	}
}

// tidy begins writing: it opens the WAL where it ends and removes what a crash left over, having made durable what stays.
func (t *Trail) tidy(h head, left []stray) (err error) {
	if err := t.settleNames(); err != nil {
		return err
	}
	if err := t.subjects.settle(t.fs); err != nil {
		return err
	}
	if len(t.parts) > 0 {
		t.wal, err = wal.Continue(t.fs, t.parts[len(t.parts)-1].wal, h.tail)
	} else {
		t.parts = []*part{t.newPart(t.next)}
		t.wal, err = wal.Create(t.fs, walName(t.next), walHeader(t.positions))
	}
	if err != nil {
		return err
	}
	_, _, strayWAL, err := walFiles(t.fs)
	if err != nil {
		return err
	}
	for _, f := range left {
		err := f.place.fs.Remove(f.place.file(f.name))
		if r := (remains{f.place, f.expired}); err != nil && f.expired != "" {
			// Its directory may be one that nothing can be written to any more. It counts no more, wherever it is.
			t.opts.Log.Error("delete what has expired", "err", err)
			if !slices.Contains(t.undeleted, r) {
				t.undeleted = append(t.undeleted, r)
			}
		} else if err != nil {
			return fmt.Errorf("remove what is left over: %w", err)
		}
	}
	for _, name := range append(strayWAL, h.covered...) {
		if ext := path.Ext(name); ext != disk.TempSuffix && ext != ".wal" {
			continue // not ours
		}
		if err := t.fs.Remove(name); err != nil {
			return fmt.Errorf("remove what is left over: %w", err)
		}
	}
	if len(t.parts) > 1 {
		t.wakeSealer()
	}
	return t.tidyKeys()
}

// settleNames makes every name durable that was found. Who gave it may have been killed before it was: a seal that is there, and
// would be gone after a power cut, must not have its log removed, nor a file of the log that would be gone take anything in.
func (t *Trail) settleNames() error {
	for _, d := range []string{".", "keys", "wal", segmentDir, forgottenDir} {
		if err := t.fs.SyncDir(d); err != nil && !isMissing(err) {
			return err
		}
	}
	for _, p := range t.places[1:] {
		if p.absent != nil {
			continue
		}
		if err := p.fs.SyncDir(p.within); err != nil {
			return fmt.Errorf("directory %s: %w", p.Path, err)
		}
	}
	return nil
}

// tidyKeys removes unfinished writes beside the keys: they may hold a key that was destroyed.
func (t *Trail) tidyKeys() error {
	names, err := t.fs.ReadDir("keys")
	if err != nil {
		return err
	}
	for _, n := range names {
		if strings.HasSuffix(n, disk.TempSuffix) {
			if err := t.fs.Remove(path.Join("keys", n)); err != nil {
				return fmt.Errorf("remove what is left over: %w", err)
			}
		}
	}
	return nil
}
