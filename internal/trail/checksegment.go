package trail

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/background"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// leafMaker checks records and makes their leaves, two at a time. For one goroutine.
type leafMaker struct {
	salts  *subjects // only read
	hasher counterfoil.Hasher
	buf    [2][]byte        // messages: of the record that waits to be hashed, and of the next
	svc    counterfoil.JSON // svc_data that was last found canonical: it repeats
}

// leaf checks that a record's values are allowed and its data canonical, and if so writes its leaf to *to, at the next or when
// [counterfoil.Hasher.Finish] is called.
func (m *leafMaker) leaf(to *counterfoil.Hash, r *counterfoil.Record) error {
	if err := r.Check(); err != nil {
		return err
	}
	if !r.EventData.IsCanonical() || r.SvcData != m.svc && !r.SvcData.IsCanonical() {
		return errNotCanonical
	}
	m.svc = r.SvcData
	salt, err := m.salts.salting(r)
	if err != nil {
		return err
	}
	msg, comma := counterfoil.AppendRecord(m.buf[0][:0], r)
	m.buf[0], m.buf[1] = m.buf[1], msg
	m.hasher.Leaf(to, msg, comma, salt)
	return nil
}

var errNotCanonical = errors.New("its data is not in canonical form")

// spanChecker verifies what was sealed together, one span after the other, by itself: what ties spans together is the tree,
// to which the checker adds their leaves in order.
type spanChecker struct {
	ctx    context.Context
	leaves leafMaker
	recs   []counterfoil.Record // of a file, in the order of its rows
	ptrs   []*counterfoil.Record
	rows   []uint16
	index  segment.IndexBuilder
}

// checkedSpan is what a span was found to be.
type checkedSpan struct {
	*span
	file     string // the last that was looked at: where a problem is
	looked   int    // files looked at
	err      error  // a problem of that file, or that it cannot be read
	pieces   []piece
	leaves   *leaves
	wrong    error              // what is wrong with record wrongAt, nil if nothing is
	wrongAt  uint64             // pieces end before it
	received []counterfoil.Time // of each record, 0 where it has expired
	tally    *Tally
	notes    []counterfoil.Record // those that say what is missing or held, in order
	serials  []serial             // in order
	feet     []foot
	derived  []string // indexes that are missing or damaged
	seen     []verifiedFileOf

	forgotten int // records whose hidden half is missing
}

// foot is what a file's footer says of the tree.
type foot struct {
	file     string
	frontier []byte
	trail    counterfoil.TrailID
}

type serial struct {
	seq    uint64
	n      serialNumber
	source string
}

