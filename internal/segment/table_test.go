package segment

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
)

// TestTable adds random records and takes some of them back: the rows are those that stayed, rows given before do not
// change, and a segment written from the table has the bytes of one that never saw what was taken back.
func TestTable(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 24 {
		tab := NewTable(counterfoil.TrailID{1})
		var want, before []counterfoil.Record
		var given *Rows
		for step := range 8 {
			m := tab.Mark()
			n := len(want)
			var more []counterfoil.Record
			for range 1 + rng.IntN(700) {
				r := filtertest.RandomRecord(rng, uint64(len(want)+len(more)))
				r.AID = counterfoil.AID{byte(rng.IntN(2)), 2}
				if rng.IntN(2) == 0 {
					r.AID = counterfoil.DeriveAID(counterfoil.TrailID{1}, r.Seq)
				}
				if step == 0 {
					r = counterfoil.Record{Event: counterfoil.Event{Major: 1, AID: r.AID, Time: r.Time, Service: "S", Name: "E"}, Seq: r.Seq}
				}
				more = append(more, r)
			}
			want = append(want, more...)
			for at := range slices.Chunk(more, 1+rng.IntN(100)) {
				tab.Append(at...)
			}
			if rng.IntN(2) == 0 {
				tab.Cut(m)
				want = want[:n]
			} else if given == nil {
				given, before = tab.Rows(), append([]counterfoil.Record(nil), want...)
			}
		}
		same(t, tab.Rows(), want)
		anew := NewTable(counterfoil.TrailID{1})
		for i := range want { // one by one
			anew.Append(want[i])
		}
		if tab.Bytes() != anew.Bytes() {
			t.Fatalf("%d records are said to take %d bytes; without what was taken back %d", len(want), tab.Bytes(), anew.Bytes())
		}
		if given != nil {
			same(t, given, before)
		}
		if len(want) == 0 {
			continue
		}
		var got, plain bytes.Buffer
		x, err := Write(&got, Meta{Trail: counterfoil.TrailID{1}}, tab.Rows())
		if err != nil {
			t.Fatal(err)
		}
		y, err := Write(&plain, Meta{Trail: counterfoil.TrailID{1}}, rowsOf(counterfoil.TrailID{1}, want))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x.Marshal(), y.Marshal()) || !bytes.Equal(got.Bytes(), plain.Bytes()) {
			t.Fatal("what was taken back left something in the segment")
		}
	}
}

// same checks rows against records, and that they share no memory with what they were made from.
func same(t *testing.T, rows *Rows, want []counterfoil.Record) {
	t.Helper()
	if rows.Len() != len(want) {
		t.Fatalf("%d rows, want %d", rows.Len(), len(want))
	}
	var rec counterfoil.Record
	for i := range want {
		if err := rows.Record(i, &rec); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(rec, want[i]) {
			t.Fatalf("row %d\ngot  %+v\nwant %+v", i, rec, want[i])
		}
	}
}

// TestKeepAID: the row that has an identifier is found, whether a sender gave it or the trail derived it, in a head of which all rows, some or none were
// given one, and in a file.
func TestKeepAID(t *testing.T) {
	trail, n := counterfoil.TrailID{1, 2, 3}, MaxPageRows+100
	for _, every := range []int{0, 1, 3} {
		recs := splitRecords(rand.New(rand.NewPCG(8, 1)), n)
		for i := range recs {
			recs[i].Seq = uint64(i)
			recs[i].AID = counterfoil.DeriveAID(trail, recs[i].Seq)
			if every > 0 && i%every == 0 {
				recs[i].AID = counterfoil.AID{byte(i), byte(i >> 8), 0xff, byte(every)}
			}
		}
		rows := rowsOf(trail, recs)
		r := roundTrip(t, recs)
		for name, blocks := range map[string][]*Block{"head": {rows.Block(0), rows.Block(1)}, "file": {r.Block(0), r.Block(1)}} {
			for p, b := range blocks {
				seqs, err := b.Seq()
				if err != nil {
					t.Fatal(err)
				}
				for i, seq := range seqs {
					for _, id := range []counterfoil.AID{recs[seq].AID, {9}, counterfoil.DeriveAID(counterfoil.TrailID{3}, uint64(seq)), counterfoil.DeriveAID(trail, uint64(seq)+1<<20)} {
						sel := []uint16{uint16(i)}
						if i > 0 {
							sel = []uint16{uint16(i - 1), uint16(i)}
						}
						want := []uint16{}
						if id == recs[seq].AID {
							want = []uint16{uint16(i)}
						}
						if got, err := b.KeepAID(id, sel); err != nil || !slices.Equal(got, want) {
							t.Fatalf("%s, given to every %d: page %d, row %d, %v: %d, %v, want %d", name, every, p, i, id, got, err, want)
						}
					}
				}
			}
		}
	}
}
