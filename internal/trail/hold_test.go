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
