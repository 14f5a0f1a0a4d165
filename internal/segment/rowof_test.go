package segment

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
)

// TestRowOf: every number of a segment has its row, and no other number has one.
func TestRowOf(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 14))
	var recs []counterfoil.Record
	has := map[uint64]bool{}
	for seq := uint64(1000); len(recs) < MaxPageRows+300; seq += 1 + rng.Uint64N(2) {
		recs = append(recs, filtertest.RandomRecord(rng, seq))
		has[seq] = true
	}
	var file bytes.Buffer
	if _, err := Write(&file, Meta{}, rowsOf(counterfoil.TrailID{}, recs)); err != nil {
		t.Fatal(err)
	}
	r, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()), NewCache(64<<20))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // from the file, and from memory
		for seq := r.First - 2; seq <= r.Last+2; seq++ {
			page, row, ok, err := r.RowOf(seq)
			if err != nil || ok != has[seq] {
				t.Fatalf("record %d: %v, %v", seq, ok, err)
			}
			var rec counterfoil.Record
			if ok {
				if err := r.Block(page).Record(row, &rec); err != nil || rec.Seq != seq {
					t.Fatalf("in the place of record %d is %d: %v", seq, rec.Seq, err)
				}
			}
		}
	}
	r.cache.Drop(r)
	if r.cache.size != 0 || r.rows.get() != nil {
		t.Errorf("%d bytes stay of what is gone", r.cache.size)
	}
	r.Last = r.First + MaxRows
	if _, _, _, err := r.RowOf(r.First); err == nil {
		t.Error("more numbers than a segment has are no mistake")
	}
}
