package segment

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// What a few rows have is read once, however often it is asked for, of split data and of others.
func TestFew(t *testing.T) {
	for name, r := range map[string]*Reader{
		"split": roundTrip(t, splitRecords(rand.New(rand.NewPCG(7, 1)), MaxPageRows+8*mostFew)),
		"whole": openWhole(t, splitRecords(rand.New(rand.NewPCG(7, 2)), MaxPageRows+8*mostFew)),
	} {
		if r.isSplit != (name == "split") {
			t.Fatalf("%s: split: %v", name, r.isSplit)
		}
		for p := range r.Pages() {
			want, err := r.Block(p).Text(filter.ColEventData)
			if err != nil {
				t.Fatal(err)
			}
			want = &Text{Values: slices.Clone(want.Values)}
			r.cache.Drop(r)
			n := uint16(r.Block(p).Rows())
			some := func(reads bool, rows ...uint16) {
				t.Helper()
				given := slices.Clone(rows)
				before := r.reads.Load()
				b := r.Block(p)
				b.Once = true
				k := 0
				ok, err := b.Some(filter.ColEventData, given, func(i uint16, v string) error {
					if i != rows[k] || v != want.Values[i] {
						t.Errorf("%s, page %d: row %d is %q, want row %d, %q", name, p, i, v, rows[k], want.Values[rows[k]])
					}
					given[k/2] = i // as who keeps every second one in place does
					k++
					return nil
				})
				if err != nil || !ok || k != len(rows) || (r.reads.Load() > before) != reads {
					t.Errorf("%s, page %d, rows %v: %v, %v, %d values, %d pages read", name, p, rows, ok, err, k, r.reads.Load()-before)
				}
			}
			some(true, 0, 1, n-2, n-1)
			some(false, 0, 1, n-2, n-1)
			some(false, n-2)
			if n < MaxPageRows { // a short page, of which more is not few
				r.cache.Drop(r)
				some(true, n-2)
				continue
			}
			some(true, n-1, 5, 3) // in any order
			some(false, 0, 1, 3, 5, n-2, n-1)
			recs := []*counterfoil.Record{{}, {}}
			if err := r.Block(p).Records([]uint16{5, 0}, recs); err != nil || string(recs[0].EventData) != want.Values[5] || string(recs[1].EventData) != want.Values[0] {
				t.Errorf("%s, page %d: %v, %q and %q", name, p, err, recs[0].EventData, recs[1].EventData)
			}
			if r.placesOf(nameEventData).pages[p].Load() != nil {
				t.Errorf("%s, page %d is in memory for two of its rows", name, p)
			}
			r.cache.Drop(r)
			if name == "split" {
				someWanted(t, r, p, want)
			}
			var many []uint16
			for i := range n / mostFew {
				many = append(many, i*mostFew)
			}
			some(true, many...) // as many as are few: the others go
			some(false, many...)
			some(true, 1)
			many = append(many, n-1)
			some(true, many...)
			some(true, many...)
			some(false, 1)
			r.cache.Drop(r)
			some(true, 1)
		}
	}
}

// someWanted makes records of some rows of a page, not all in one call: what is known to be wanted is put together in the first, without the page's
// others if that would not stay in memory.
func someWanted(t *testing.T, r *Reader, p int, want *Text) {
	t.Helper()
	for _, c := range []struct {
		once         bool
		wanted, step int
		whole        bool
	}{
		{true, 3, 600, false},
		{true, MaxPageRows / 3, 3, false},
		{true, MaxPageRows * mostAlone / 8, 1, false},
		{true, MaxPageRows*mostAlone/8 + 1, 1, true},
		{false, rankedRows, 31, false},
		{false, rankedRows + 1, 31, false},
		{false, MaxPageRows * mostAlone / 8, 1, false},
		{false, MaxPageRows*mostAlone/8 + 1, 1, true},
	} {
		b := r.Block(p)
		b.Once = c.once
		r.placesOf(nameEventData).joined.Store(0)
		for i := range c.wanted {
			b.Wanted = append(b.Wanted, uint16(MaxPageRows-1-i*c.step)) // backwards
		}
		recs := []*counterfoil.Record{{}, {}}
		var reads int64
		for k, rows := range [][]uint16{b.Wanted[:2], b.Wanted[len(b.Wanted)-2:], b.Wanted[1:3]} {
			if err := b.Records(rows, recs); err != nil {
				t.Fatal(err)
			}
			for j, i := range rows {
				if string(recs[j].EventData) != want.Values[i] {
					t.Errorf("page %d: row %d of %+v is %q, want %q", p, i, c, recs[j].EventData, want.Values[i])
				}
			}
			if k == 0 {
				reads = r.reads.Load()
			} else if r.reads.Load() > reads {
				t.Errorf("page %d was read again for %+v", p, c)
			}
		}
		if whole := r.placesOf(nameEventData).pages[p].Load() != nil; whole != c.whole {
			t.Errorf("page %d is in memory: %v, with %+v", p, whole, c)
		}
		if err := b.Records([]uint16{0}, recs[:1]); (err == nil) != c.whole {
			t.Errorf("page %d, a row that was not to be wanted, with %+v: %v", p, c, err)
		}
		r.cache.Drop(r)
	}
}

