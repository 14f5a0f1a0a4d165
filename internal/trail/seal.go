package trail

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"path"
	"time"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/wal"
)

func walName(first uint64) string { return path.Join("wal", fmt.Sprintf("%016d.wal", first)) }

// rotate makes the active part ready to be sealed and begins a new one. The caller holds committing. If the sealer is
// far behind, its work is done here first: memory is bounded. What the trail says itself (own) does not wait for space to seal:
// that there is none is what it says, or how it comes to be.
func (t *Trail) rotate(own bool) error {
	for {
		t.mu.Lock()
		waiting := len(t.parts)
		t.mu.Unlock()
		if waiting < maxParts {
			break
		}
		if err := t.sealOne(); own && errors.Is(err, disk.ErrFull) {
			break
		} else if err != nil {
			return err
		}
	}
	if err := t.wal.Finish(); err != nil {
		return err
	}
	t.mu.Lock()
	positions := make(map[string][]byte, len(t.positions))
	for k, v := range t.positions {
		positions[k] = v
	}
	t.mu.Unlock()
	w, err := wal.Create(t.fs, walName(t.next), walHeader(positions))
	if err != nil {
		return err
	}
	old := t.wal
	t.wal = w
	t.mu.Lock()
	t.parts[len(t.parts)-1].end = t.tree.Frontier()
	t.parts = append(t.parts, t.newPart(t.next))
	t.mu.Unlock()
	t.wakeSealer()
	return old.Close()
}

func (t *Trail) wakeSealer() {
	select {
	case t.sealWake <- struct{}{}:
	default:
	}
}

// walHeader carries the positions over from the files before, which may be gone by then.
func walHeader(positions map[string][]byte) []byte {
	var b []byte
	for via, p := range positions {
		b = appendPosition(b, via, p)
	}
	return b
}

// rotateOld rotates a head that is older than SealAge.
func (t *Trail) rotateOld() {
	t.committing.Lock()
	defer t.committing.Unlock()
	p := t.active()
	if p.table.Len() == 0 || t.opts.Now().Sub(t.headSince) < t.opts.SealAge || t.refusal() != nil {
		return
	}
	if err := t.rotate(false); err != nil {
		t.opts.Log.Error("begin a new segment", "err", t.storageError("begin a new segment", err))
	}
}

// Rotate seals everything that was committed before the call.
func (t *Trail) Rotate(ctx context.Context) error {
	t.committing.Lock()
	err := t.refusal()
	if err == nil && t.active().table.Len() > 0 {
		if err = t.rotate(false); err != nil {
			err = t.storageError("begin a new segment", err)
		}
	}
	t.committing.Unlock()
	for err == nil && ctx.Err() == nil && t.ready() {
		if err = t.sealOne(); err != nil {
			err = t.storageError("seal a segment", err)
		}
	}
	if err == nil && ctx.Err() == nil {
		err = t.refusal() // it was closed before all of it was sealed
	}
	return errors.Join(err, ctx.Err())
}

// ready reports whether the sealer has something to do.
func (t *Trail) ready() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.closed && (len(t.parts) > 1 || len(t.covered) > 0)
}

// sealReady seals what is ready. A full disk leaves it for later; any other error breaks the trail.
func (t *Trail) sealReady(ctx context.Context) {
	for ctx.Err() == nil && t.ready() && t.brokenErr() == nil {
		if err := t.sealOne(); err != nil {
			t.opts.Log.Error("seal segment", "err", t.storageError("seal a segment", err))
			return
		}
	}
}

// sealOne seals the oldest part that is ready, if there is one. Recovery calls it for what a crash left.
func (t *Trail) sealOne() error {
	t.sealing.Lock()
	defer t.sealing.Unlock()
	t.mu.Lock()
	if t.closed { // since it was found to be ready: the directory may be another's by now
		t.mu.Unlock()
		return nil
	}
	if len(t.parts) < 2 {
		t.mu.Unlock()
		return t.dropLog()
	}
	p := t.parts[0]
	t.mu.Unlock()
	start := time.Now()
	sp, err := t.seal(p)
	if err != nil {
		return fmt.Errorf("seal records from %d: %w", p.first, err)
	}
	t.mu.Lock()
	t.spans = append(t.spans[:len(t.spans):len(t.spans)], sp)
	t.sealed = append(t.sealed[:len(t.sealed):len(t.sealed)], sp.files...)
	t.parts = append([]*part(nil), t.parts[1:]...)
	t.covered = append(t.covered, p.wal)
	t.mu.Unlock()
	for _, s := range sp.files {
		t.opts.Warn("closefile", s.Name())
	}
	t.opts.Log.Debug("sealed", "records", sp.base(), "files", len(sp.files), "took", time.Since(start))
	return t.dropLog()
}

