package search

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
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
