package search

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

func countable(times ...counterfoil.Time) (recs []counterfoil.Record) {
	for i, at := range times {
		r := counterfoil.Record{Via: "in", Received: counterfoil.Time(i + 1)}
		r.Event = counterfoil.Event{Major: 1, Time: at, Service: "APP", Name: "X", User: fmt.Sprint("user", i), Outcome: counterfoil.Success}
		recs = append(recs, r)
	}
	return recs
}

// One question cannot take all memory by having a group for every record.
func TestCountIsBounded(t *testing.T) {
	old := maxGroupBytes
	defer func() { maxGroupBytes = old }()
	var times []counterfoil.Time
	for i := range 60 {
		times = append(times, counterfoil.Time(i+1)*counterfoil.Time(time.Hour))
	}
	v := keep(t, countable(times...), 20, 1)
	maxGroupBytes = 30 * groupBytes
	for name, by := range map[string]By{"user": {Field: filter.Field{Column: filter.ColUser}}, "hour": {Every: time.Hour}} {
		if _, _, err := Count(t.Context(), v, Query{}, by); !errors.Is(err, ErrGroups) {
			t.Errorf("60 groups by %s: %v", name, err)
		}
	}
	if groups, _, err := Count(t.Context(), v, Query{}, By{Every: 24 * time.Hour}, By{Field: filter.Field{Column: filter.ColService}}); err != nil || len(groups[0]) != 3 || groups[1][0].Count != 60 {
		t.Errorf("few groups: %v, %v", groups, err)
	}
}

// A record without data has no group of it, whatever the one before has, and however often the page is asked for.
func TestCountByData(t *testing.T) {
	events := countable(1, 2, 3, 4, 5, 6)
	for i := range events {
		if i%3 != 1 {
			events[i].EventData = `{"k":"v"}`
		}
	}
	v := keep(t, events, 6, 6)
	by := By{Field: filter.Field{Column: filter.ColEventData, Path: []string{"k"}}}
	for range 3 {
		if groups, _, err := Count(t.Context(), v, Query{}, by); err != nil || len(groups[0]) != 1 || groups[0][0].Count != 4 {
			t.Errorf("%v, %v: want 4 of v", groups, err)
		}
	}
}

// Nor can one record of which each value is a group, before the groups of its file are joined with others.
func TestCountIsBoundedWithinAFile(t *testing.T) {
	old := maxGroupBytes
	defer func() { maxGroupBytes = old }()
	events := countable(1, 2, 3)
	for i := range events {
		var b counterfoil.Builder
		b.Object("")
		b.Array("n")
		for k := range 1000 {
			b.Int("", int64(1000*i+k))
		}
		b.End()
		b.End()
		events[i].EventData = b.JSON()
	}
	for sealed, rows := range []int{20, 3} {
		v := keep(t, events, rows, sealed)
		if (len(v.Segments) > 0) != (sealed > 0) {
			t.Fatalf("%d files", len(v.Segments))
		}
		by := By{Field: filter.Field{Column: filter.ColEventData, Path: []string{"n"}}}
		maxGroupBytes = 3000 * (groupBytes + 4)
		if groups, _, err := Count(t.Context(), v, Query{}, by); err != nil || len(groups[0]) != 3000 {
			t.Errorf("%d groups of three records: %v", len(groups[0]), err)
		}
		maxGroupBytes = 500 * groupBytes
		for _, s := range v.Segments {
			scanned := newTally([]By{by}, &room{v: v})
			_, err := countIn(t.Context(), candidate{Sealed: s, pages: 1}, &Query{}, scanned)
			if !errors.Is(err, ErrGroups) || len(scanned.texts[0].cells) > 1000 {
				t.Errorf("%d groups were made of a file, of which 500 are too many: %v", len(scanned.texts[0].cells), err)
			}
		}
		if _, _, err := Count(t.Context(), v, Query{}, by); err != ErrGroups {
			t.Errorf("%d files: %v", sealed, err)
		}
	}
}

