package search

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// TestInVain asks for a key that indexes know nothing of: pages that were searched and do not have it are not searched again for it, whatever is asked
// beside; those of which a part was searched only are.
func TestInVain(t *testing.T) {
	var recs []counterfoil.Record
	for i := range 40 {
		r := counterfoil.Record{Via: "x", Received: counterfoil.Time(i + 1), Event: counterfoil.Event{Major: 1, Time: counterfoil.Time(i+1) * counterfoil.Time(time.Second), Service: "A", Name: "B"}}
		if i == 17 {
			r.Class = 1
		}
		recs = append(recs, r)
	}
	v := keep(t, recs, 10, 1) // in five files of one page: the first record, and those before each tenth
	is := func(c filter.Column, v string) filter.Expr {
		return filter.Compare{Field: filter.Field{Column: c}, Value: filter.Value{Kind: filter.StringValue, Str: v}}
	}
	class := is(filter.ColClass, recs[17].Class.Names()[0])
	beside := filter.And{X: []filter.Expr{class, is(filter.ColService, "A")}}
	for _, c := range []struct {
		what   string
		q      Query
		blocks int
		found  int
	}{
		{"half of the third file", Query{Filter: class, To: counterfoil.Time(16 * time.Second), Oldest: true}, 3, 0},
		{"the first two are known", Query{Filter: beside}, 3, 1},
		{"as before: not the key alone was asked for", Query{Filter: beside}, 3, 1},
		{"by numbers", Query{Filter: class, After: 35, Oldest: true}, 1, 0},
		{"all but the first two", Query{Filter: class, Oldest: true}, 3, 1},
		{"all are known", Query{Filter: class}, 1, 1},
		{"beside others", Query{Filter: beside}, 1, 1},
	} {
		found := 0
		st, err := Run(t.Context(), v, c.q, func(r *counterfoil.Record) bool {
			if found++; r.Seq != 17 {
				t.Errorf("%s: record %d", c.what, r.Seq)
			}
			return true
		})
		if err != nil || st.Blocks != c.blocks || found != c.found {
			t.Errorf("%s: %d of %d pages are searched, %d records, %v; want %d and %d", c.what, st.Blocks, st.Blocks+st.Skipped, found, err, c.blocks, c.found)
		}
	}
	groups, st, err := Count(t.Context(), v, Query{Filter: is(filter.ColClass, "nosuch")}, By{Every: time.Hour})
	if err != nil || len(groups[0]) != 0 || st.Blocks != 5 {
		t.Errorf("a count: %v, %v, %d pages", groups, err, st.Blocks)
	}
	if _, st, err = Count(t.Context(), v, Query{Filter: is(filter.ColClass, "nosuch")}, By{Every: time.Hour}); err != nil || st.Blocks != 0 {
		t.Errorf("a count again: %v, %d pages", err, st.Blocks)
	}
}

// A number is no text: who asks for the text finds nothing, and hides nothing from who asks for the number.
func TestTextsOfNumbersHideNothing(t *testing.T) {
	v := keep(t, []counterfoil.Record{{Via: "x", Received: 1, Event: counterfoil.Event{Major: 1, Time: 1, Service: "A", Name: "B", Outcome: counterfoil.Success,
		Subject: counterfoil.Subject{PID: 5}}}}, 10, 1)
	pid, success := filter.Field{Column: filter.ColPID}, filter.Field{Column: filter.ColSuccess}
	for range 2 {
		for _, c := range []struct {
			f     filter.Field
			value filter.Value
			found int
		}{
			{pid, filter.Value{Kind: filter.StringValue, Str: "5"}, 0},
			{pid, filter.Value{Kind: filter.NumberValue, Num: 5}, 1},
			{success, filter.Value{Kind: filter.StringValue, Str: "true"}, 0},
			{success, filter.Value{Kind: filter.BoolValue, Bool: true}, 1},
		} {
			if got := run(t, v, Query{Filter: filter.Compare{Field: c.f, Value: c.value}}); len(got) != c.found {
				t.Errorf("%+v: %d records, want %d", c, len(got), c.found)
			}
		}
	}
}