// spans verifies them on all processors, and adds them to the tree in order.
func (c *checker) spans(spans []*span) error {
	workers := min(background.Processors(), len(spans))
	if workers == 0 {
		return nil
	}
	g, ctx := errgroup.WithContext(c.ctx)
	out := make([]chan *checkedSpan, workers)
	for w := range workers {
		out[w] = make(chan *checkedSpan)
		g.Go(func() error {
			k := spanChecker{ctx: ctx, leaves: leafMaker{salts: &c.subjects}}
			for i := w; i < len(spans); i += workers {
				began := time.Now()
				s := k.check(spans[i])
				worked := time.Since(began)
				select {
				case out[w] <- s:
				case <-ctx.Done():
					return ctx.Err()
				}
				if c.opts.Rest != nil && i+workers < len(spans) {
					c.opts.Rest(ctx, worked)
				}
			}
			return nil
		})
	}
	g.Go(func() error {
		for i := range spans {
			select {
			case s := <-out[i%workers]:
				if err := c.span(s); err != nil {
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

// span adds what was found in the next span.
func (c *checker) span(s *checkedSpan) error {
	c.report.Segments += s.looked
	if s.err != nil {
		return found(s.file, s.err)
	}
	if err := c.announce(s.span); err != nil {
		return err
	}
	for _, p := range s.pieces {
		var err error
		if s.there(p.first) {
			err = c.grow(s.file, p.Hash)
		} else {
			err = c.expired(goneName(s.base()), p)
		}
		if err != nil {
			return err
		}
	}
	if s.wrong != nil {
		return c.wrong(s.file, s.wrongAt, s.wrong)
	}
	if err := c.closed(s); err != nil {
		return err
	}
	if err := c.counted(s); err != nil {
		return err
	}
	c.report.Sealed = c.next
	c.report.Derived = append(c.report.Derived, s.derived...)
	c.seen = append(c.seen, s.seen...)
	return c.count(s)
}

// there reports whether a record of the span has not expired.
func (s *checkedSpan) there(seq uint64) bool { return s.leaves.have[seq-s.First] }

// closed compares the tree behind a span with what was signed.
func (c *checker) closed(s *checkedSpan) error {
	f := c.tree.Frontier()
	if f.Root() != s.Root {
		return problem(s.file, nil, "records %d to %d do not give the root that was signed in %s", s.First, s.Last, sealName(s.base()))
	}
	for _, foot := range s.feet {
		if !bytes.Equal(foot.frontier, f.Marshal()) || foot.trail != c.id.id {
			return problem(foot.file, nil, "its footer is that of another tree or trail")
		}
	}
	if s.gone != nil && !bytes.Equal(s.gone.frontier.Marshal(), f.Marshal()) {
		return problem(goneName(s.base()), nil, "its frontier is that of another tree")
	}
	return nil
}

// count takes what the span says about completeness.
func (c *checker) count(s *checkedSpan) error {
	c.tally.add(s.tally)
	for i := range s.notes {
		n := &s.notes[i]
		before := c.received
		for at := n.Seq - s.First; at > 0; at-- {
			if t := s.received[at-1]; t != 0 {
				before = t
				break
			}
		}
		if err := c.note(s.file, n, before); err != nil {
			return err
		}
	}
	for _, n := range s.serials {
		c.tally.Serial(n.source, n.n)
	}
	for _, t := range s.received {
		if t != 0 {
			c.received = t
		}
	}
	return c.untold(s.file, s.First, s.Last, s.there)
}

// check looks at everything in a span that can be looked at without the spans before it.
func (k *spanChecker) check(sp *span) *checkedSpan {
	out := &checkedSpan{span: sp, tally: NewTally(), leaves: newLeaves(sp.First, sp.Last),
		received: make([]counterfoil.Time, sp.Last-sp.First+1), wrongAt: sp.Last + 1}
	for _, s := range sp.files {
		out.file, out.looked = s.Name(), out.looked+1
		if out.err = k.file(out, s); out.err != nil {
			return out
		}
	}
	expired, err := sp.expired()
	if err != nil {
		out.file, out.err = goneName(sp.base()), err
		return out
	}
	if sp.gone != nil {
		out.seen = append(out.seen, sp.goneSeen())
		out.file = cmp.Or(out.file, goneName(sp.base()))
	}
	if out.pieces, out.err = out.leaves.with(expired); out.err != nil {
		return out
	}
	if i := slices.IndexFunc(out.pieces, func(p piece) bool { return p.first >= out.wrongAt }); i >= 0 {
		out.pieces = out.pieces[:i]
	}
	slices.SortFunc(out.notes, func(a, b counterfoil.Record) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(out.serials, func(a, b serial) int { return cmp.Compare(a.seq, b.seq) })
	return out
}

// file looks at one file of a span.
func (k *spanChecker) file(out *checkedSpan, s *Sealed) error {
	if err := s.checkDigest(); err != nil {
		return err
	}
	s.cache = segment.NewCache(1 << 20) // everything is read once
	defer s.close()
	r, err := s.Reader()
	if err != nil {
		return err
	}
	out.feet = append(out.feet, foot{s.Name(), r.Frontier, r.Trail})
	if err := k.read(s, r); err != nil {
		return err
	}
	before := out.forgotten
	if err := k.records(out); err != nil {
		return err
	}
	if err := k.compareFooter(r, out.forgotten-before); err != nil {
		return err
	}
	if err := k.compareIndex(out, s); err != nil {
		return err
	}
	return k.ctx.Err()
}

// read reads all rows.
func (k *spanChecker) read(s *Sealed, r *segment.Reader) error {
	defer r.Together()()
	n := s.Rows()
	k.recs, k.ptrs, k.rows = resized(k.recs, n), resized(k.ptrs, n), resized(k.rows, segment.MaxPageRows)
	for i := range k.recs {
		k.ptrs[i] = &k.recs[i]
	}
	for i := range k.rows {
		k.rows[i] = uint16(i)
	}
	k.index.Begin(r)
	for p := range r.Pages() {
		b, at := r.Block(p), p*r.PageRows
		if err := b.Records(k.rows[:b.Rows()], k.ptrs[at:at+b.Rows()]); err != nil {
			return err
		}
		if err := k.index.Page(b); err != nil {
			return err
		}
	}
	return nil
}

// records makes the leaves, in the order of the rows, where what repeats lies together.
func (k *spanChecker) records(out *checkedSpan) error {
	defer k.leaves.hasher.Finish()
	for i := range k.recs {
		r := &k.recs[i]
		leaf, err := out.leaves.place(r.Seq)
		if err != nil {
			return err
		}
		if wrong := k.leaves.leaf(leaf, r); wrong != nil && r.Seq < out.wrongAt {
			out.wrong, out.wrongAt = wrong, r.Seq
		}
		out.received[r.Seq-out.First] = r.Received
		out.tally.Take(r)
		if r.IsForgotten() {
			out.forgotten++
		}
		if n, ok := serialOf(r); ok {
			out.serials = append(out.serials, serial{r.Seq, n, r.Via + "\x00" + r.Host})
		}
		if noted(r) {
			out.notes = append(out.notes, *r)
		}
	}
	return nil
}

// compareFooter compares what the footer says of the rows with them: a search leaves out what it says is not there.
func (k *spanChecker) compareFooter(r *segment.Reader, forgotten int) error {
	first, last := k.recs[0].Seq, k.recs[0].Seq
	for i := range k.recs {
		first, last = min(first, k.recs[i].Seq), max(last, k.recs[i].Seq)
	}
	if first != r.First || last != r.Last {
		return fmt.Errorf("its footer says that it holds records %d to %d, it holds %d to %d", r.First, r.Last, first, last)
	}
	if r.Forgets != (forgotten > 0) {
		return fmt.Errorf("is of another version than its footer says: of %d records the hidden half is missing", forgotten)
	}
	return nil
}

// compareIndex compares the index with one made from the columns: a changed one could hide records from search.
func (k *spanChecker) compareIndex(out *checkedSpan, s *Sealed) error {
	data, err := disk.ReadFile(s.place.fs, s.place.file(s.base+".idx"), 1<<30)
	if err != nil && !isMissing(err) {
		return found(s.indexName(), err)
	}
	x, err := k.index.Index(func(yield func([]counterfoil.Record)) error { yield(k.recs); return nil })
	if err != nil {
		return found(s.Name(), err)
	}
	if !bytes.Equal(x.Marshal(), data) {
		out.derived = append(out.derived, s.indexName())
	}
	out.seen = append(out.seen, verifiedFileOf{s.base + ".parquet", s.Digest, sha256.Sum256(data)})
	return nil
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
