package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/background"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// found is what segments that share a range of numbers have: where the records stand, in the query's order. The records
// themselves are made a batch at a time, the next one while somebody takes the one before: however many there are, they
// take the memory of two batches.
type found struct {
	st     Stats
	hits   []hit
	blocks []page
	bytes  int64  // about, of the blocks when they are unpacked
	told   bool   // the disk, what the records are made from
	first  *batch // made by whoever searched the segments, if there was room; else nil
	room   *room
	liners liners // nil: records are given as such
}

// hit is a row that matches.
type hit struct {
	seq  uint64
	page uint32 // which of the blocks
	row  uint16
}

// page is a block that has hits, and whose it is.
type page struct {
	*segment.Block
	file   *trail.Sealed
	number int
	made   int // of its wanted rows
}

// fewBytes is how much of a file may have been unpacked while it waits to be given out, however many files wait.
const fewBytes = 8 << 20

// batchRows is how many records are made at once: so many that a page gives neighbours to each batch, since records that follow one another lie in all
// pages of a file, and few enough to take little memory.
const batchRows = 4096

// batch is records or lines, and the memory to make more.
type batch struct {
	n    int // how many
	recs []counterfoil.Record
	used int                     // of recs, since they were clear
	ptrs [][]*counterfoil.Record // of each block: where they go
	text []byte                  // their event data, gathered

	lines segment.Lines
	goes  [][]uint32 // of each block: which of the lines are its
}

// findAmong finds the records that match in segments that share a range, at most the query's limit.
func findAmong(ctx context.Context, files []candidate, q *Query, in *room) (f *found, err error) {
	f = &found{room: in}
	for _, s := range files {
		st, err := scan(ctx, s, q, nil, func(p int, b *segment.Block, sel []uint16) error {
			return f.add(page{Block: b, file: s.Sealed, number: p}, sel)
		})
		if err != nil {
			return nil, err
		}
		f.st.add(st)
	}
	f.sort(files[0].First, files[0].Last, q.Oldest)
	if q.Limit > 0 && len(f.hits) > q.Limit {
		f.hits = f.hits[:q.Limit]
	}
	return f, nil
}

// want tells each block which of its rows records will be made of, in their order.
func (f *found) want() {
	n := make([]int, len(f.blocks))
	for _, h := range f.hits {
		n[h.page]++
	}
	all := make([]uint16, len(f.hits))
	for p, block := range f.blocks {
		block.Wanted, all = all[:0:n[p]], all[n[p]:]
	}
	for _, h := range f.hits {
		block := f.blocks[h.page]
		block.Wanted = append(block.Wanted, h.row)
	}
}

// prepare makes the first records, while somebody may still take those of the files before. If much has to be unpacked for them, this is
// done only if there is room.
func (f *found) prepare(asLines bool) error {
	if asLines {
		if err := f.chooseLines(); err != nil {
			return err
		}
	}
	if err := f.expect(); err != nil {
		return err
	}
	if f.bytes > fewBytes && !f.room.enter(f.bytes, false) {
		return nil
	}
	f.first = f.room.batch()
	return f.make(f.first, 0)
}

// add takes the rows of a page that match.
func (f *found) add(p page, sel []uint16) error {
	seqs, err := p.Seq()
	if err != nil {
		return err
	}
	if f.hits == nil {
		f.hits = f.room.hits(0)
	}
	if need := len(f.hits) + len(sel); need > cap(f.hits) {
		f.hits = slices.Grow(f.hits, max(len(sel), len(f.hits))) // a page after the other: by doubling
	}
	for _, i := range sel {
		f.hits = append(f.hits, hit{uint64(seqs[i]), uint32(len(f.blocks)), i})
	}
	r, err := p.file.Reader()
	if err != nil {
		return err
	}
	if f.bytes += r.PageUnpacked(); f.bytes > fewBytes { // what the filter looked at comes again, from the cache if it still has it
		p.Block = r.Block(p.number)
	}
	p.Once = f.room.pages.Add(1) > int64(mostKept) || p.Once
	f.blocks = append(f.blocks, p)
	return nil
}

// sort puts the hits of files with the numbers first to last in order.
func (f *found) sort(first, last uint64, oldest bool) {
	if ordered := f.room.inPlaces(f.hits, first, last); ordered != nil {
		f.room.leaveHits(f.hits)
		f.hits = ordered
	} else {
		slices.SortFunc(f.hits, func(a, b hit) int { return cmp.Compare(a.seq, b.seq) })
	}
	if !oldest {
		slices.Reverse(f.hits)
	}
}

// inPlaces gives hits in the order of their numbers without comparing them, each has its place. It gives nil where most
// places would be empty, and for damaged files, whose numbers are not theirs.
func (r *room) inPlaces(hits []hit, first, last uint64) []hit {
	const sparse = 8
	if (last-first+1)/sparse >= uint64(len(hits)) {
		return nil
	}
	places := make([]uint32, last-first+1) // index in hits, from 1
	for i, h := range hits {
		if h.seq < first || h.seq > last || places[h.seq-first] != 0 {
			return nil
		}
		places[h.seq-first] = uint32(i + 1)
	}
	ordered := r.hits(len(hits))
	for _, i := range places {
		if i != 0 {
			ordered = append(ordered, hits[i-1])
		}
	}
	return ordered
}

