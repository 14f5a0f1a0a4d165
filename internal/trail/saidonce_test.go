package trail

import (
	"errors"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestExpireIsSaidOnce: a file that is said to expire and cannot be deleted yet, for want of space, is tried again and again; the trail
// says it once, unless somebody kept it meanwhile.
func TestExpireIsSaidOnce(t *testing.T) {
	d, c := disktest.New(), &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	d.Limit(64 << 20)
	tr := mustOpenFS(t, d, Options{Now: c.now, Retention: Retention{Default: ExpireAfter{Age: time.Hour}}})
	mustAppend(t, tr, events(0, 10))
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, tr, events(10, 1)) // the log asks for its space
	c.at = c.at.Add(2 * time.Hour)
	free, total, err := d.Space()
	if err != nil {
		t.Fatal(err)
	}
	full := int64(total - free)
	again := func(want int) {
		t.Helper()
		d.Limit(full)
		for range 3 {
			if err := tr.Expire(t.Context()); !errors.Is(err, disk.ErrFull) {
				t.Fatal(err)
			}
		}
		if n := len(named(t, tr.View(), act.Expire)); n != want {
			t.Errorf("%d events say that the file expires, want %d", n, want)
		}
		d.Limit(64 << 20)
	}
	again(1)
	h, err := tr.AddHold(t.Context(), "", "case 24", auditor)
	if err == nil {
		err = tr.Expire(t.Context())
	}
	if err == nil {
		err = tr.ReleaseHold(t.Context(), h.ID, "settled", auditor)
	}
	if err != nil {
		t.Fatal(err)
	}
	again(2)
	if err := tr.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	said, gone := named(t, tr.View(), act.Expire), tr.View().Expired()
	if len(said) != 2 || len(gone) != 1 || gone[0].Event != max(said[0].Seq, said[1].Seq) {
		t.Errorf("said %d times, expired is %+v", len(said), gone)
	}
	size := tr.View().Size()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, d, size)
}
