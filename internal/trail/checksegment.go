package trail

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// leafMaker checks records and makes their leaves. For one goroutine; keys are only read.
type leafMaker struct {
	keys map[string]counterfoil.SubjectKey
	buf  []byte
	user string // of the record before: rows are clustered by user
	key  counterfoil.SubjectKey
	svc  counterfoil.JSON // svc_data that was last found canonical: it repeats
}

// leaf checks that a record's values are allowed and its data canonical, and gives its leaf.
func (m *leafMaker) leaf(r *counterfoil.Record) (counterfoil.Hash, error) {
	if err := r.Check(); err != nil {
		return counterfoil.Hash{}, err
	}
	if !r.EventData.IsCanonical() || r.SvcData != m.svc && !r.SvcData.IsCanonical() {
		return counterfoil.Hash{}, errNotCanonical
	}
	m.svc = r.SvcData
	if r.User != m.user || m.buf == nil {
		key, ok := m.keys[r.User]
		if !ok {
			return counterfoil.Hash{}, fmt.Errorf("%w %q", errNoKey, r.User)
		}
		m.user, m.key = r.User, key
	}
	var comma int
	m.buf, comma = counterfoil.AppendRecord(m.buf[:0], r)
	return counterfoil.LeafOf(m.buf, comma, m.key.Salt(r.Seq)).Hash(), nil
}

var errNotCanonical = errors.New("its data is not in canonical form")

// segmentChecker verifies sealed segments, one after the other, by themselves: what ties them together is the tree, to
// which the checker adds their leaves in order.
type segmentChecker struct {
	ctx    context.Context
	fs     disk.FS
	leaves leafMaker
	recs   []counterfoil.Record // in the order of the rows
	ptrs   []*counterfoil.Record
	rows   []uint16
	row    []int32 // of each number; -1: none
	index  segment.IndexBuilder
}

// checkedSegment is what a segment was found to be.
type checkedSegment struct {
	*Sealed
	err      error              // a problem of the file, or that it cannot be read
	leaves   []counterfoil.Hash // in order, up to the first record that is wrong
	wrong    error              // what is wrong with the next record, nil if they are all here
	tally    *Tally
	notes    []notedRecord // in order
	serials  []serial      // in order
	received counterfoil.Time
	frontier []byte
	trail    counterfoil.TrailID
	derived  string // the index, if it is missing or damaged
	idx      counterfoil.Hash
}

// notedRecord is a record that says what is missing, and when the record before it was received (0: not in this segment).
type notedRecord struct {
	counterfoil.Record
	before counterfoil.Time
}

type serial struct {
	seq, n uint64
	source string
}

