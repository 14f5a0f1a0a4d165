package segment

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
)

// find marks every row that holds the needle, whatever it marks besides.
func TestFind(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		rows := make([]string, 1+rng.IntN(6))
		for i := range rows {
			for range rng.IntN(5) {
				rows[i] += string(rune('a' + rng.IntN(2)))
			}
		}
		needle := "ab"[rng.IntN(2):] + "ba"[rng.IntN(2):]
		all := strings.Join(rows, "")
		for rare := range needle {
			if got, want := index(all, needle, rare), strings.Index(all, needle); got != want {
				t.Fatalf("%q in %q by its byte %d: at %d, want %d", needle, all, rare, got, want)
			}
		}
		hit := make([]bool, len(rows))
		within(all, len(rows), func(i int) int { return len(rows[i]) }, needle, false, func(row int) { hit[row] = true })
		at := 0
		for i, r := range rows {
			begins := strings.Contains(all[at:min(len(all), at+len(r)+len(needle)-1)], needle) && r != ""
			if strings.Contains(r, needle) && !hit[i] || hit[i] && !begins {
				t.Fatalf("%q in %q: row %d is %v", needle, rows, i, hit[i])
			}
			at += len(r)
		}
	}
}

// With fold, within marks every row that holds the needle in any case, and every row with a byte above 0x7f.
func TestFindFold(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	alphabet := []string{"a", "A", "b", "B", "7", "é", "K", "-"}
	for range 20000 {
		rows := make([]string, 1+rng.IntN(6))
		for i := range rows {
			for range rng.IntN(40) {
				rows[i] += alphabet[rng.IntN(len(alphabet)-2*rng.IntN(2))]
			}
		}
		needle := "ab7"[rng.IntN(3):] + "7ba"[rng.IntN(3):]
		all := strings.Join(rows, "")
		hit := make([]bool, len(rows))
		within(all, len(rows), func(i int) int { return len(rows[i]) }, needle, true, func(row int) { hit[row] = true })
		at := 0
		for i, r := range rows {
			high := strings.IndexFunc(r, func(c rune) bool { return c > 0x7f }) >= 0
			begins := strings.Contains(strings.ToLower(all[at:min(len(all), at+len(r)+len(needle)-1)]), needle) && r != ""
			if must := strings.Contains(strings.ToLower(r), needle) || high; must && !hit[i] || hit[i] && !begins && !high {
				t.Fatalf("%q in %q: row %d is %v", needle, rows, i, hit[i])
			}
			at += len(r)
		}
	}
}

// twoPages is a segment of random records of which nothing is in memory.
func twoPages(t *testing.T, rng *rand.Rand) *Reader {
	t.Helper()
	var recs []counterfoil.Record
	for i := range MaxPageRows + 100 {
		recs = append(recs, filtertest.RandomRecord(rng, uint64(i)))
	}
	r := roundTrip(t, recs)
	r.cache.Drop(r)
	return r
}

// TestSome: values of some rows are those that the text has, and leave nothing in memory; they come so once, or as often as is asked.
func TestSome(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 8))
	r := twoPages(t, rng)
	for p := range r.Pages() {
		var rows []uint16
		for i := range min(MaxPageRows, r.Rows-p*MaxPageRows) {
			if rng.IntN(mostFew) > 0 { // more than few
				rows = append(rows, uint16(i))
			}
		}
		got := map[uint16]string{}
		once := true
		some := func() (bool, error) {
			b := r.Block(p)
			b.Once = once
			return b.Some(filter.ColEventData, rows, func(i uint16, v string) error { got[i] = strings.Clone(v); return nil })
		}
		if ok, err := some(); !ok || err != nil || len(got) != len(rows) {
			t.Fatalf("page %d: %v, %v, %d of %d rows", p, ok, err, len(got), len(rows))
		}
		if ok, err := some(); !ok || err != nil {
			t.Fatalf("page %d: what was asked for once is in memory: %v, %v", p, ok, err)
		}
		once = false
		if ok, err := some(); !ok || err != nil {
			t.Fatalf("page %d is asked for the first time to keep it: %v, %v", p, ok, err)
		}
		if ok, err := some(); ok || err != nil {
			t.Fatalf("page %d is asked for the second time: %v, %v", p, ok, err)
		}
		text, err := r.Block(p).Text(filter.ColEventData)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if text.At(int(i)) != v {
				t.Fatalf("page %d, row %d: %q, want %q", p, i, v, text.At(int(i)))
			}
		}
		if ok, err := some(); ok || err != nil {
			t.Errorf("page %d is in memory, and read: %v, %v", p, ok, err)
		}
		for _, col := range []filter.Column{filter.ColUser, filter.ColTime} {
			if ok, err := r.Block(p).Some(col, rows, func(uint16, string) error { t.Error("called"); return nil }); ok || err != nil {
				t.Errorf("%s: %v, %v", filter.ColumnNames[col], ok, err)
			}
		}
	}
}

// TestFindKeeps: a page that is looked through again is kept, not one of too many, and the hits are the same.
func TestFindKeeps(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 9))
	r := twoPages(t, rng)
	for p := range r.Pages() {
		var want []int
		for i, step := range []struct{ once, kept bool }{{true, false}, {false, false}, {true, false}, {false, true}, {true, true}, {false, true}} {
			b := r.Block(p)
			b.Once = step.once
			var hits []int
			if ok, err := b.Find(filter.ColEventData, `":`, false, func(row int) { hits = append(hits, row) }); !ok || err != nil {
				t.Fatalf("page %d, question %d: %v, %v", p, i, ok, err)
			}
			if i == 0 {
				want = hits
			}
			if len(hits) == 0 || !slices.Equal(hits, want) {
				t.Errorf("page %d, question %d: %d hits, want %d", p, i, len(hits), len(want))
			}
			if kept := r.placesOf("event_data").pages[p].Load() != nil; kept != step.kept {
				t.Errorf("page %d, question %d: in memory: %v", p, i, kept)
			}
		}
	}
}
