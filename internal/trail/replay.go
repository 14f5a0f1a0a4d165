package trail

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/wal"
	"github.com/counterfoil/counterfoil/proof"
)

// head is what the WAL holds.
type head struct {
	parts     []*part
	positions map[string][]byte
	tail      wal.Tail // of the last file
	covered   []string // files whose records are all sealed
}

// walFiles gives the WAL's files in order, and those that are none.
func walFiles(fsys disk.FS) (names []string, firsts []uint64, stray []string, err error) {
	all, err := fsys.ReadDir("wal")
	if err != nil {
		return nil, nil, nil, err
	}
	for _, n := range all {
		var first uint64
		name := path.Join("wal", n)
		if _, err := fmt.Sscanf(n, "%016d.wal", &first); err != nil || walName(first) != name {
			stray = append(stray, name)
			continue
		}
		names, firsts = append(names, name), append(firsts, first)
	}
	return names, firsts, stray, nil
}

// heldWAL is the WAL as it was at one moment.
type heldWAL struct {
	firsts []uint64
	files  []*wal.File
}

// holdWAL opens the WAL's files. A reader beside the writer does so before it lists the segments: what is sealed and
// removed meanwhile is both in its hands and in the list, and nothing is missed. Close the result in any case.
func holdWAL(fsys disk.FS) (h heldWAL, err error) {
	names, firsts, _, err := walFiles(fsys)
	if err != nil {
		return h, err
	}
	for i, name := range names {
		f, err := wal.Open(fsys, name)
		if isMissing(err) {
			continue // sealed since the names were read
		}
		if err != nil {
			return h, err
		}
		h.firsts, h.files = append(h.firsts, firsts[i]), append(h.files, f)
	}
	return h, nil
}

func (h *heldWAL) close() error {
	var err error
	for _, f := range h.files {
		err = errors.Join(err, f.Close())
	}
	return err
}

// loadHead replays the WAL into parts and the tree. old is the checkpoint whose root the replay must meet.
func (t *Trail) loadHead(old proof.Checkpoint) (h head, err error) {
	names, firsts, _, err := walFiles(t.fs)
	if err != nil {
		return h, err
	}
	h.positions = map[string][]byte{}
	for i, name := range names {
		if firsts[i] < t.recovery.Sealed {
			h.covered = append(h.covered, name)
			continue
		}
		if firsts[i] != t.next {
			return h, fmt.Errorf("%s begins with record %d where %d is next: records are missing", name, firsts[i], t.next)
		}
		p := t.newPart(t.next)
		h.tail, err = wal.Replay(t.fs, name, func(first uint64, count int, batch []byte) error {
			return t.replay(&h, p, first, count, batch, old)
		})
		if err != nil {
			return h, err
		}
		if err := addPositions(h.positions, h.tail.Header); err != nil {
			return h, fmt.Errorf("%s: %w", name, err)
		}
		if err := p.replayed(h.positions); err != nil {
			return h, fmt.Errorf("%s: %w", name, err)
		}
		if h.tail.Torn != nil {
			t.recovery.Torn = append(t.recovery.Torn, h.tail.Torn.Error())
		}
		p.end = t.tree.Frontier()
		h.parts = append(h.parts, p)
	}
	return h, nil
}

// replay takes one batch of the WAL into the part and the tree.
func (t *Trail) replay(h *head, p *part, first uint64, count int, batch []byte, old proof.Checkpoint) error {
	recs, positions, err := parseBatch(batch, first, count)
	if err == nil {
		err = goesOn(first, t.next)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.wal, err)
	}
	for i := range recs {
		leaf, err := t.leafOf(&recs[i])
		if err != nil {
			return fmt.Errorf("%s: %w", p.wal, err)
		}
		p.leaves = append(p.leaves, leaf)
		t.tree.Append(leaf)
		if recs[i].Seq+1 == old.Size {
			if f := t.tree.Frontier(); f.Root() != old.Root {
				return fmt.Errorf("%s: records up to %d are not those of the signed checkpoint", p.wal, recs[i].Seq)
			}
		}
	}
	p.table.Append(recs...)
	p.rows = p.table.Rows()
	p.positions = append(p.positions, positions...)
	t.next += uint64(count)
	t.recovery.Replayed += count
	return nil
}

// goesOn gives an error where a batch does not begin with the next record. Of a file's first batch only the trail knows.
func goesOn(first, next uint64) error {
	if first != next {
		return fmt.Errorf("a batch begins with record %d where %d is next", first, next)
	}
	return nil
}

// replayed puts the positions that the batches carried over those of the header.
func (p *part) replayed(positions map[string][]byte) error {
	err := addPositions(positions, p.positions)
	p.positions = nil
	return err
}

func addPositions(m map[string][]byte, b []byte) error {
	return parsePositions(b, func(via string, position []byte) { m[via] = position })
}

// parseBatch reads a WAL payload: canonical messages, each with a line feed, the positions, and their length.
func parseBatch(b []byte, first uint64, count int) (recs []counterfoil.Record, positions []byte, err error) {
	if len(b) < 4 {
		return nil, nil, errors.New("a batch is too short")
	}
	n := int(binary.BigEndian.Uint32(b[len(b)-4:]))
	if n > len(b)-4 {
		return nil, nil, errors.New("a batch has positions longer than itself")
	}
	positions = bytes.Clone(b[len(b)-4-n : len(b)-4])
	text := string(b[:len(b)-4-n])
	recs = make([]counterfoil.Record, 0, min(count, strings.Count(text, "\n"))) // the count may be anything
	var again []byte
	for text != "" {
		line, rest, ok := strings.Cut(text, "\n")
		if !ok {
			return nil, nil, errors.New("a batch ends within a record")
		}
		r, err := counterfoil.ParseRecord(line)
		if want := first + uint64(len(recs)); err == nil && r.Seq != want {
			err = fmt.Errorf("has number %d", r.Seq)
		}
		if err == nil && r.IsForgotten() {
			err = errors.New("is forgotten, which nothing is before it is sealed")
		}
		if err == nil {
			if again, _ = counterfoil.AppendRecord(again[:0], &r); string(again) != line {
				err = errors.New("is not in canonical form")
			}
		}
		if err != nil {
			return nil, nil, fmt.Errorf("record %d: %w", first+uint64(len(recs)), err)
		}
		recs = append(recs, r)
		text = rest
	}
	if len(recs) != count {
		return nil, nil, fmt.Errorf("a batch of %d records holds %d", count, len(recs))
	}
	return recs, positions, nil
}

// errNoCheckpoint is damage: the first checkpoint is written before the first record.
var errNoCheckpoint = fmt.Errorf("%s: is missing, so that nothing tells whether the newest records are; put it back from a copy", checkpointFile)
