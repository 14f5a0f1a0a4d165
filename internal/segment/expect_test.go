package segment

import (
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/pagefile"
)

// expecting is a file that notes what it is told and what is read.
type expecting struct {
	io.ReaderAt
	told [][2]int64
	read [][2]int64
}

func (e *expecting) Expect(offset, size int64) {
	e.told = append(e.told, [2]int64{offset, offset + size})
}

func (e *expecting) ReadAt(p []byte, at int64) (int, error) {
	n, err := e.ReaderAt.ReadAt(p, at)
	e.read = append(e.read, [2]int64{at, at + int64(n)})
	return n, err
}

// TestExpect: what is expected of a column is where its pages are read.
func TestExpect(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var recs []counterfoil.Record
	for i := range 2*MaxPageRows + 9 {
		recs = append(recs, filtertest.RandomRecord(rng, uint64(i)))
	}
	var buf bytes.Buffer
	if _, err := Write(&buf, Meta{}, rowsOf(counterfoil.TrailID{}, recs)); err != nil {
		t.Fatal(err)
	}
	f := &expecting{ReaderAt: bytes.NewReader(buf.Bytes())}
	r, err := Open(f, int64(buf.Len()), NewCache(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.told) != 1 || f.told[0][1] != int64(buf.Len()) {
		t.Fatalf("at opening: told %v of %d bytes", f.told, buf.Len())
	}
	inside := func(at int64) bool {
		return slices.ContainsFunc(f.told, func(x [2]int64) bool { return at >= x[0] && at < x[1] })
	}
	fill := func(p int, set Columns) {
		t.Helper()
		var rec counterfoil.Record
		if err := r.Block(p).Fill(0, &rec, set); err != nil {
			t.Fatal(err)
		}
	}
	for _, col := range []filter.Column{filter.ColEventData, filter.ColEvent, filter.ColTime} {
		set := Columns(0).With(col)
		for _, pages := range []uint64{0b111, 0b10, 0b101} {
			f.told, f.read = nil, nil
			r.cache.Drop(r)
			r.dicts, r.told = map[string]*Dict{}, [len(r.told)]expected{}
			if r.Expect(set, pages); len(f.told) == 0 {
				t.Fatalf("%s: told nothing", filter.ColumnNames[col])
			}
			told := len(f.told)
			if r.Expect(set, pages); len(f.told) != told {
				t.Errorf("%s, pages %b: the disk is told again what it was told", filter.ColumnNames[col], pages)
			}
			r.Expect(AllColumns&^set, 0b010)
			told = len(f.told)
			if r.Expect(set, pages); len(f.told) != told {
				t.Errorf("%s, pages %b: the disk is told again, because it was told something else", filter.ColumnNames[col], pages)
			}
			for p := range r.Pages() {
				if pages>>p&1 != 0 {
					fill(p, set)
				}
			}
			for _, x := range f.read {
				if !inside(x[0]) && x[0] < int64(buf.Len())-pagefile.TailBytes {
					t.Errorf("%s, pages %b: expected %v, read %v", filter.ColumnNames[col], pages, f.told, f.read)
				}
			}
			if r.Expect(set, pages); len(f.told) != told {
				t.Errorf("%s, pages %b: the disk is told of what is in memory", filter.ColumnNames[col], pages)
			}
			r.cache.Drop(r)
			if r.Expect(set, pages); len(f.told) == told {
				t.Errorf("%s, pages %b: the disk is not told again after all was read, and has gone from memory", filter.ColumnNames[col], pages)
			}
		}
	}
}
