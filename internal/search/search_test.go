package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// layouts are the ways in which the same records may lie in a trail: a question has one answer in all of them.
var layouts = []struct {
	name   string
	rows   int // in a segment
	rotate int // seal everything behind so many records; 0: never
}{
	{"head", 1 << 17, 0},
	{"sealed", 1 << 17, 1 << 30},
	{"segments of 3", 3, 1},
	{"half sealed", 1 << 17, 7},
}

// keep puts records into a new trail, each with its own Received and Via, and gives the view.
func keep(t testing.TB, recs []counterfoil.Record, rows, rotate int) *trail.View {
	t.Helper()
	var now counterfoil.Time
	tr, err := trail.OpenFS(disktest.New(), trail.Options{SegmentRows: rows, Now: func() time.Time { return now.Std() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	for i, r := range recs {
		now = r.Received
		if _, err := tr.Append(context.Background(), r.Via, []counterfoil.Event{r.Event}); err != nil {
			t.Fatal(err)
		}
		if rotate > 0 && (i+1 == rotate || i+1 == len(recs) && rotate > len(recs)) || rotate == 1 && (i+1)%rows == 0 {
			if err := tr.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return tr.View()
}

func run(t testing.TB, v *trail.View, q Query) (recs []counterfoil.Record) {
	t.Helper()
	if _, err := Run(context.Background(), v, q, func(r *counterfoil.Record) bool { recs = append(recs, r.Clone()); return true }); err != nil {
		t.Fatal(err)
	}
	if n := linesAre(t, v, q); n != len(recs) {
		t.Fatalf("%+v: %d lines of %d records", q, n, len(recs))
	}
	return recs
}

func TestCasesInEveryLayout(t *testing.T) {
	for _, l := range layouts {
		t.Run(l.name, func(t *testing.T) {
			var v *trail.View
			filtertest.Run(t, func(t *testing.T, records []counterfoil.Record, query string) (seqs []uint64) {
				if v == nil {
					v = keep(t, records, l.rows, l.rotate)
				}
				q, err := searchq.Parse(query, filtertest.Now)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range run(t, v, Query{Filter: q.Expr, From: q.From, To: q.To, Oldest: true}) {
					if !reflect.DeepEqual(r, records[r.Seq]) {
						t.Errorf("record %d came back as %+v", r.Seq, r)
					}
					seqs = append(seqs, r.Seq)
				}
				return seqs
			})
		})
	}
}

// TestRandomFiltersInEveryLayout compares every layout with Eval over all records.
func TestRandomFiltersInEveryLayout(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var recs []counterfoil.Record
	for i := range 300 {
		r := filtertest.RandomRecord(rng, uint64(i))
		r.AID = counterfoil.AID{} // each trail derives its own
		r.Received = counterfoil.Time(1e18 + i)
		if r.Check() != nil {
			t.Fatal(r.Check())
		}
		recs = append(recs, r)
	}
	var views []*trail.View
	for _, l := range layouts {
		rows := l.rows
		if l.rotate == 1 {
			rows = 40
		}
		views = append(views, keep(t, recs, rows, l.rotate*20))
	}
	defer func(n int) { mostKept = n }(mostKept)
	for i := range 400 {
		mostKept = i / 2 % 2 * 256 // with 0, pages of texts are not kept
		q := Query{Filter: filtertest.RandomAbout(rng, &recs[rng.IntN(len(recs))])}
		if i%2 == 0 {
			q.Filter = filtertest.RandomExpr(rng, 3)
		}
		if rng.IntN(3) == 0 {
			q.From = recs[rng.IntN(len(recs))].Time
		}
		if rng.IntN(3) == 0 {
			q.To = recs[rng.IntN(len(recs))].Time
		}
		if rng.IntN(3) == 0 {
			q.After = rng.Uint64N(300)
		}
		if rng.IntN(3) == 0 {
			q.Before = 1 + rng.Uint64N(300)
		}
		for k, v := range views {
			compare(t, fmt.Sprintf("%s: %s", layouts[k].name, searchq.Print(q.Filter)), v, q)
		}
	}
}

// compare asks a view and, record by record, the definition.
func compare(t *testing.T, what string, v *trail.View, q Query) {
	t.Helper()
	var want []uint64
	byUser, byHour := map[string]cell{}, map[counterfoil.Time]cell{}
	for seq := range v.Size() {
		r, ok, err := Get(t.Context(), v, seq)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if q.inTime(r.Time) && q.inSeq(r.Seq) && filter.Eval(q.Filter, r) {
			want = append(want, seq)
			if r.User != "" {
				record(byUser, r.User, r.Outcome)
			}
			record(byHour, bucketStart(r.Time, time.Hour), r.Outcome)
		}
	}
	seqs := func(q Query) (s []uint64) {
		for _, r := range run(t, v, q) {
			s = append(s, r.Seq)
		}
		return s
	}
	q.Oldest = true
	if got := seqs(q); !slices.Equal(got, want) {
		t.Errorf("%s\n got %v\nwant %v", what, got, want)
	}
	q.Oldest, q.Limit = false, 5
	slices.Reverse(want)
	if got := seqs(q); !slices.Equal(got, want[:min(5, len(want))]) {
		t.Errorf("%s, newest 5\n got %v\nwant %v", what, got, want)
	}
	groups, st, err := Count(t.Context(), v, q, By{Field: filter.Field{Column: filter.ColUser}}, By{Every: time.Hour})
	if err != nil || st.Records != uint64(len(want)) {
		t.Errorf("%s: counted %d, %v; want %d", what, st.Records, err, len(want))
	}
	for _, b := range groups[0] {
		if got := (cell{b.Count, b.Failures}); byUser[b.Key] != got {
			t.Errorf("%s: user %q counted %d, want %d (all, failures)", what, b.Key, got, byUser[b.Key])
		}
	}
	for _, b := range groups[1] {
		if got := (cell{b.Count, b.Failures}); byHour[b.Start] != got {
			t.Errorf("%s: hour %s counted %d, want %d (all, failures)", what, b.Key, got, byHour[b.Start])
		}
	}
	if len(groups[0]) != len(byUser) || len(groups[1]) != len(byHour) {
		t.Errorf("%s: %d users and %d hours, want %d and %d", what, len(groups[0]), len(groups[1]), len(byUser), len(byHour))
	}
}

func record[K comparable](groups map[K]cell, key K, o counterfoil.Outcome) {
	c := groups[key]
	c.record(o)
	groups[key] = c
}

func TestPagingMeetsEveryRecordOnce(t *testing.T) {
	var recs []counterfoil.Record
	for i := range 50 {
		recs = append(recs, counterfoil.Record{Received: counterfoil.Time(1e18 + i), Via: "x",
			Event: counterfoil.Event{Major: 1, Time: counterfoil.Time(1e18), Service: "A", Name: "B", User: fmt.Sprint(i % 4)}})
	}
	v := keep(t, recs, 12, 40)
	var got []uint64
	for before := uint64(0); ; {
		page := run(t, v, Query{Before: before, Limit: 7})
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			got = append(got, r.Seq)
		}
		if before = page[len(page)-1].Seq; before == 0 {
			break
		}
	}
	for i, seq := range got {
		if seq != uint64(49-i) {
			t.Fatalf("pages gave %v", got)
		}
	}
	if len(got) != 50 {
		t.Errorf("pages gave %d records", len(got))
	}
}
