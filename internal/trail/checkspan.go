package trail

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// ExpiredRange is what a verdict says about a sealed file that was deleted by a rule.
type ExpiredRange struct {
	First   uint64 `json:"first"`
	Last    uint64 `json:"last"`
	Records int    `json:"records"` // of the range, those that the file held
	At      string `json:"at"`
	Why     string `json:"why"`
	Event   uint64 `json:"event"` // number of the record that says so
	Text    string `json:"-"`
}

// span verifies what was sealed together: the files that are there, what is left of those that expired, and the root.
func (c *checker) span(sp *span) error {
	l := &spanRecords{newLeaves(sp.First, sp.Last), make([]counterfoil.Record, sp.Last-sp.First+1)}
	name := goneName(sp.base())
	for _, s := range sp.files {
		if err := c.file(s, l); err != nil {
			return found(s.Name(), err)
		}
		name = s.Name()
	}
	if err := c.announce(sp); err != nil {
		return err
	}
	expired, err := sp.expired()
	if err != nil {
		return found(goneName(sp.base()), err)
	}
	pieces, err := l.with(expired)
	if err != nil {
		return problem(name, nil, "%v", err)
	}
	for _, p := range pieces {
		if l.have[p.first-sp.First] {
			err = c.record(name, &l.recs[p.first-sp.First])
		} else {
			err = c.expired(goneName(sp.base()), p)
		}
		if err != nil {
			return err
		}
	}
	return c.sealed(sp, name)
}

// spanRecords are the records of a span that are there.
type spanRecords struct {
	*leaves // only which of them are there: what they hash to is computed in order
	recs    []counterfoil.Record
}

// file reads one file into the records of its span, having looked at its digest and whether its footer is of this trail.
func (c *checker) file(s *Sealed, l *spanRecords) error {
	c.report.Segments++
	if err := s.checkDigest(); err != nil {
		return err
	}
	s.cache = segment.NewCache(1 << 20) // everything is read once
	defer s.close()
	if err := s.each(func(rec *counterfoil.Record) error {
		if err := l.add(rec.Seq, counterfoil.Hash{}); err != nil {
			return err
		}
		l.recs[rec.Seq-l.first] = *rec
		return c.ctx.Err()
	}); err != nil {
		return err
	}
	r, err := s.Reader()
	if err != nil {
		return err
	}
	if r.Trail != c.id.id {
		return fmt.Errorf("its footer is that of another trail")
	}
	return c.index(s, r)
}

// sealed compares the tree behind a span with what was signed.
func (c *checker) sealed(sp *span, name string) error {
	f := c.tree.Frontier()
	if f.Root() != sp.Root {
		return problem(name, nil, "records %d to %d do not give the root that was signed in %s", sp.First, sp.Last, sealName(sp.base()))
	}
	for _, s := range sp.files {
		r, err := s.Reader()
		if err == nil && !bytes.Equal(r.Frontier, f.Marshal()) {
			err = problem(s.Name(), nil, "its footer is that of another tree")
		}
		if err = errors.Join(err, s.close()); err != nil {
			return found(s.Name(), err)
		}
	}
	if sp.gone != nil && !bytes.Equal(sp.gone.frontier.Marshal(), f.Marshal()) {
		return problem(goneName(sp.base()), nil, "its frontier is that of another tree")
	}
	c.report.Sealed = c.next
	return nil
}

// expired takes what is left of records into the tree.
func (c *checker) expired(file string, p piece) error {
	if p.first != c.next {
		return problem(file, &c.next, "is missing: record %d stands in its place", p.first)
	}
	if err := c.tree.AppendNode(p.Node); err != nil {
		return problem(file, &p.first, "%v", err)
	}
	return c.advance(file, 1<<p.Level)
}

// announce notes what has expired, and which records must say so.
func (c *checker) announce(sp *span) error {
	if sp.gone == nil {
		return nil
	}
	for i := range sp.gone.files {
		e := &sp.gone.files[i]
		if e.Event <= sp.Last {
			return problem(goneName(sp.base()), nil, "record %d, which is to say so, is older than what expired", e.Event)
		}
		c.says[e.Event] = e
		c.report.Expired = append(c.report.Expired, ExpiredRange{e.First, e.Last, e.Records, e.At.String(), e.Why, e.Event, e.String()})
	}
	return nil
}

// said checks that a record tells of the expiry that it is to tell of.
func (c *checker) said(file string, rec *counterfoil.Record, e *Expired) error {
	d := rec.EventData
	if rec.Via != act.Via || rec.Service != act.Service || rec.Name != act.Expire && rec.Name != act.Gap || rec.Object.Name != e.base+".parquet" ||
		d.Member("sha256").Text() != fmt.Sprintf("%x", e.Digest[:]) || d.Member("why").Text() != e.Why {
		return problem(file, &rec.Seq, "is not the event of the expiry of %s.parquet, which it should be", e.base)
	}
	delete(c.says, rec.Seq)
	return nil
}

// unsaid gives a problem for an expiry of which no record tells. One whose record has expired itself is told by its signed
// note alone.
func (c *checker) unsaid() error {
	for seq, e := range c.says {
		if seq >= c.next {
			return problem(goneName(spanBase(e.First, e.Last)), &seq, "is missing: it is to say that %s", e)
		}
	}
	return nil
}
