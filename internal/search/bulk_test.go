package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// bulk is a trail of files of several pages, with a user for each third record.
func bulk(t *testing.T, files, pages int, data func(seq uint64) counterfoil.JSON) *trail.View {
	t.Helper()
	return bulkOn(t, disktest.New(), trail.Options{}, files, pages, data)
}

func bulkOn(t *testing.T, fs disk.FS, opts trail.Options, files, pages int, data func(seq uint64) counterfoil.JSON) *trail.View {
	t.Helper()
	rows := pages * segment.MaxPageRows
	opts.SegmentRows = rows
	tr, err := trail.OpenFS(fs, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	for n := range files {
		var events []counterfoil.Event
		for i := range rows {
			seq := n*rows + i
			e := counterfoil.Event{Major: 1, Time: counterfoil.Time(seq+1) * counterfoil.Time(time.Second), Service: "APP", Name: "X", User: fmt.Sprint("user", seq/3*7919%10007)}
			e.EventData = data(uint64(seq))
			events = append(events, e)
		}
		if _, err := tr.Append(t.Context(), "in", events); err != nil {
			t.Fatal(err)
		}
		if err := tr.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return tr.View()
}

// large is data of which a file has more than may be unpacked.
func large(seq uint64) counterfoil.JSON {
	return counterfoil.JSON(fmt.Sprintf(`{"n":"%d","x":"%s"}`, seq, strings.Repeat("x", fewBytes/segment.MaxPageRows)))
}

// small is data of which a batch is gathered.
func small(seq uint64) counterfoil.JSON {
	return counterfoil.JSON(fmt.Sprintf(`{"n":"%d","x":"%s"}`, seq, strings.Repeat("y", int(seq%97))))
}

// What is made only when its turn comes is the same, in the same order.
func TestBulk(t *testing.T) {
	const files, pages = 5, 2
	v := bulk(t, files, pages, large)
	for _, s := range v.Segments {
		if r, err := s.Reader(); err != nil || r.PageUnpacked()*int64(r.Pages()) <= fewBytes || r.Pages() <= 2 {
			t.Fatalf("%s has %d pages of %d bytes: %v", s.Name(), r.Pages(), r.PageUnpacked(), err)
		}
	}
	comesWhole(t, v, files, pages, large)
}

// Records that are gathered come whole and in order, over several batches of a file and several files.
func TestBatches(t *testing.T) {
	const files, pages = 2, 5
	if pages*segment.MaxPageRows <= 2*batchRows {
		t.Fatalf("%d pages are no more than two batches", pages)
	}
	comesWhole(t, bulk(t, files, pages, small), files, pages, small)
}

func comesWhole(t *testing.T, v *trail.View, files, pages int, data func(seq uint64) counterfoil.JSON) {
	t.Helper()
	size := int(v.Size())
	if len(v.Segments) != files || size != files*pages*segment.MaxPageRows {
		t.Fatalf("%d files of %d records", len(v.Segments), size)
	}
	n := filter.Contains{Field: filter.Field{Column: filter.ColEventData}, Text: `"n"`}
	for _, q := range []Query{{Oldest: true}, {}, {Filter: n}, {Filter: n, Oldest: true, Limit: size/2 + 1}} {
		want, step := uint64(0), uint64(1)
		if !q.Oldest {
			want, step = uint64(size-1), ^uint64(0)
		}
		got := 0
		_, err := Run(context.Background(), v, q, func(r *counterfoil.Record) bool {
			if r.Seq != want || r.EventData != data(want) {
				t.Fatalf("record %d with %.20s came, want %d", r.Seq, r.EventData, want)
			}
			want, got = want+step, got+1
			return true
		})
		all := size
		if q.Limit > 0 {
			all = q.Limit
		}
		if err != nil || got != all {
			t.Errorf("%+v: %d records, want %d; %v", q, got, all, err)
		}
		linesAre(t, v, q)
	}
}

// counted counts the bytes that are read.
type counted struct {
	disk.FS
	bytes atomic.Int64
}

type countedFile struct {
	disk.File
	of *counted
}

func (c *counted) Open(name string, write bool) (disk.File, error) {
	f, err := c.FS.Open(name, write)
	return countedFile{f, c}, err
}

func (f countedFile) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(p, off)
	f.of.bytes.Add(int64(n))
	return n, err
}

// Of a file whose records are not asked for, because those before it have as many as are wanted, only what the filter looks at is read.
func TestReadsNoMoreThanAsked(t *testing.T) {
	const pages, data = 2, 200 // bytes that no compression takes away
	random := func(seq uint64) counterfoil.JSON {
		rng := rand.New(rand.NewPCG(seq, 1))
		b := make([]byte, data)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return counterfoil.JSON(fmt.Sprintf(`{"x":"%x"}`, b))
	}
	const rows = pages * segment.MaxPageRows
	for files, limit := range map[int]int{1: rows, 2: rows + 1} {
		fs := &counted{FS: disktest.New()}
		v := bulkOn(t, fs, trail.Options{}, 3, pages, random)
		before, n := fs.bytes.Load(), 0
		if _, err := Run(t.Context(), v, Query{Limit: limit}, func(*counterfoil.Record) bool { n++; return true }); err != nil || n != limit {
			t.Fatalf("%d records, want %d: %v", n, limit, err)
		}
		if read := fs.bytes.Load() - before; read < int64(files*rows*data) || read > int64(files*rows*data)*3/2 {
			t.Errorf("%d records of %d files: %d bytes were read, of %d that a file has of data", limit, files, read, rows*data)
		}
	}
}

// Of many groups the largest come, though not all were listed at once.
func TestCountTop(t *testing.T) {
	v := bulk(t, 4, 2, large)
	by := By{Field: filter.Field{Column: filter.ColUser}}
	all, _, err := Count(t.Context(), v, Query{}, by)
	if err != nil || len(all[0]) < 5000 {
		t.Fatalf("%d groups, %v", len(all[0]), err)
	}
	by.Top = 5
	top, _, err := Count(t.Context(), v, Query{}, by)
	if err != nil || fmt.Sprint(top[0]) != fmt.Sprint(all[0][:5]) {
		t.Errorf("the top is %v, %v, want %v", top[0], err, all[0][:5])
	}
}

// Groups keep no page and no dictionary in memory, of which their keys were parts.
func TestCountLetsGo(t *testing.T) {
	v := bulk(t, 1, 2, large)
	r, err := v.Segments[0].Reader()
	if err != nil {
		t.Fatal(err)
	}
	text := func(p int, col filter.Column) *segment.Text {
		t.Helper()
		x, err := r.Block(p).Text(col)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	var pages []*segment.Text
	for range 2 { // what is looked at twice is kept
		pages = pages[:0]
		for p := range r.Pages() {
			pages = append(pages, text(p, filter.ColEventData), text(p, filter.ColUser))
		}
	}
	by := []By{{Field: filter.Field{Column: filter.ColEventData, Path: []string{"n"}}}, {Field: filter.Field{Column: filter.ColUser}}}
	groups, _, err := Count(t.Context(), v, Query{}, by...)
	if err != nil || len(groups[0]) != 2*segment.MaxPageRows || len(groups[1]) < 1000 {
		t.Fatalf("%d and %d groups: %v", len(groups[0]), len(groups[1]), err)
	}
	if text(0, filter.ColEventData) != pages[0] {
		t.Fatal("the pages that were counted are not those that are looked at")
	}
	within := func(s string, of string) bool {
		at, from := uintptr(unsafe.Pointer(unsafe.StringData(s))), uintptr(unsafe.Pointer(unsafe.StringData(of)))
		return of != "" && at >= from && at < from+uintptr(len(of))
	}
	for i := range groups {
		for _, b := range groups[i] {
			for _, p := range pages {
				if within(b.Key, p.All) || slices.ContainsFunc(p.Dict.Words(), func(d string) bool { return within(b.Key, d) }) {
					t.Fatalf("group %d, %q, is part of a page", i, b.Key)
				}
			}
		}
	}
}
