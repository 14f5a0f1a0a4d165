package segment

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
)

// TestRoundTrip writes records of every kind, hostile strings and all, and reads the same ones.
func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 100, MaxPageRows, MaxPageRows + 1, 3*MaxPageRows + 77} {
		var recs []counterfoil.Record
		for i := range n {
			r := filtertest.RandomRecord(rng, 1000+uint64(i))
			if i%3 > 0 {
				r.AID = counterfoil.AID{}
			}
			switch i % 7 {
			case 1:
				r.User, r.Raw = "bad\xff\xfebytes", "\x00\xff"
			case 2:
				r.Object.Name = "/line\nfeed\x00\xc3"
			}
			recs = append(recs, r)
		}
		roundTrip(t, recs)
	}
}

// TestSignatureHoldsEveryKey asks the index for what the records have: a page may be named in vain, never missed.
func TestSignatureHoldsEveryKey(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var recs []counterfoil.Record
	for i := range 3*MaxPageRows + 5 {
		r := filtertest.RandomRecord(rng, uint64(i))
		r.EventData = counterfoil.JSON(fmt.Sprintf(`{"word":"unique%d"}`, i))
		recs = append(recs, r)
	}
	r := roundTrip(t, recs)
	inVain := 0
	for p := range r.Pages() {
		b := r.Block(p)
		for i := range b.Rows() {
			var rec counterfoil.Record
			if err := b.Record(i, &rec); err != nil {
				t.Fatal(err)
			}
			pages := r.Index.mayHave(filter.HashToken(fmt.Sprintf("unique%d", rec.Seq)))
			if pages>>p&1 == 0 {
				t.Fatalf("record %d of page %d is missed", rec.Seq, p)
			}
			inVain += len(fmt.Sprintf("%b", pages)) - 1
			for _, c := range textColumns {
				if v := c.get(&rec); r.Index.mayHaveValue(r.Trail, c.col, v)>>p&1 == 0 {
					t.Fatalf("record %d: %s = %q is missed", rec.Seq, c.name, v)
				}
			}
			if r.Index.mayHaveValue(r.Trail, filter.ColAID, rec.AID.String())>>p&1 == 0 {
				t.Fatalf("record %d: its aid is missed", rec.Seq)
			}
		}
	}
	absent := 0
	for i := range 2000 {
		if r.Index.mayHave(filter.HashToken(fmt.Sprintf("absent%d", i))) != 0 {
			absent++
		}
	}
	if absent > 2000*len(r.Index.Pages)*5/100 {
		t.Errorf("%d of 2000 absent words are looked for", absent)
	}
}

// TestDamagedFilesGiveErrors flips bits and cuts: no panic, no silence in the index.
func TestDamagedFilesGiveErrors(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var recs []counterfoil.Record
	for i := range 300 {
		recs = append(recs, filtertest.RandomRecord(rng, uint64(i)))
	}
	var buf bytes.Buffer
	x, err := Write(&buf, Meta{}, rowsOf(counterfoil.TrailID{}, recs))
	if err != nil {
		t.Fatal(err)
	}
	for range 400 {
		b := bytes.Clone(buf.Bytes())
		b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		if rng.IntN(4) == 0 {
			b = b[:rng.IntN(len(b))]
		}
		readAll(b) // an error or other records: the digest in the seal tells; here only that it ends
	}
	idx := x.Marshal()
	for i := range idx {
		b := bytes.Clone(idx)
		b[i] ^= 1 << (i % 8)
		if err := readIndex(b); err == nil {
			t.Fatalf("byte %d of the index: damage is not seen", i)
		}
		if err := readIndex(idx[:i]); err == nil {
			t.Fatalf("an index of %d bytes is taken", i)
		}
	}
}

// readIndex reads all of an index file.
func readIndex(b []byte) error {
	x, err := openIndex(b)
	if err != nil {
		return err
	}
	for _, s := range []*signature{&x.bits, &x.grams.signature} {
		for n := range s.blocks {
			if _, err := s.block(n, new([blockBytes]byte)); err != nil {
				return err
			}
		}
	}
	return nil
}

// TestDamageHidesNothing damages the signature and the grams: the index is made again, once, and where it cannot be, all pages may match.
func TestDamageHidesNothing(t *testing.T) {
	var recs []counterfoil.Record
	for i := range 2*MaxPageRows + 1 {
		recs = append(recs, filtertest.RandomRecord(rand.New(rand.NewPCG(9, uint64(i))), uint64(i)))
	}
	x, err := Write(io.Discard, Meta{}, rowsOf(counterfoil.TrailID{}, recs))
	if err != nil {
		t.Fatal(err)
	}
	b := x.Marshal()
	for i := len(b) - len(x.bits.data) - len(x.grams.data); i < len(b); i += blockBytes / 2 {
		b[i] ^= 1
	}
	for _, mended := range []*Index{x, nil} {
		calls := 0
		y, err := OpenIndex(bytes.NewReader(b), int64(len(b)), NewCache(1<<20), func(damage error) *Index {
			if calls++; !strings.Contains(damage.Error(), "has the checksum") {
				t.Errorf("damage: %v", damage)
			}
			return mended
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			h := filter.HashToken(fmt.Sprint("absent", i))
			want := x.allPages()
			if mended != nil {
				want = x.mayHave(h)
			}
			if got := y.mayHave(h); got != want {
				t.Fatalf("mended %v: pages %b, want %b", mended != nil, got, want)
			}
			gram := rand.Uint32()
			if mended != nil {
				want = x.MayHave(counterfoil.TrailID{}, gramKey(gram))
			}
			if got := y.MayHave(counterfoil.TrailID{}, gramKey(gram)); got != want {
				t.Fatalf("mended %v: pages with a gram %b, want %b", mended != nil, got, want)
			}
		}
		if calls != 1 {
			t.Errorf("it was made again %d times", calls)
		}
	}
}

func gramKey(gram uint32) filter.Key { return filter.Key{Kind: filter.KeyGram, Hash: uint64(gram)} }

func readAll(b []byte) {
	r, err := Open(bytes.NewReader(b), int64(len(b)), NewCache(1<<20))
	if err != nil {
		return
	}
	for p := range r.Pages() {
		blk := r.Block(p)
		for i := range blk.Rows() {
			var rec counterfoil.Record
			if blk.Record(i, &rec) != nil {
				break
			}
		}
	}
}
