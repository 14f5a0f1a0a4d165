package crash_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// ledger is what senders were told is kept.
type ledger struct {
	mu      sync.Mutex // guards below
	kept    map[uint64]acknowledged
	refused int      // events that the policy left out
	forgets []forgot // the administrator's

	holding atomic.Bool // the held user is under hold, and may have events
}

// acknowledged is an event that is kept, and when the sender began to send it.
type acknowledged struct {
	counterfoil.Event
	sent time.Time
}

func newLedger() *ledger { return &ledger{kept: map[uint64]acknowledged{}} }

// noise is the name of events that the policy of a busy daemon refuses.
const noise = "NOISE"

// add notes a batch that was acknowledged: what is kept of it as first … last.
func (l *ledger) add(batch []counterfoil.Event, sent time.Time, a answer) error {
	var kept []counterfoil.Event
	for _, e := range batch {
		if a.LeftOut == 0 || e.Name != noise {
			kept = append(kept, e)
		}
	}
	if a.Taken != len(batch) || a.LeftOut != len(batch)-len(kept) || len(kept) > 0 && a.Last-a.First != uint64(len(kept)-1) {
		return fmt.Errorf("%d events were sent, %d of which the policy refuses; the answer is %+v", len(batch), len(batch)-len(kept), a)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused += a.LeftOut
	for i, e := range kept {
		seq := a.First + uint64(i)
		if old, twice := l.kept[seq]; twice && old.Event != e {
			return fmt.Errorf("number %d was given to two events", seq)
		}
		l.kept[seq] = acknowledged{e, sent}
	}
	return nil
}

func (l *ledger) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.kept)
}

// check reads the whole data directory: every acknowledged event is there under its number and says what it said, is forgotten
// if that was asked for, or has expired when it was due; every number is there or has expired, and no aid is there twice.
func (l *ledger) check(t *testing.T, when, dir string) (records uint64) {
	t.Helper()
	d, err := trail.OpenReadOnly(dir)
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	defer d.Close()
	v := d.View()
	defer v.Close()
	there, found := l.read(t, when, v)
	gone, _, _, err := v.Gone(0, v.Size())
	if err != nil || there+gone != v.Size() {
		t.Fatalf("%s: %d records are there and %d have expired, of %d: %v", when, there, gone, v.Size(), err)
	}
	if found == len(l.kept) {
		return v.Size()
	}
	for seq, a := range l.kept {
		var r counterfoil.Record
		if err := v.Record(seq, &r); err != nil {
			a.mustBeDue(t, when, seq, err)
			found++
		}
	}
	if found != len(l.kept) {
		t.Fatalf("%s: %d of %d acknowledged records are there, or have expired", when, found, len(l.kept))
	}
	return v.Size()
}

// read compares the records that are there with what was acknowledged, and counts both.
func (l *ledger) read(t *testing.T, when string, v *trail.View) (there uint64, found int) {
	t.Helper()
	next := uint64(0)
	aids := map[counterfoil.AID]uint64{}
	_, err := search.Run(t.Context(), v, search.Query{Oldest: true}, func(r *counterfoil.Record) bool {
		if r.Seq < next {
			t.Fatalf("%s: record %d is followed by %d", when, next-1, r.Seq)
		}
		next, there = r.Seq+1, there+1
		if other, twice := aids[r.AID]; twice {
			t.Fatalf("%s: records %d and %d have the same aid", when, other, r.Seq)
		}
		aids[r.AID] = r.Seq
		if want, ok := l.kept[r.Seq]; ok {
			found++
			if !l.says(want, r, true) {
				t.Fatalf("%s: record %d is %+v, acknowledged was %+v", when, r.Seq, r.Event, want)
			}
		} else if r.Name == noise {
			t.Fatalf("%s: record %d is one that the policy refuses: %+v", when, r.Seq, r)
		}
		return true
	})
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	return there, found
}

// mustBeDue sees that an acknowledged record that cannot be read has expired, by its own rule and not before its time, and was
// not under hold.
func (a *acknowledged) mustBeDue(t *testing.T, when string, seq uint64, err error) {
	t.Helper()
	expired, ok := errors.AsType[*trail.ExpiredError](err)
	if !ok {
		t.Fatalf("%s: acknowledged record %d: %v", when, seq, err)
	}
	period := periods[a.Category]
	due := func(e trail.Expired) bool {
		return e.At.Std().Sub(a.sent) > period && strings.Contains(e.Why, fmt.Sprintf("retention %.0fs", period.Seconds()))
	}
	if a.User == held || !slices.ContainsFunc(expired.Files, due) {
		t.Fatalf("%s: record %d of %+v, sent at %v, is gone: %v", when, seq, a.Event, a.sent, err)
	}
}
