package searchq

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // so that Berlin is known on every machine
)

func TestMoments(t *testing.T) {
	zone := noon.Location()
	for in, want := range map[string]time.Time{
		"now": noon, "today": time.Date(2026, 11, 22, 0, 0, 0, 0, zone), "yesterday": time.Date(2026, 11, 21, 0, 0, 0, 0, zone),
		"sunday": time.Date(2026, 11, 22, 0, 0, 0, 0, zone), "Monday": time.Date(2026, 11, 16, 0, 0, 0, 0, zone), "sat": time.Date(2026, 11, 21, 0, 0, 0, 0, zone),
		"30s": noon.Add(-30 * time.Second), "1h30m": noon.Add(-90 * time.Minute), "3d": noon.Add(-72 * time.Hour), "1w": noon.Add(-168 * time.Hour),
		"11:59": time.Date(2026, 11, 22, 11, 59, 0, 0, zone), "12:00": noon, "12:01": time.Date(2026, 11, 21, 12, 1, 0, 0, zone),
		"23:00:05": time.Date(2026, 11, 21, 23, 0, 5, 0, zone), "2026-11": time.Date(2026, 11, 1, 0, 0, 0, 0, zone),
		"2026-11-20": time.Date(2026, 11, 20, 0, 0, 0, 0, zone), "2026-11-20T10:30": time.Date(2026, 11, 20, 10, 30, 0, 0, zone),
		"2026-11-20 10:30:15": time.Date(2026, 11, 20, 10, 30, 15, 0, zone), "2026-11-20t10:30:15.5z": time.Date(2026, 11, 20, 10, 30, 15, 5e8, time.UTC),
		"2026-11-20T10:30:15+05:00": time.Date(2026, 11, 20, 5, 30, 15, 0, time.UTC),
	} {
		if got, ok := readMoment(strings.ToLower(in), noon); !ok || !got.Equal(want) {
			t.Errorf("%s: got %v %v, want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "h", "2", "2x", "h2", "24:00", "12:60", "1:2:3:4", "2026", "2026-13-01", "2026-02-30", "tomorrow", "99999999w", "٣h", "-2h"} {
		if got, ok := readMoment(in, noon); ok {
			t.Errorf("%q is read as %v", in, got)
		}
	}
}

// TestYesterdayIsADay where clocks change: 2026-03-29 has 23 hours in Berlin.
func TestYesterdayIsADay(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	got, ok := readMoment("yesterday", time.Date(2026, 3, 30, 1, 0, 0, 0, zone))
	if want := time.Date(2026, 3, 29, 0, 0, 0, 0, zone); !ok || !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
