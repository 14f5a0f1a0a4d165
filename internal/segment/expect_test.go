package segment

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
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
	for i := range 2*PageRows + 9 {
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
	for _, col := range []filter.Column{filter.ColEventData, filter.ColEvent, filter.ColTime} {
		f.told, f.read = nil, nil
		if r.Expect(Columns(0).With(col)); len(f.told) != 1 {
			t.Fatalf("%s: told %v", filter.ColumnNames[col], f.told)
		}
		for p := range r.Pages() {
			var rec counterfoil.Record
			if err := r.Block(p).Fill(0, &rec, Columns(0).With(col)); err != nil {
				t.Fatal(err)
			}
		}
		inside := 0
		for _, x := range f.read {
			if x[0] >= f.told[0][0] && x[0] < f.told[0][1] {
				inside++
			}
		}
		if inside < r.Pages() {
			t.Errorf("%s: expected %v, read %v", filter.ColumnNames[col], f.told, f.read)
		}
	}
}