// A bucket at one end of time does not begin at the other.
func TestCountAtEndsOfTime(t *testing.T) {
	first := counterfoil.TimeOf(time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC))
	groups, _, err := Count(t.Context(), keep(t, countable(first, counterfoil.TimeOf(time.Date(2261, 12, 31, 0, 0, 0, 0, time.UTC))), 1<<17, 0), Query{}, By{Every: 3 * 364 * 24 * time.Hour})
	if err != nil || len(groups[0]) != 2 || groups[0][0].Start > first || groups[0][1].Start < 0 {
		t.Errorf("%+v, %v", groups, err)
	}
}

// TestCountByColumn: groups are the same however a column is kept, sealed or not, of all rows and of some.
func TestCountByColumn(t *testing.T) {
	const rows = 3 * segment.MaxPageRows
	var events []counterfoil.Event
	for i := range rows {
		e := counterfoil.Event{Major: 1, Time: counterfoil.Time(i/50+1) * counterfoil.Time(time.Minute), Service: "APP", Name: fmt.Sprint("E", i*i%7), Host: fmt.Sprint("h", i/500),
			User: fmt.Sprint("u", i/60), Session: fmt.Sprint("s", i*7919%600), Object: counterfoil.Object{Name: fmt.Sprint("/", i)}, Outcome: counterfoil.Outcome(i * 31 % 101 % 3)}
		if i%11 == 0 {
			e.Host = ""
		}
		events = append(events, e)
	}
	tr, err := trail.OpenFS(disktest.New(), trail.Options{SegmentRows: rows})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	if _, err := tr.Append(t.Context(), "in", events); err != nil {
		t.Fatal(err)
	}
	groupings := map[filter.Column]func(*counterfoil.Event) string{
		filter.ColService: func(e *counterfoil.Event) string { return e.Service }, filter.ColEvent: func(e *counterfoil.Event) string { return e.Name },
		filter.ColHost: func(e *counterfoil.Event) string { return e.Host }, filter.ColUser: func(e *counterfoil.Event) string { return e.User },
		filter.ColSession: func(e *counterfoil.Event) string { return e.Session }, filter.ColObjectName: func(e *counterfoil.Event) string { return e.Object.Name },
	}
	check := func(where string) {
		t.Helper()
		v := tr.View()
		defer v.Close()
		for name := range map[string]bool{"": true, "E2": true, "E3": true} {
			q := Query{}
			if name != "" {
				q.Filter = filter.Compare{Field: filter.Field{Column: filter.ColEvent}, Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue, Str: name}}
			}
			for col, of := range groupings {
				want, got := map[string]cell{}, map[string]cell{}
				for i := range events {
					if key := of(&events[i]); key != "" && (name == "" || events[i].Name == name) {
						record(want, key, events[i].Outcome)
					}
				}
				groups, _, err := Count(t.Context(), v, q, By{Field: filter.Field{Column: col}})
				if err != nil {
					t.Fatal(err)
				}
				for _, b := range groups[0] {
					got[b.Key] = cell{b.Count, b.Failures}
				}
				if !maps.Equal(got, want) {
					t.Errorf("%s, event %q by %s: %v, want %v", where, name, filter.ColumnNames[col], got, want)
				}
			}
		}
	}
	check("head")
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("sealed")
	v := tr.View()
	defer v.Close()
	r, err := v.Segments[0].Reader()
	if err != nil {
		t.Fatal(err)
	}
	if runs, err := r.Block(1).Runs(filter.ColUser); err != nil || runs == nil {
		t.Errorf("no column is kept as runs: %v", err)
	}
	if text, err := r.Block(1).Text(filter.ColSession); err != nil || text.Codes == nil {
		t.Errorf("the sessions have no codes: %v", err)
	}
	if text, err := r.Block(1).Text(filter.ColEvent); err != nil || text.Small == nil {
		t.Errorf("the events have no small codes: %v", err)
	}
}