// expect tells the disk, once, which pages the records are made from; bytes is then about what these have.
func (f *found) expect() error {
	if f.told {
		return nil
	}
	f.told, f.bytes = true, 0
	pages := map[*trail.Sealed]uint64{}
	for _, h := range f.hits {
		pages[f.blocks[h.page].file] |= 1 << f.blocks[h.page].number
	}
	for s, mask := range pages {
		r, err := s.Reader()
		if err != nil {
			return err
		}
		r.Expect(segment.AllColumns, mask)
		f.bytes += int64(pageCount(mask)) * r.PageUnpacked()
	}
	return nil
}

// each gives each record until to says that it is enough.
func (f *found) each(to taker) (more bool, err error) {
	type made struct {
		*batch
		err error
	}
	isPrepared := f.first != nil
	if !isPrepared {
		if err := f.expect(); err != nil {
			return false, err
		}
		if f.bytes > fewBytes {
			f.room.enter(f.bytes, true)
		}
	}
	if f.bytes > fewBytes {
		defer f.room.leave(f.bytes)
	}
	defer f.done()
	now, spare := f.first, (*batch)(nil)
	if f.first = nil; now == nil {
		now = f.room.batch()
	}
	defer func() { f.room.spare(now, spare) }()
	if !isPrepared {
		if err := f.make(now, 0); err != nil {
			return false, err
		}
	}
	for at := 0; ; {
		at += now.n
		var next chan made
		if at < len(f.hits) {
			if spare == nil {
				spare = f.room.batch()
			}
			next = make(chan made, 1) // whoever makes it does not wait for somebody to take it
			go func() { next <- made{spare, f.make(spare, at)} }()
		}
		more = f.give(now, to)
		if next == nil {
			return more, nil
		}
		m := <-next // also if nobody wants it: nothing outlives the question
		if m.err != nil || !more {
			return more, m.err
		}
		now, spare = m.batch, now
	}
}

// done leaves others what nobody needs any more.
func (f *found) done() {
	if f != nil {
		f.room.leaveHits(f.hits)
		f.room.spare(f.first)
		f.hits, f.first, f.blocks, f.liners = nil, nil, nil, nil
	}
}

// give gives what a batch has.
func (f *found) give(b *batch, to taker) bool {
	if f.liners != nil {
		for i := range b.n {
			if !to.line(Line{lines: &b.lines, i: i}) {
				return false
			}
		}
		return true
	}
	for i := range b.recs {
		if !to.record(&b.recs[i]) {
			return false
		}
	}
	return true
}

// make makes the batch of records that begins with hit number at.
func (f *found) make(b *batch, at int) error {
	if at == 0 {
		f.want()
	}
	var last *trail.Sealed
	for _, block := range f.blocks {
		if block.file != last {
			last = block.file
			r, err := last.Reader()
			if err != nil {
				return err
			}
			defer r.Together()() // with the next files, which are few
		}
	}
	workers := 1 // beside who gives out the records before
	if at == 0 {
		workers = background.Processors() // that of the first records unpack most pages, and somebody waits
	}
	hits := f.hits[at:min(at+batchRows, len(f.hits))]
	b.n = len(hits)
	if f.liners != nil {
		return f.makeLines(b, hits, workers)
	}
	return f.makeRecords(b, hits, workers)
}

func (f *found) makeRecords(b *batch, hits []hit, workers int) error {
	if cap(b.recs) < len(hits) {
		b.recs = make([]counterfoil.Record, len(hits))
	}
	b.recs = b.recs[:len(hits)]
	b.used = max(b.used, len(hits))
	b.ptrs = emptied(b.ptrs, len(f.blocks))
	for i, h := range hits {
		b.ptrs[h.page] = append(b.ptrs[h.page], &b.recs[i])
	}
	err := f.fill(workers, func(_, p int, more func(int) []uint16) error {
		if len(b.ptrs[p]) == 0 {
			return nil
		}
		return f.blocks[p].Records(more(len(b.ptrs[p])), b.ptrs[p])
	})
	if err != nil {
		return err
	}
	b.text = segment.Gather(b.recs, b.text)
	return nil
}

// emptied gives n lists, or more, without anything in them, in the memory of those that there are.
func emptied[T any](lists [][]T, n int) [][]T {
	if len(lists) < n {
		lists = make([][]T, n)
	}
	for i := range lists {
		lists[i] = lists[i][:0]
	}
	return lists
}

// fill calls work for each block, in whichever worker comes to it; more gives the next rows that are wanted of it. (A goroutine for each page took an
// eighth of an export's processor time.)
func (f *found) fill(workers int, work func(worker, p int, more func(int) []uint16) error) error {
	var next atomic.Int32
	run := func(worker int) error {
		for {
			p := int(next.Add(1)) - 1
			if p >= len(f.blocks) {
				return nil
			}
			block := &f.blocks[p]
			err := work(worker, p, func(n int) []uint16 {
				block.made += n
				return block.Wanted[block.made-n : block.made]
			})
			if err != nil {
				return fmt.Errorf("%s: %w", block.file.Name(), err)
			}
		}
	}
	var g errgroup.Group
	for worker := 1; worker < workers; worker++ {
		g.Go(func() error { return run(worker) })
	}
	err := run(0)
	return cmp.Or(err, g.Wait())
}
