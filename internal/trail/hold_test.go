package trail

import (
	"errors"
	"strings"
	"testing"

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
