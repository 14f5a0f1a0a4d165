package trail

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestClockSetAhead: what a clock that was set ten years ahead makes due stays for a day, in which it is set back; when it
// stands there for a day it is believed.
func TestClockSetAhead(t *testing.T) {
	// Compressors made in here have channels that work nowhere else. Two collections empty the pools that they were left in.
	defer runtime.GC()
	defer runtime.GC()
	synctest.Test(t, func(t *testing.T) {
		var ahead atomic.Int64
		tr := mustOpenFS(t, disktest.New(), Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
			Retention: Retention{Default: ExpireAfter{Age: 30 * day}}})
		seal := func() {
			mustAppend(t, tr, events(0, 20))
			if err := tr.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		seal()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- tr.Retain(ctx) }()
		after := func(d time.Duration, want, steps int) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			v := tr.View()
			if n, said := len(v.Segments), len(named(t, v, act.Clock)); n != want || said != steps {
				t.Errorf("%d files are there and %d steps are told, want %d and %d", n, said, want, steps)
			}
		}
		const years = 10 * 365 * day
		after(time.Hour, 1, 0)
		ahead.Store(int64(years))
		after(2*time.Hour, 1, 1)
		seal() // received in ten years, as it seems
		ahead.Store(0)
		after(2*day, 2, 1)
		ahead.Store(int64(years))
		after(23*time.Hour, 2, 2)
		after(2*time.Hour, 1, 2) // that of ten years hence is young
		ahead.Store(int64(years + 20*day))
		after(2*day, 1, 3)
		after(9*day, 0, 2) // the event of the first step was in that file
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestRecordsOfAWrongClock: what was received when the clock stood at 1970 is as young as what stands before it; what was
// received at a time that has yet to come is not due before that, and keeps nothing else.
func TestRecordsOfAWrongClock(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := &clock{start}
	fs := disktest.New()
	o := Options{Now: c.now, Retention: Retention{Default: ExpireAfter{Age: 30 * day}}}
	tr := mustOpenFS(t, fs, o)
	for i, at := range []time.Time{start, time.Unix(60, 0), start.Add(time.Hour), start.Add(3650 * day), start.Add(2 * time.Hour), time.Unix(120, 0)} {
		c.at = at
		mustAppend(t, tr, events(10*i, 10))
		if err := tr.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	left := func(after time.Duration, want int) {
		t.Helper()
		c.at = start.Add(after)
		if err := tr.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := tr.View().starts(); len(got) != want {
			t.Errorf("after %v the files %v are left, want %d", after, got, want)
		}
	}
	left(day, 6)
	left(29*day, 6)
	left(30*day+time.Minute, 4) // the first, and what stands behind it
	left(30*day+90*time.Minute, 3)
	left(31*day, 1)
	left(3670*day, 1)
	left(3690*day, 0)
	size := tr.View().Size()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, fs, size)
}

func TestHowOftenRulesAreLookedAt(t *testing.T) {
	for _, x := range []struct {
		r    Retention
		want time.Duration
	}{
		{Retention{}, time.Minute},
		{Retention{Default: ExpireAfter{Age: day}}, time.Minute},
		{Retention{Default: ExpireAfter{Age: day}, Rules: []RetentionRule{{Input: "a", After: ExpireAfter{Age: 4 * time.Minute}}}}, 30 * time.Second},
		{Retention{Default: ExpireAfter{Age: time.Second}}, time.Second},
	} {
		if got := x.r.every(); got != x.want {
			t.Errorf("%+v: %v, want %v", x.r, got, x.want)
		}
	}
}