// segments verifies them on all processors, and adds them to the tree in order.
func (c *checker) segments(sealed []*Sealed) error {
	workers := min(runtime.GOMAXPROCS(0), len(sealed))
	if workers == 0 {
		return nil
	}
	g, ctx := errgroup.WithContext(c.ctx)
	out := make([]chan *checkedSegment, workers)
	for w := range workers {
		out[w] = make(chan *checkedSegment)
		g.Go(func() error {
			k := segmentChecker{ctx: ctx, fs: c.fs, leaves: leafMaker{keys: c.subjects.keys}}
			for i := w; i < len(sealed); i += workers {
				select {
				case out[w] <- k.check(sealed[i]):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	}
	g.Go(func() error {
		for i := range sealed {
			select {
			case s := <-out[i%workers]:
				if err := c.segment(s); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return g.Wait()
}

// segment adds what was found in the next segment.
func (c *checker) segment(s *checkedSegment) error {
	c.report.Segments++
	if s.err != nil {
		return found(s.name, s.err)
	}
	for _, leaf := range s.leaves {
		if err := c.grow(s.name, leaf); err != nil {
			return err
		}
	}
	if s.wrong != nil {
		return c.wrong(s.name, c.next, s.wrong)
	}
	f := c.tree.Frontier()
	if f.Root() != s.Root {
		return problem(s.name, nil, "records %d to %d do not give the root that was signed in %s", s.First, s.Last, sealName(s.name))
	}
	if !bytes.Equal(s.frontier, f.Marshal()) || s.trail != c.id.id {
		return problem(s.name, nil, "its footer is that of another tree or trail")
	}
	c.report.Sealed = c.next
	if s.derived != "" {
		c.report.Derived = append(c.report.Derived, s.derived)
	}
	c.count(s)
	c.seen = append(c.seen, verifiedSegment{s.name, s.Digest, s.idx})
	return nil
}

// count takes what the segment says about completeness.
func (c *checker) count(s *checkedSegment) {
	c.tally.add(s.tally)
	for i := range s.notes {
		n := &s.notes[i]
		if n.before == 0 {
			n.before = c.received
		}
		c.note(&n.Record, n.before)
	}
	for _, n := range s.serials {
		c.tally.Serial(n.source, n.n)
	}
	c.received = s.received
}

// check looks at everything in a segment that can be looked at without the segments before it.
func (k *segmentChecker) check(s *Sealed) *checkedSegment {
	out := &checkedSegment{Sealed: s, tally: NewTally()}
	if out.err = digestOf(k.fs, s); out.err != nil {
		return out
	}
	s.cache = segment.NewCache(1 << 20) // everything is read once
	defer s.close()
	r, err := s.Reader()
	if err == nil {
		out.frontier, out.trail = r.Frontier, r.Trail
		err = k.read(s, r)
	}
	if err == nil {
		err = k.records(out)
	}
	if err == nil {
		err = k.compareIndex(out, r)
	}
	if err == nil {
		err = k.ctx.Err()
	}
	out.err = err
	return out
}

// read reads all rows, each number of which must be there once.
func (k *segmentChecker) read(s *Sealed, r *segment.Reader) error {
	n := s.Rows()
	k.recs, k.ptrs = resized(k.recs, n), resized(k.ptrs, n)
	k.rows, k.row = resized(k.rows, segment.PageRows), resized(k.row, n)
	for i := range k.recs {
		k.ptrs[i], k.row[i] = &k.recs[i], -1
	}
	for i := range k.rows {
		k.rows[i] = uint16(i)
	}
	for p := range r.Pages() {
		b, at := r.Block(p), p*segment.PageRows
		if err := b.Records(k.rows[:b.Rows()], k.ptrs[at:at+b.Rows()]); err != nil {
			return err
		}
		for i := at; i < at+b.Rows(); i++ {
			seq := k.recs[i].Seq
			switch {
			case seq < s.First || seq > s.Last:
				return fmt.Errorf("holds record %d", seq)
			case k.row[seq-s.First] >= 0:
				return fmt.Errorf("holds record %d twice", seq)
			}
			k.row[seq-s.First] = int32(i)
		}
	}
	return nil
}

// records makes the leaves, in the order of the rows, where what repeats lies together.
func (k *segmentChecker) records(out *checkedSegment) error {
	leaves := make([]counterfoil.Hash, len(k.recs))
	first := uint64(len(k.recs)) // offset of the first record that is wrong
	for i := range k.recs {
		r := &k.recs[i]
		at := r.Seq - out.First
		leaf, err := k.leaves.leaf(r)
		if err != nil && at < first {
			first, out.wrong = at, err
		}
		leaves[at] = leaf
		out.tally.Take(r)
		if n, ok := serialOf(r); ok {
			out.serials = append(out.serials, serial{r.Seq, n, r.Via + "\x00" + r.Host})
		}
		if Notable(r) {
			n := notedRecord{Record: *r}
			if at > 0 {
				n.before = k.recs[k.row[at-1]].Received
			}
			out.notes = append(out.notes, n)
		}
	}
	out.leaves = leaves[:first]
	out.received = k.recs[k.row[len(k.row)-1]].Received
	slices.SortFunc(out.notes, func(a, b notedRecord) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(out.serials, func(a, b serial) int { return cmp.Compare(a.seq, b.seq) })
	return nil
}

// compareIndex compares the index with one made from the columns: a changed one could hide records from search.
func (k *segmentChecker) compareIndex(out *checkedSegment, r *segment.Reader) error {
	data, err := disk.ReadFile(k.fs, indexName(out.name), 1<<30)
	if err != nil && !isMissing(err) {
		return found(indexName(out.name), err)
	}
	if !bytes.Equal(k.index.Build(r, k.recs).Marshal(), data) {
		out.derived = indexName(out.name)
	}
	out.idx = sha256.Sum256(data)
	return nil
}

// digestOf compares a segment's file with the digest in its seal.
func digestOf(fs disk.FS, s *Sealed) error {
	f, err := fs.Open(s.name, false)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return err
	}
	if size != s.Bytes {
		return fmt.Errorf("has %d bytes, %s says %d", size, sealName(s.name), s.Bytes)
	}
	h := sha256.New()
	if _, err := io.CopyBuffer(h, io.NewSectionReader(f, 0, size), make([]byte, 1<<18)); err != nil {
		return err
	}
	if got := counterfoil.Hash(h.Sum(nil)); got != s.Digest {
		return locate(s, got)
	}
	return nil
}

// locate says as closely as the columns allow where a damaged file is damaged.
func locate(s *Sealed, got counterfoil.Hash) error {
	s.cache = segment.NewCache(1 << 20)
	defer s.close()
	err := s.each(func(*counterfoil.Record) error { return nil })
	detail := "its columns can still be read"
	if err != nil {
		detail = strings.TrimPrefix(err.Error(), s.name+": ")
	}
	return fmt.Errorf("its digest is %x…, %s says %x…; %s", got[:4], sealName(s.name), s.Digest[:4], detail)
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
