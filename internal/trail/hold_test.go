package trail

import (
	"errors"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestHoldsHaveNumbersOfTheirOwn: a crash may leave a hold in force whose event was not kept, at the trail's size as it is.
func TestHoldsHaveNumbersOfTheirOwn(t *testing.T) {
	tr := mustOpenFS(t, disktest.New(), Options{})
	defer tr.Close()
	mustAppend(t, tr, events(0, 3))
	if err := tr.writeHolds([]Hold{{ID: 3, Filter: "user = anna", Reason: "r", Author: "a", At: 1}}); err != nil {
		t.Fatal(err)
	}
	h, err := tr.AddHold(t.Context(), "user = bob", "case 18", auditor)
	if err != nil || h.ID != 4 {
		t.Errorf("hold %d, %v", h.ID, err)
	}
}

// TestHoldsAreReadAgain: holds that are many or long do not keep the trail from being opened.
func TestHoldsAreReadAgain(t *testing.T) {
	d := disktest.New()
	tr := mustOpenFS(t, d, Options{})
	n := 0
	for range 12 {
		if _, err := tr.AddHold(t.Context(), "user = bob", strings.Repeat("reason ", 200_000), auditor); err == nil {
			n++
		} else if !errors.Is(err, ErrHold) {
			t.Fatal(err)
		}
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	tr = mustOpenFS(t, d, Options{})
	if got := len(tr.Holds()); got != n || n < 2 || n == 12 {
		t.Errorf("%d holds of %d", got, n)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestHoldThatMayBeSaid lets each call fail, after it was done, of a trail that makes a hold: where the trail says that there is one,
// it is in force.
func TestHoldThatMayBeSaid(t *testing.T) {
	for n := 0; ; n += thinned {
		d := disktest.New()
		d.Limit(8 << 20)
		f := disktest.Fail(d, n, true)
		tr, err := OpenFS(f, Options{})
		if err == nil {
			_, err = tr.AddHold(t.Context(), "user = bob", "case 19", auditor)
			_ = tr.Close()
		}
		if f.Calls() <= n {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		tr = mustOpenFS(t, d.Reopen(1, 1), Options{})
		if said, have := len(named(t, tr.View(), act.Hold)), len(tr.Holds()); said > have {
			t.Errorf("call %d: %d holds are said to be made, %d are in force", n, said, have)
		}
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHoldOfAClosedTrail: the directory is not written to any more.
func TestHoldOfAClosedTrail(t *testing.T) {
	d := disktest.New()
	tr := mustOpenFS(t, d, Options{})
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	before := d.Ops()
	if _, err := tr.AddHold(t.Context(), "user = bob", "case 20", auditor); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if n := d.Ops() - before; n > 0 {
		t.Errorf("%d operations", n)
	}
}

// TestHoldOnAFullDisk: a hold can be made when the trail takes nothing else in, and is said with the space kept back.
func TestHoldOnAFullDisk(t *testing.T) {
	for _, action := range []FullAction{Suspend, Drop, Overwrite} {
		d, tr, _ := fullTrail(t, action)
		if _, err := fill(t, tr, 0); !errors.Is(err, ErrSuspended) {
			t.Fatal(err)
		}
		h, err := tr.AddHold(t.Context(), "user = bob", "case 21", auditor)
		if err != nil {
			t.Fatalf("%v: %v", action, err)
		}
		if err := tr.ReleaseHold(t.Context(), h.ID, "settled", auditor); !errors.Is(err, ErrSuspended) {
			t.Errorf("%v: its end can wait: %v", action, err)
		}
		tr = mustOpenFS(t, d.Reopen(1, 0.5), tr.opts)
		if len(tr.Holds()) != 1 || len(named(t, tr.View(), act.Hold)) != 1 {
			t.Errorf("%v: %d holds are in force, %d said", action, len(tr.Holds()), len(named(t, tr.View(), act.Hold)))
		}
	}
}

// TestReleaseThatCannotBeKept: where there is no space for the file of the other holds, nothing is said to have ended.
func TestReleaseThatCannotBeKept(t *testing.T) {
	d := disktest.New()
	d.Limit(64 << 20)
	tr := mustOpenFS(t, d, Options{})
	h, err := tr.AddHold(t.Context(), "user = bob", "case 22", auditor)
	if err == nil {
		_, err = tr.AddHold(t.Context(), "user = anna", "case 23", auditor)
	}
	if err != nil {
		t.Fatal(err)
	}
	free, total, err := d.Space()
	if err != nil {
		t.Fatal(err)
	}
	d.Limit(int64(total - free)) // the log has space that it asked for in advance
	if err := tr.ReleaseHold(t.Context(), h.ID, "settled", auditor); err == nil {
		t.Error("there was space: the test has lost its point")
	}
	if said, have := len(named(t, tr.View(), act.Release)), len(tr.Holds()); said != 0 || have != 2 {
		t.Errorf("%d holds are said to have ended, %d are in force", said, have)
	}
}