// One file that is made again, as when somebody is forgotten, has a new index; the others are remembered.
func TestRememberedBesideNewFile(t *testing.T) {
	var recs []counterfoil.Record
	for i := range 40 {
		recs = append(recs, counterfoil.Record{Via: "x", Received: counterfoil.Time(i + 1), Event: counterfoil.Event{Major: 1, Time: counterfoil.Time(i + 1), Service: "A", Name: "B"}})
	}
	v := keep(t, recs, 10, 1)
	v.Segments = slices.Concat(v.Segments[4:], v.Segments[:4]) // its index was opened last
	key := filter.Key{Kind: filter.KeyValue, Column: filter.ColUser, Value: "anna"}
	run(t, v, Query{Filter: filter.Compare{Field: filter.Field{Column: filter.ColUser}, Value: filter.Value{Kind: filter.StringValue, Str: "anna"}}})
	for i, s := range v.Segments {
		if _, ok := v.Said(key).Of(s.Index); !ok {
			t.Errorf("what file %d said is not remembered", i)
		}
	}
}

// TestAskedAgain asks the same keys again, with other times and beside other filters, while files come: indexes that were asked are not
// read again, and those that were not are asked.
func TestAskedAgain(t *testing.T) {
	fs := disktest.Fail(disktest.New(), -1, false)
	tr, err := trail.OpenFS(fs, trail.Options{SegmentRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	seal := func(users ...string) {
		t.Helper()
		for _, u := range users {
			e := counterfoil.Event{Major: 1, Time: counterfoil.Time(tr.View().Size()+1) * counterfoil.Time(time.Second), Service: "A", Name: "B", User: u, Host: "h" + u}
			if _, err := tr.Append(t.Context(), "in", []counterfoil.Event{e}); err != nil {
				t.Fatal(err)
			}
		}
		if err := tr.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	is := func(c filter.Column, v string) filter.Expr {
		return filter.Compare{Field: filter.Field{Column: c}, Value: filter.Value{Kind: filter.StringValue, Str: v}}
	}
	ask := func(q Query, want string) (calls int) {
		t.Helper()
		v := tr.View()
		before := fs.Calls()
		var got []uint64
		if _, err := Run(t.Context(), v, q, func(r *counterfoil.Record) bool { got = append(got, r.Seq); return true }); err != nil {
			t.Fatal(err)
		}
		calls = fs.Calls() - before
		if fmt.Sprint(got) != want {
			t.Errorf("%+v: got %v, want %v", q, got, want)
		}
		return calls
	}
	for range 8 {
		seal("anna", "bert")
	}
	nobody := Query{Filter: is(filter.ColUser, "nobody"), Oldest: true}
	if n := ask(nobody, "[]"); n < 8 {
		t.Fatalf("8 indexes are asked by %d calls of the disk: the test sees none", n)
	}
	if n := ask(nobody, "[]"); n != 0 {
		t.Errorf("indexes that were asked are read again: %d calls", n)
	}
	beside := Query{Filter: filter.And{X: []filter.Expr{is(filter.ColUser, "nobody"), is(filter.ColHost, "hanna")}}}
	if n := ask(beside, "[]"); n != 0 {
		t.Errorf("what was asked is asked again beside something else: %d calls", n)
	}
	carl := Query{Filter: is(filter.ColUser, "carl"), To: counterfoil.Time(5 * time.Second), Oldest: true}
	some := ask(carl, "[]")
	carl.To = 0
	if rest := ask(carl, "[]"); some == 0 || rest == 0 || some >= rest {
		t.Errorf("of 8 files 2 are in time: %d calls, then for the rest %d", some, rest)
	}
	seal("nobody", "carl")
	ask(nobody, "[16]")
	ask(carl, "[17]")
	seal("anna", "anna")
	either := Query{Filter: filter.Or{X: []filter.Expr{is(filter.ColUser, "nobody"), is(filter.ColUser, "anna")}}, Oldest: true, From: counterfoil.Time(13 * time.Second)}
	ask(either, "[12 14 16 18 19]")
	either.From = 0
	ask(either, "[0 2 4 6 8 10 12 14 16 18 19]")
	if n := ask(either, "[0 2 4 6 8 10 12 14 16 18 19]"); n != 0 {
		t.Errorf("what is in memory is read again: %d calls", n)
	}
}
