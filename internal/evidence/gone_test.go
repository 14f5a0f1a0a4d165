package evidence

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// TestGoneSince: that records of the query's time have expired, or were forgotten, is told, though that happened later; what happened to
// others is not.
func TestGoneSince(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	tr, err := trail.Open(t.TempDir(), trail.Options{Now: func() time.Time { return now },
		Retention: trail.Retention{Rules: []trail.RetentionRule{{Category: counterfoil.CategoryTraffic, After: trail.ExpireAfter{Age: 30 * time.Hour}}}},
		Act: func(name string, action counterfoil.Action, ok bool, object counterfoil.Object, data func(*counterfoil.Builder)) counterfoil.Event {
			return act.New(counterfoil.TimeOf(now), act.Who{Host: "h", User: "UID:0"}, name, action, ok, object, data)
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	var days []counterfoil.Time
	for day := range 3 { // each has a record of traffic between two of data; on the second one of these is of somebody who is forgotten
		days = append(days, counterfoil.TimeOf(now))
		var events []counterfoil.Event
		for i := range 3 {
			e := event(day*10 + i)
			e.Time, e.User, e.Category = counterfoil.TimeOf(now), "bob", counterfoil.CategoryData
			if i == 1 {
				e.Category = counterfoil.CategoryTraffic
			} else if i == 2 && day == 1 {
				e.User = "anna"
			}
			events = append(events, e)
		}
		if _, err := tr.Append(t.Context(), "app", events); err != nil {
			t.Fatal(err)
		}
		if err := tr.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(24 * time.Hour)
	}
	if err := tr.Expire(t.Context()); err != nil { // those of the first two days
		t.Fatal(err)
	}
	if _, err := tr.Forget(t.Context(), trail.ForgetRequest{User: "anna", Reason: "1"}, act.Who{Host: "h", User: "olga"}); err != nil { // of the second
		t.Fatal(err)
	}
	for day, want := range []struct {
		complete           string
		expired, forgotten int
	}{{"false", 1, 0}, {"false", 1, 1}, {"true", 0, 0}} {
		at := days[day]
		got := stated(t, tr, Query{Filter: is(filter.ColUser, "bob"), From: at, To: at + counterfoil.Time(time.Hour)}).Member("completeness")
		count := func(key string) (n int) {
			for range got.Member(key).Elements() {
				n++
			}
			return n
		}
		if string(got.Member("complete")) != want.complete || count("expired") != want.expired || count("forgotten") != want.forgotten {
			t.Errorf("day %d: %s", day, got)
		}
	}
}

// TestRefusedUntilLater: what was refused in the query's time is counted a while after it, and is told; what was refused behind it is not.
func TestRefusedUntilLater(t *testing.T) {
	refused := func(n, since int) from {
		e := ownEvent(n, act.Refused)
		e.EventData = counterfoil.JSON(fmt.Sprintf(`{"count":7,"from":"%s","policy":1,"rules":[{"count":7,"rule":"r"}],"to":"%s"}`, event(since).Time, event(n).Time))
		return from{"app", e}
	}
	tr, _ := trailOf(t, from{"app", event(10)}, from{"app", event(20)}, refused(70, 15), from{"app", event(80)}, refused(130, 70))
	for name, want := range map[string]uint64{"/f/10": 1, "/f/80": 2} {
		q := Query{Filter: is(filter.ColObjectName, name), From: event(5).Time, To: event(30).Time}
		if want == 2 {
			q.From, q.To = event(65).Time, event(90).Time
		}
		got := stated(t, tr, q).Member("completeness")
		if n := got.Member("refused"); string(got.Member("complete")) != "false" || !strings.Contains(string(n), fmt.Sprintf(`"count":%d,`, 7*want)) {
			t.Errorf("%s: %s", name, got)
		}
	}
}
