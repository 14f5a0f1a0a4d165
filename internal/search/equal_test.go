package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// TestEqual: who asks for one value gets the rows that have it, whatever kind of column the value is in, sealed or not.
func TestEqual(t *testing.T) {
	const rows = 20_000
	tr, err := trail.OpenFS(disktest.New(), trail.Options{SegmentRows: rows})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	event := func(i int) counterfoil.Event {
		return counterfoil.Event{Major: 1, Time: 1, Service: "APP", Name: "X", Host: fmt.Sprint("h", i%3), Session: fmt.Sprint("s", i%600),
			User: fmt.Sprint("u", i*7919%18_000), Object: counterfoil.Object{Name: fmt.Sprint("/", i%9000)}}
	}
	var events []counterfoil.Event
	for i := range rows {
		events = append(events, event(i))
	}
	if _, err := tr.Append(t.Context(), "in", events); err != nil {
		t.Fatal(err)
	}
	columns := map[filter.Column]struct {
		kind string
		of   func(*counterfoil.Event) string
	}{
		filter.ColService:    {"constant", func(e *counterfoil.Event) string { return e.Service }},
		filter.ColHost:       {"small", func(e *counterfoil.Event) string { return e.Host }},
		filter.ColSession:    {"codes", func(e *counterfoil.Event) string { return e.Session }},
		filter.ColObjectName: {"long", func(e *counterfoil.Event) string { return e.Object.Name }},
		filter.ColUser:       {"plain", func(e *counterfoil.Event) string { return e.User }},
	}
	check := func(where string) {
		t.Helper()
		v := tr.View()
		defer v.Close()
		for col, c := range columns {
			values := map[string]bool{"absent": true, "s601": true, "h": true}
			for i := 0; i < rows; i += 997 {
				values[c.of(&events[i])] = true
			}
			for value := range values {
				want := map[uint64]bool{}
				for i := range events {
					if c.of(&events[i]) == value {
						want[uint64(i)] = true
					}
				}
				q := Query{Filter: filter.Compare{Field: filter.Field{Column: col}, Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue, Str: value}}}
				if _, ok := compile(q.Filter).(*equalNode); !ok {
					t.Fatalf("%T asks for %s", compile(q.Filter), c.kind)
				}
				wantFound(t, fmt.Sprintf("%s, %s = %q", where, c.kind, value), v, q.Filter, want)
			}
		}
	}
	check("head")
	_, r := sealed(t, tr)
	for col, c := range columns {
		text, err := r.Block(1).Text(col)
		if err != nil {
			t.Fatal(err)
		}
		got := "codes"
		switch {
		case text.Values != nil:
			got = "plain"
		case text.IsConstant():
			got = "constant"
		case text.Small != nil:
			got = "small"
		case text.Dict.Len() > mostLooked:
			got = "long"
		}
		if got != c.kind {
			t.Errorf("the column of %q values is of %q", c.kind, got)
		}
	}
	check("file")
}

// A value that a dictionary has twice is found under both codes.
func TestCodeOf(t *testing.T) {
	for want, dict := range map[int][]string{0: {"x"}, 2: {"", "a", "x"}, -1: {"a"}, several: {"x", "a", "x"}} {
		if got := codeOf(segment.NewDict(dict...), "x"); got != want {
			t.Errorf("in %q: %d, want %d", dict, got, want)
		}
	}
	if got := codeOf(segment.NewDict(make([]string, mostLooked+1)...), "x"); got != several {
		t.Errorf("in a long dictionary: %d", got)
	}
}

// The rows that have a code are those that it says of each row.
func TestKeepRuns(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 2000 {
		var codes []uint32
		runs := &segment.Runs{}
		for len(codes) < 200 {
			code := uint32(rng.IntN(4))
			codes = append(codes, slices.Repeat([]uint32{code}, 1+rng.IntN(40))...)
			runs.Codes, runs.Ends = append(runs.Codes, code), append(runs.Ends, uint16(len(codes)))
		}
		var sel []uint16
		some := rng.IntN(3) + 1
		for i := range codes {
			if rng.IntN(some) == 0 {
				sel = append(sel, uint16(i))
			}
		}
		for code := -1; code < 5; code++ {
			want := keepCode(slices.Clone(sel), codes, uint32(code))
			if got := keepRuns(slices.Clone(sel), runs, len(codes), func(c uint32) bool { return int(c) == code }); !slices.Equal(got, want) {
				t.Fatalf("rows with %d of %v, among %v:\ngot  %v\nwant %v", code, codes, sel, got, want)
			}
		}
	}
}

// TestWordsWithoutDictionary: words are found in a column whose values hardly repeat as Eval finds them, in any case and script.
func TestWordsWithoutDictionary(t *testing.T) {
	const rows = 3000
	tr, err := trail.OpenFS(disktest.New(), trail.Options{SegmentRows: rows})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	var events []counterfoil.Event
	for i := range rows {
		name := fmt.Sprintf(`/%s/%04d`, []string{"Ärger", "plain", "MiXeD", "ärger-plain", "\u212Aelvin", "bad\xff"}[i%6], i)
		events = append(events, counterfoil.Event{Major: 1, Time: 1, Service: "APP", Name: "X", Object: counterfoil.Object{Name: name}})
	}
	if _, err := tr.Append(t.Context(), "in", events); err != nil {
		t.Fatal(err)
	}
	v, r := sealed(t, tr)
	if text, err := r.Block(0).Text(filter.ColObjectName); err != nil || text.Values == nil {
		t.Fatalf("the column has a dictionary: %v", err)
	}
	for text, n := range map[string]int{"plain": 1000, "PLAIN": 1000, "mixed": 500, "ärger": 1000, "ÄRGER plain": 500, "plain ärger": 0, "kelvin": 500, "bad": 500,
		"0042": 1, "mixed 0044": 1, "plain 0044": 0, "42": 0} {
		w := filter.Words{Text: text}
		want := map[uint64]bool{}
		for i := range events {
			if filter.Eval(w, &counterfoil.Record{Event: events[i]}) {
				want[uint64(i)] = true
			}
		}
		if len(want) != n {
			t.Fatalf("%q is in %d names, want %d", text, len(want), n)
		}
		wantFound(t, text, v, w, want)
	}
}

// wantFound fails unless a search finds these records and no others.
func wantFound(t *testing.T, what string, v *trail.View, x filter.Expr, want map[uint64]bool) {
	t.Helper()
	got := 0
	_, err := Run(t.Context(), v, Query{Filter: x}, func(r *counterfoil.Record) bool {
		if got++; !want[r.Seq] {
			t.Errorf("%s: record %d is none of them", what, r.Seq)
		}
		return true
	})
	if err != nil || got != len(want) {
		t.Fatalf("%s: %d records, want %d; %v", what, got, len(want), err)
	}
}

// sealed seals all and gives a view of it, and the first file.
func sealed(t *testing.T, tr *trail.Trail) (*trail.View, *segment.Reader) {
	t.Helper()
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := tr.View()
	t.Cleanup(v.Close)
	r, err := v.Segments[0].Reader()
	if err != nil {
		t.Fatal(err)
	}
	return v, r
}
