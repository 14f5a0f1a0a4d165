package search

import (
	"runtime"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// A question holds the pages of the file whose records it gives out, and of the next: not those of the files before.
func TestFilesLetGo(t *testing.T) {
	const files, pages = 8, 2
	v := bulkOn(t, disktest.New(), trail.Options{CacheBytes: 1 << 20}, files, pages, large)
	r, err := v.Segments[0].Reader()
	if err != nil {
		t.Fatal(err)
	}
	file := r.PageUnpacked() * int64(r.Pages())
	alive := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before, most := alive(), int64(0)
	all := v.Size()
	for _, ask := range []func(yield func() bool) (Stats, error){
		func(yield func() bool) (Stats, error) {
			return Run(t.Context(), v, Query{}, func(*counterfoil.Record) bool { return yield() })
		},
		func(yield func() bool) (Stats, error) {
			return Lines(t.Context(), v, Query{}, func(Line) bool { return yield() })
		},
	} {
		n := uint64(0)
		if _, err := ask(func() bool {
			if n++; n == all-1 {
				most = max(most, alive())
			}
			return true
		}); err != nil || n != all {
			t.Fatalf("%d records of %d: %v", n, all, err)
		}
	}
	if more := most - before; more > 4*file {
		t.Errorf("at the end of %d files the question has %d bytes more than before, a file has %d", files, more, file)
	}
}