// dropLog writes the tiles of what is sealed and removes the files of the log that say nothing new then. What a full disk
// keeps from being done is done the next time. The caller holds sealing.
func (t *Trail) dropLog() error {
	t.mu.Lock()
	names := t.covered
	t.mu.Unlock()
	if len(names) == 0 {
		return nil
	}
	if err := t.tree.Flush(t.sealedFrontier.Size()); err != nil {
		return fmt.Errorf("write tiles: %w", err)
	}
	for _, name := range names {
		if err := t.fs.Remove(name); err != nil && !isMissing(err) {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.covered = t.covered[len(names):]
	return nil
}

// seal writes a part as segments: for each period of retention columns and index, then the seal that makes them count.
func (t *Trail) seal(p *part) (*span, error) {
	front := p.end
	sp := &span{First: p.first, Last: p.first + uint64(p.rows.Len()) - 1, Root: front.Root()}
	groups, err := t.opts.Retention.split(t.id.id, p.rows)
	if err != nil {
		return nil, err
	}
	for i := range groups {
		base := sp.base()
		if len(groups) > 1 {
			base = partBase(base, i)
		}
		s, err := t.sealFile(&Sealed{First: sp.First, Last: sp.Last, base: base, cache: t.cache}, groups[i], front)
		if err != nil {
			return nil, t.unseal(sp, fmt.Errorf("%s.parquet: %w", base, err))
		}
		sp.all = append(sp.all, s)
	}
	sp.files = sp.all
	msg, err := t.id.signer.Sign(sp.text(t.Origin()))
	if err != nil {
		return nil, err
	}
	if err := disk.WriteFile(t.fs, sealName(sp.base()), msg); err != nil {
		return nil, t.unseal(sp, err)
	}
	t.sealedFrontier = front
	return sp, nil
}

// unseal removes the files of a span that a full disk kept from being sealed: they may go to another directory when it is tried
// again, and nobody would look for them here. What cannot be taken back is for the next opening: the error is no full disk then.
func (t *Trail) unseal(sp *span, cause error) error {
	if !errors.Is(cause, disk.ErrFull) {
		return cause
	}
	for _, s := range sp.all {
		if err := errors.Join(s.close(), s.place.drop(s.base+".parquet", s.base+".idx")); err != nil {
			return fmt.Errorf("%v, and it cannot be taken back: %v", cause, err)
		}
	}
	return cause
}

// sealFile writes columns and index of a file into the first directory that has space for it.
func (t *Trail) sealFile(s *Sealed, rows *segment.Rows, front merkle.Frontier) (*Sealed, error) {
	dirs, err := t.candidates()
	if err != nil {
		return nil, err
	}
	for _, s.place = range dirs {
		err = t.writeColumns(s, rows, front)
		if err == nil {
			err = s.writeIndex()
		}
		if err == nil && t.opts.Dist {
			err = s.place.link(s.base + ".parquet")
		}
		if err == nil {
			err = t.reopenIndex(s)
		}
		if !errors.Is(err, disk.ErrFull) {
			return s, err
		}
		if derr := s.place.drop(s.base+".parquet", s.base+".idx", s.base+".parquet"+disk.TempSuffix, s.base+".idx"+disk.TempSuffix); derr != nil {
			return nil, fmt.Errorf("%v, and it cannot be taken back: %v", err, derr)
		}
	}
	return nil, err
}

// reopenIndex leaves to the file what the index of a new segment takes in memory.
func (t *Trail) reopenIndex(s *Sealed) error {
	damage, err := s.openIndex(true, t.opts.Log)
	return errors.Join(damage, err)
}

// writeColumns writes the Parquet file under its name and notes its size and digest.
func (t *Trail) writeColumns(s *Sealed, rows *segment.Rows, front merkle.Frontier) error {
	name := s.place.file(s.base + ".parquet")
	f, err := disk.CreateAnew(s.place.fs, name+disk.TempSuffix)
	if err != nil {
		return err
	}
	w := &digestWriter{f: f, sum: sha256.New()}
	buf := bufio.NewWriterSize(w, 128<<10)
	s.Index, err = segment.Write(buf, segment.Meta{Trail: t.id.id, Frontier: front.Marshal(), SplitRows: t.opts.SplitRows}, rows)
	if err == nil {
		err = buf.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = disk.PutInPlace(s.place.fs, name+disk.TempSuffix, name)
	}
	if err == nil {
		s.Bytes, s.rows = w.n, s.Index.Rows
		w.sum.Sum(s.Digest[:0])
	}
	return err
}

// digestWriter writes a file from its beginning and sums it up. The disk gets it piece by piece: a commit that must wait for the
// disk meanwhile waits behind a piece, not behind the file.
type digestWriter struct {
	f       disk.File
	n       int64
	settled int64 // of n
	sum     hash.Hash
}

const settlePiece = 512 << 10

func (w *digestWriter) Write(b []byte) (int, error) {
	n, err := w.f.WriteAt(b, w.n)
	w.sum.Write(b[:n])
	w.n += int64(n)
	if err == nil && w.n-w.settled >= settlePiece {
		err = w.f.Settle(w.settled, w.n-w.settled)
		w.settled = w.n
	}
	return n, err
}
