package search

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// By is one way to group what matches.
type By struct {
	Every time.Duration // by time, in buckets of this length from the Unix epoch; 0: by Field
	Field filter.Field
	Top   int // by Field: only the largest so many; 0: all
}

// Bucket is one group.
type Bucket struct {
	Key      string           // the value as text; for time buckets the RFC 3339 start
	Start    counterfoil.Time // of a time bucket
	Count    uint64
	Failures uint64 // how many of them failed
}

// ErrGroups says that there are more groups than one count holds in memory.
var ErrGroups = errors.New("there are too many groups to count: group by a field with fewer values or by longer times, or narrow the query")

// maxGroupBytes bounds the groups of one count, with what each takes beside its key; about a million short ones.
var maxGroupBytes = 128 << 20

const groupBytes = 64 + 40 // beside its key: its cell and its place in a map, and a bucket when all are listed

// Count groups what matches in several ways in one pass. Time buckets come in order of time without the empty ones,
// others by falling count, then key. A record with no value of a field is in no group of it, one with many in each.
// Limit does not apply; the other bounds do. It fails with ErrGroups.
func Count(ctx context.Context, v *trail.View, q Query, by ...By) (out [][]Bucket, st Stats, err error) {
	start := time.Now()
	defer func() { st.Elapsed = time.Since(start) }()
	in := &room{v: v}
	defer in.close()
	total := newTally(by, in)
	q.Limit, q.Oldest = 0, true
	files := slices.DeleteFunc(slices.Clone(v.Segments), func(s *trail.Sealed) bool { return total.fromMinutes(s, &q) })
	list, done := candidates(v, files, &q, &total.st)
	defer done()
	err = ahead(len(list), func(i int) { list[i].fetch(&q, columnsBy(by)) },
		func(i int) (*tally, error) { return countIn(ctx, list[i], &q, newTally(by, in)) },
		func(_ int, t *tally) (bool, error) {
			if total.merge(t); total.bytes > maxGroupBytes {
				return false, ErrGroups
			}
			return true, ctx.Err()
		})
	if err == nil {
		err = total.head(ctx, v, &q)
	}
	if errors.Is(err, ErrGroups) {
		err = ErrGroups // wherever it was
	}
	if err != nil {
		return nil, total.st, err
	}
	return total.buckets(), total.st, nil
}

// head counts what is not sealed.
func (t *tally) head(ctx context.Context, v *trail.View, q *Query) error {
	o := newTally(t.by, t.in)
	c := columnCounter{t: o, seen: make([]codeCells, len(t.by))}
	err := scanHead(ctx, v, q, &o.st, func(b *segment.Block, sel []uint16) (bool, error) { return true, c.block(b, sel) })
	c.close()
	if t.merge(o); err == nil && t.bytes > maxGroupBytes {
		return ErrGroups
	}
	return err
}

func bucketStart(t counterfoil.Time, every time.Duration) counterfoil.Time {
	unit := counterfoil.Time(every)
	start := t - t%unit
	if t < start {
		start = max(start, math.MinInt64+unit) - unit // never around to the other end of time
	}
	return start
}

var scratches = sync.Pool{New: func() any { return new(segment.Scratch) }}

// countIn counts a segment.
func countIn(ctx context.Context, s candidate, q *Query, t *tally) (*tally, error) {
	c := columnCounter{t: t, seen: make([]codeCells, len(t.by))}
	scratch := scratches.Get().(*segment.Scratch)
	defer scratches.Put(scratch)
	scanned, err := scan(ctx, s, q, scratch, func(_ int, b *segment.Block, sel []uint16) error { return c.block(b, sel) })
	c.close()
	t.st.add(scanned)
	return t, err
}

// columnsBy gives the columns that counting reads.
func columnsBy(by []By) segment.Columns {
	set := segment.Columns(0).With(filter.ColSuccess)
	for _, b := range by {
		if b.Every > 0 {
			set = set.With(filter.ColTime)
		} else {
			set = set.With(b.Field.Column)
		}
	}
	return set
}

// fromMinutes counts by time out of the index alone, which it may if nothing but time is asked about and every bucket
// and bound falls on a minute.
func (t *tally) fromMinutes(s *trail.Sealed, q *Query) bool {
	const minute = time.Minute
	x := s.Index
	if !isAll(q.Filter) || x.Minutes == nil || !q.seqCovers(s.First, s.Last) ||
		!q.timeCovers(x.MinTime, x.MaxTime) && (q.From%counterfoil.Time(minute) != 0 || q.To%counterfoil.Time(minute) != 0) {
		return false
	}
	for _, b := range t.by {
		if b.Every == 0 || b.Every%minute != 0 {
			return false
		}
	}
	for _, m := range x.Minutes {
		if !q.inTime(m.Start) && !q.timeCovers(x.MinTime, x.MaxTime) {
			continue
		}
		t.st.Records += uint64(m.Count)
		for i, b := range t.by {
			t.at(i, bucketStart(m.Start, b.Every)).add(cell{uint64(m.Count), uint64(m.Failures)})
		}
	}
	t.st.Skipped += len(x.Pages)
	return true
}

