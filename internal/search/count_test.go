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

// A bucket at one end of time does not begin at the other.
func TestCountAtEndsOfTime(t *testing.T) {
	first := counterfoil.TimeOf(time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC))
	groups, _, err := Count(t.Context(), keep(t, countable(first, counterfoil.TimeOf(time.Date(2261, 12, 31, 0, 0, 0, 0, time.UTC))), 1<<17, 0), Query{}, By{Every: 3 * 364 * 24 * time.Hour})
	if err != nil || len(groups[0]) != 2 || groups[0][0].Start > first || groups[0][1].Start < 0 {
		t.Errorf("%+v, %v", groups, err)
	}
}
