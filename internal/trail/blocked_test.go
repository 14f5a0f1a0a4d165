package trail

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestDamageKeepsNothingElse: what is damaged stays, and what is behind it goes, by a rule or for want of space.
func TestDamageKeepsNothingElse(t *testing.T) {
	for _, full := range []bool{false, true} {
		c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		o := Options{Retention: Retention{Default: ExpireAfter{Age: time.Hour, Bytes: 1 << 20}}}
		tr := sealedTrail(t, disktest.New(), c, o, 4)
		files := tr.View().Segments
		bad, err := files[1].Reader()
		if _, err1 := files[0].Reader(); err != nil || err1 != nil {
			t.Fatal(err, err1)
		}
		good := files[0].reader
		files[0].reader = bad // as if the columns said something else
		c.at = c.at.Add(day)
		want := []uint64{0, 100} // the second needs the tree behind the first, which the first does not give
		if full {
			want = []uint64{0, 100, 300} // one file is enough
			_, err = tr.overwrite(t.Context())
		} else {
			err = tr.Expire(t.Context())
		}
		if !errors.Is(err, errStays) {
			t.Errorf("full: %v: %v", full, err)
		}
		if got := tr.View().starts(); !slices.Equal(got, want) {
			t.Errorf("full: %v: files %v are left", full, got)
		}
		files[0].reader = good
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
