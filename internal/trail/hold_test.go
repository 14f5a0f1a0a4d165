package trail

import (
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
