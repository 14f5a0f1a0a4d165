package segment

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
)

// TestGramsOfPages: each page has the grams of all tokens of its records, taken plainly; of their bits a third is set at the
// most, and of half as many rows it would be more; of other grams a page has at most that share.
func TestGramsOfPages(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 300, 3*MaxPageRows + 5} {
		recs := make([]counterfoil.Record, n)
		for i := range recs {
			recs[i] = filtertest.RandomRecord(rand.New(rand.NewPCG(11, uint64(i))), uint64(i))
			recs[i].User = strings.Repeat(string(rune('a'+rng.IntN(26))), 3) + recs[i].User + randomWord(rng)
		}
		r := roundTrip(t, recs)
		x, other, told := r.Index, 0, 0
		for p := range r.Pages() {
			b, has := r.Block(p), map[uint32]bool{}
			for i := range b.Rows() {
				var rec counterfoil.Record
				if err := b.Record(i, &rec); err != nil {
					t.Fatal(err)
				}
				addGrams(has, &rec)
			}
			for gram := range has {
				if x.MayHave(counterfoil.TrailID{}, gramKey(gram))>>p&1 == 0 {
					t.Fatalf("page %d of %d records has the gram %q, and the index does not know", p, n, binary.LittleEndian.AppendUint32(nil, gram))
				}
			}
			for range 1000 {
				if gram := rng.Uint32(); !has[gram] {
					other++
					told += int(x.MayHave(counterfoil.TrailID{}, gramKey(gram)) >> p & 1)
				}
			}
		}
		if share := density(&x.grams.signature); share > 0.34 || x.grams.n > fewestGramRows && share < 0.12 {
			t.Errorf("%d records: the rows of grams are filled to %.2f", n, share)
		}
		if float64(told) > 0.4*float64(other) {
			t.Errorf("%d records: %d of %d grams that pages do not have are said to be there", n, told, other)
		}
	}
}

func randomWord(rng *rand.Rand) string {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte('a' + rng.IntN(26))
	}
	return string(b)
}

// addGrams takes the grams of what is searched of a record, token by token.
func addGrams(has map[uint32]bool, rec *counterfoil.Record) {
	filter.SearchedTexts(rec, func(c filter.Column, text string) bool {
		filter.Tokens(text, c == filter.ColSvcData || c == filter.ColEventData, func(token string) bool {
			for b := []byte(strings.Map(unicode.ToLower, token)); len(b) >= 4; b = b[1:] {
				has[binary.LittleEndian.Uint32(b)] = true
			}
			return true
		})
		return true
	})
}

// TestGramRows folds sets as finish does, and compares with setting bits modulo the rows.
func TestGramRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, each := range []int{0, 10, 500, 20_000, 300_000} {
		var b gramBuilder
		var places [3][]uint32
		for p := range places {
			set := b.page()
			for range each * (p + 1) / 2 {
				place := filter.GramPlace(rng.Uint32())
				set[place>>6] |= 1 << (place & 63)
				places[p] = append(places[p], place)
			}
		}
		n, data := b.finish()
		g := grams{}
		if !g.setRows(3, n) {
			t.Fatalf("%d rows", n)
		}
		g.data = data
		want := make([]uint64, n)
		for p, list := range places {
			for _, place := range list {
				want[uint64(place)&(n-1)] |= 1 << p
			}
		}
		set := 0
		for r, w := range want {
			block, err := g.block(uint64(r)/g.rows, nil)
			if err != nil || bitsAt(block, uint64(r)%g.rows*g.width)&7 != w {
				t.Fatalf("%d a page: row %d differs, %v", each, r, err)
			}
			set += bits.OnesCount64(w)
		}
		if n < mostGramRows && uint64(set)*3 > n*3 {
			t.Errorf("%d a page: %d of %d bits are set", each, set, n*3)
		}
	}
}
