package search

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// linesAre compares the lines of a question with the canonical messages of its records.
func linesAre(t testing.TB, v *trail.View, q Query) (n int) {
	t.Helper()
	var want []string
	var seqs []uint64
	asked, err := Run(context.Background(), v, q, func(r *counterfoil.Record) bool {
		msg, _ := counterfoil.AppendRecord(nil, r)
		want, seqs = append(want, string(msg)+"\n"), append(seqs, r.Seq)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	st, err := Lines(context.Background(), v, q, func(l Line) bool {
		line := l.Append(nil)
		if n >= len(want) || string(line) != want[n] || l.Seq() != seqs[n] {
			t.Fatalf("%+v: line %d of %d is of record %d:\n%s", q, n, len(want), l.Seq(), line)
		}
		n++
		return true
	})
	if err != nil || n != len(want) || st.Records != asked.Records || st.Scanned != asked.Scanned {
		t.Fatalf("%+v: %d lines of %d, %+v, of records %+v: %v", q, n, len(want), st, asked, err)
	}
	return n
}

// TestLines: records of every kind, in several batches of a file, straight from columns and by way of records.
func TestLines(t *testing.T) {
	const rows = batchRows + segment.MaxPageRows + 100
	rng := rand.New(rand.NewPCG(8, 8))
	var recs []counterfoil.Record
	for i := range rows {
		r := filtertest.RandomRecord(rng, uint64(i))
		r.EventData, r.Raw = small(uint64(i)), r.Raw[:min(len(r.Raw), 40)]
		if r.AID = (counterfoil.AID{}); i%3 == 0 {
			binary.BigEndian.PutUint64(r.AID[:], rng.Uint64()|1)
		}
		if i%5 == 0 {
			r.User = "bad\xff"
		}
		recs = append(recs, r)
	}
	v := keep(t, recs, rows, rows+1)
	for _, q := range []Query{{}, {Oldest: true}, {Limit: batchRows + 1}, {Limit: 7}, {Filter: filter.Contains{Field: filter.Field{Column: filter.ColUser}, Text: "bad"}}} {
		linesAre(t, v, q)
	}
	for _, c := range []struct {
		q    Query
		want bool
	}{{Query{}, true}, {Query{Limit: lineRows}, false}} {
		in := &room{v: v}
		var st Stats
		files, done := candidates(v, v.Segments, &c.q, &st)
		f, err := findAmong(t.Context(), files, &c.q, in)
		done()
		if err == nil {
			err = f.prepare(true)
		}
		if is := f.liners != nil; err != nil || is != c.want {
			t.Errorf("%+v: %d of %d pages as lines: %v, should be %v; %v", c.q, len(f.hits), len(f.blocks), is, c.want, err)
		}
		in.close()
	}
	n := 0
	if _, err := Lines(t.Context(), v, Query{}, func(Line) bool { n++; return n < 10 }); err != nil || n != 10 {
		t.Errorf("%d lines were given to who wanted ten: %v", n, err)
	}
}
