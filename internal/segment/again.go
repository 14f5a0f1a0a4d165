package segment

import (
	"errors"

	"github.com/counterfoil/counterfoil"
)

// BuildIndex makes the index again from the columns.
func (r *Reader) BuildIndex() (*Index, error) { return new(IndexBuilder).Build(r) }

// Build makes the index of a segment again from its columns. It is good until the next.
func (b *IndexBuilder) Build(r *Reader) (*Index, error) {
	defer r.Together()()
	b.Begin(r)
	for p := range r.Pages() {
		if err := b.Page(r.Block(p)); err != nil {
			return nil, err
		}
	}
	recs := make([]counterfoil.Record, 1)
	return b.Index(func(yield func([]counterfoil.Record)) error {
		for p := range r.Pages() {
			b := r.Block(p)
			for i := range b.Rows() {
				if err := b.Record(i, &recs[0]); err != nil {
					return err
				}
				yield(recs)
			}
		}
		return nil
	})
}

// IndexBuilder makes indexes again, one after the other: of what stands in the columns as it stands there, whose dictionaries
// tell what is the same. Only where columns do not say exactly what the records say, records are asked.
type IndexBuilder struct {
	signature signatureBuilder
	r         *Reader
	rows      Rows
	dicts     [len(textColumns)]*Dict             // those that the columns' values are of
	codeOf    [len(textColumns)]map[string]uint32 // of a column without a dictionary
	inexact   bool                                // records are to be asked
}

// Begin begins with a segment.
func (b *IndexBuilder) Begin(r *Reader) {
	b.r, b.inexact, b.rows = r, false, b.rows.emptied(r.Trail)
	clear(b.dicts[:])
	clear(b.codeOf[:])
}

// emptied gives rows without any, in the memory of these.
func (r *Rows) emptied(trail counterfoil.TrailID) Rows {
	e := Rows{trail: trail, seqs: r.seqs[:0], times: r.times[:0], received: r.received[:0], outcomes: r.outcomes[:0], aids: r.aids[:0]}
	for k := range r.cols {
		clear(r.cols[k].each)
		e.cols[k].codes, e.cols[k].each = r.cols[k].codes[:0], r.cols[k].each[:0]
	}
	return e
}

// Page takes the next page of it.
func (b *IndexBuilder) Page(p *Block) error {
	inexact, err := p.AnyInexact()
	if b.inexact = b.inexact || inexact; b.inexact || err != nil {
		return err
	}
	for k := range textColumns {
		t, err := p.Text(textColumns[k].col)
		if err != nil {
			return err
		}
		b.texts(k, t, p.Rows())
	}
	return b.numbers(p)
}

func (b *IndexBuilder) texts(k int, t *Text, rows int) {
	c := &b.rows.cols[k]
	switch {
	case !isCoded(k):
		for i := range rows {
			c.each = append(c.each, t.At(i))
		}
	case t.Dict != nil && !t.IsConstant() && b.codeOf[k] == nil:
		if !b.dicts[k].Is(t.Dict) {
			b.dicts[k], c.values = t.Dict, t.Dict.Words()
		}
		c.codes = t.AppendCodes(c.codes)
	default:
		if b.codeOf[k] == nil {
			b.codeOf[k] = map[string]uint32{}
			b.inexact = b.inexact || len(c.codes) > 0 // a page with a dictionary and one without: not as Write writes them
		}
		for i := range rows {
			v := t.At(i)
			code, ok := b.codeOf[k][v]
			if !ok {
				code = uint32(len(c.values))
				b.codeOf[k][v], c.values = code, append(c.values, v)
			}
			c.codes = append(c.codes, code)
		}
	}
}

func (b *IndexBuilder) numbers(p *Block) error {
	seqs, err1 := p.Seq()
	times, err2 := p.Time()
	received, err3 := p.Received()
	outcomes, err4 := p.Outcome()
	aids, err5 := p.AID()
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return err
	}
	r := &b.rows
	r.seqs, r.times, r.received = append(r.seqs, seqs...), append(r.times, times...), append(r.received, received...)
	r.outcomes = append(r.outcomes, outcomes...)
	for i, a := range aids {
		if a == counterfoil.DeriveAID(r.trail, uint64(seqs[i])) {
			a = counterfoil.AID{}
		}
		r.aids = append(r.aids, a)
	}
	r.n += p.Rows()
	return nil
}

// Index gives the index of the segment, all of whose pages were taken. Where it needs the records, each gives them all, in the
// order of the rows and in pieces of any size.
func (b *IndexBuilder) Index(each func(yield func([]counterfoil.Record)) error) (*Index, error) {
	if !b.inexact {
		return b.rows.index(b.r, &b.signature), nil
	}
	t := NewTable(b.r.Trail)
	err := each(func(recs []counterfoil.Record) {
		t.Append(recs...)
	})
	if err != nil {
		return nil, err
	}
	return t.rows.index(b.r, &b.signature), nil
}

// index makes the index of a segment whose rows are these.
func (r *Rows) index(of *Reader, sig *signatureBuilder) *Index {
	x := newIndexBuilder(of.Meta, r, sig)
	for p := range of.Pages() {
		x.page(of.rowsOf(p))
	}
	return x.done()
}