func isAll(x filter.Expr) bool {
	_, all := x.(filter.All)
	return all || x == nil
}

// columnCounter counts the rows of blocks by their columns.
type columnCounter struct {
	t    *tally
	seen []codeCells // of each By over a dictionary
}

// codeCells are the groups of a dictionary, by code.
type codeCells struct {
	dict  *segment.Dict
	cells []cell
}

func (c *columnCounter) block(b *segment.Block, sel []uint16) error {
	out, err := b.Outcomes()
	if err != nil {
		return err
	}
	c.t.st.Records += uint64(len(sel))
	inexact, err := b.AnyInexact()
	if err != nil {
		return err
	}
	for i, by := range c.t.by {
		switch {
		case by.Every > 0:
			err = c.byTime(i, b, sel, out)
		case len(by.Field.Path) == 0 && !inexact && isCoded(by.Field.Column):
			err = c.byCode(i, b, sel, out)
		default:
			err = c.byRow(i, b, sel, out)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isCoded tells the columns whose text in the store is the one value of the field.
func isCoded(col filter.Column) bool {
	switch col {
	case filter.ColAID, filter.ColSeq, filter.ColTime, filter.ColReceived, filter.ColPID, filter.ColSuccess, filter.ColClass,
		filter.ColSvcData, filter.ColEventData, filter.ColRaw:
		return false
	}
	return true
}

func (c *columnCounter) byTime(i int, b *segment.Block, sel []uint16, out segment.Outcomes) error {
	times, err := b.Time()
	if err != nil {
		return err
	}
	every := c.t.by[i].Every
	var start, end counterfoil.Time = 1, 0 // no bucket yet
	var now *cell
	for _, row := range sel {
		t := counterfoil.Time(times[row])
		if t < start || t >= end {
			start = bucketStart(t, every)
			end = start + counterfoil.Time(every)
			now = c.t.at(i, start)
		}
		now.record(out.At(row))
	}
	return nil
}

func (c *columnCounter) byCode(i int, b *segment.Block, sel []uint16, out segment.Outcomes) error {
	col := c.t.by[i].Field.Column
	if runs, err := b.Runs(col); err != nil {
		return err
	} else if runs != nil {
		cells, k := c.cellsOf(i, runs.Dict), 0
		for _, row := range sel {
			for runs.Ends[k] <= row {
				k++
			}
			cells[runs.Codes[k]].record(out.At(row))
		}
		return nil
	}
	t, err := b.Text(col)
	if err != nil {
		return err
	}
	if t.Dict == nil {
		for _, row := range sel {
			if s := t.At(int(row)); s != "" {
				c.t.of(i, s).record(out.At(row))
			}
		}
		return nil
	}
	cells := c.cellsOf(i, t.Dict)
	switch {
	case t.Small != nil:
		for _, row := range sel {
			cells[t.Small[row]].record(out.At(row))
		}
	case t.Codes != nil:
		for _, row := range sel {
			cells[t.Codes[row]].record(out.At(row))
		}
	default:
		for _, row := range sel {
			cells[0].record(out.At(row))
		}
	}
	return nil
}

// cellsOf gives the cells of a dictionary's codes.
func (c *columnCounter) cellsOf(i int, dict *segment.Dict) []cell {
	s := &c.seen[i]
	if !s.dict.Is(dict) {
		c.flush(i)
		s.dict, s.cells = dict, newCells(dict.Len())
	}
	return s.cells
}

// flush gives the groups of a dictionary to the tally.
func (c *columnCounter) flush(i int) {
	if s := &c.seen[i]; s.dict != nil {
		c.t.coded[i] = append(c.t.coded[i], *s)
		*s = codeCells{}
	}
}

func (c *columnCounter) close() {
	for i := range c.seen {
		c.flush(i)
	}
}

// byRow asks each row. What a field has of data is taken where a page is unpacked, if it need not be kept.
func (c *columnCounter) byRow(i int, b *segment.Block, sel []uint16, out segment.Outcomes) error {
	f := c.t.by[i].Field
	var rec counterfoil.Record
	count := func(row uint16) error {
		filter.Texts(f, &rec, func(s string) bool {
			c.t.of(i, s).record(out.At(row))
			return true
		})
		if c.t.tooMany() {
			return ErrGroups
		}
		return nil
	}
	if f.Column == filter.ColEventData || f.Column == filter.ColSvcData { // which are exact in each record
		ok, err := b.Some(f.Column, sel, func(row uint16, value string) error {
			rec = counterfoil.Record{}
			if err := segment.SetText(&rec, f.Column, value); err != nil {
				return err
			}
			return count(row)
		})
		if ok || err != nil {
			return err
		}
	}
	want := segment.Columns(0).With(f.Column)
	for _, row := range sel {
		if err := b.Fill(int(row), &rec, want); err != nil {
			return err
		}
		if err := count(row); err != nil {
			return err
		}
	}
	return nil
}