// openWhole gives a reader of recs whose event data are not split.
func openWhole(t *testing.T, recs []counterfoil.Record) *Reader {
	t.Helper()
	var buf bytes.Buffer
	meta := Meta{Trail: counterfoil.TrailID{1}, SplitRows: MaxRows + 1}
	if _, err := Write(&buf, meta, rowsOf(meta.Trail, recs)); err != nil {
		t.Fatal(err)
	}
	r, err := Open(bytes.NewReader(buf.Bytes()), int64(buf.Len()), NewCache(1<<30))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// eachRow calls f with each row of each page, and its number.
func eachRow(t *testing.T, r *Reader, f func(b *Block, i int, seq int64)) {
	t.Helper()
	for p := range r.Pages() {
		b := r.Block(p)
		seqs, err := b.Seq()
		if err != nil {
			t.Fatal(err)
		}
		for i, seq := range seqs {
			f(b, i, seq)
		}
	}
}

// A footer that has gone from memory is read again, and what is read then is the same.
func TestFooterGoes(t *testing.T) {
	recs := splitRecords(rand.New(rand.NewPCG(7, 3)), 3*MaxPageRows)
	r := roundTrip(t, recs)
	opened := r.foot.Load()
	if opened == nil {
		t.Fatal("the footer is not in memory")
	}
	for range 3 {
		r.cache.Drop(r)
		if r.foot.Load() != nil {
			t.Fatal("the footer stayed in memory")
		}
		done := r.Together()
		eachRow(t, r, func(b *Block, i int, seq int64) {
			var rec counterfoil.Record
			if err := b.Record(i, &rec); err != nil || rec.EventData != recs[seq].EventData {
				t.Fatalf("row %d of page %d: %v\ngot  %s\nwant %s", i, b.page, err, rec.EventData, recs[seq].EventData)
			}
		})
		done()
		if r.foot.Load() == nil || r.held != nil {
			t.Error("the footer is not in the cache, or beside it")
		}
	}
}

// A question that reads more than the cache has room for, again and again, finds a good part of it there; without room for its dictionary
// no page is kept, and what it gives is the same.
func TestCacheOfTooMuch(t *testing.T) {
	const limit, size, n = 1 << 20, 1 << 14, 100 // half as much again as there is room for
	c := NewCache(limit)
	all := make([]place, n)
	hits := 0
	for round := range 60 {
		for i := range all {
			if all[i].get() != nil {
				hits++
			} else {
				c.put(&all[i], &cached{v: i, size: size})
			}
			if c.size > limit {
				t.Fatalf("%d bytes of %d", c.size, limit)
			}
		}
		if round == 29 {
			hits = 0 // of the second half
		}
	}
	if most := 30 * limit / size; hits < most/3 {
		t.Errorf("%d of at most %d were found", hits, most)
	}
	spare := place{}
	if c.put(&spare, &cached{v: "", size: size, spare: true}) {
		t.Error("what is spare is kept though the cache is full")
	}
}

// Readers whose cache keeps nothing give the same, and keep nothing themselves when they have read.
func TestNothingKept(t *testing.T) {
	recs := splitRecords(rand.New(rand.NewPCG(7, 4)), 3*MaxPageRows)
	r := roundTrip(t, recs)
	r.cache.Drop(r)
	r.cache.Lend(r.cache.limit) // nothing is left
	for range 2 {
		done := r.Together()
		eachRow(t, r, func(b *Block, i int, seq int64) {
			users, err := b.Text(filter.ColUser)
			if err != nil {
				t.Fatal(err)
			}
			if users.At(i) != recs[seq].User {
				t.Fatalf("row %d of page %d has the user %q, want %q", i, b.page, users.At(i), recs[seq].User)
			}
		})
		done()
		if len(r.dicts) > 0 || r.held != nil || r.cache.order.Len() > 0 {
			t.Errorf("%d dictionaries and %d things are kept", len(r.dicts), r.cache.order.Len())
		}
	}
	r.cache.Lend(-r.cache.limit)
	if r.cache.size != 0 {
		t.Errorf("%d bytes are lent for ever", r.cache.size)
	}
}
