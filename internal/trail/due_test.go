package trail

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestExpiryInDoubt: where nobody knows whether files count no more, no hold may be made on what is in them.
func TestExpiryInDoubt(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	d := disktest.New()
	fs := &hooked{FS: d}
	tr := sealedTrail(t, fs, c, Options{Retention: Retention{Default: ExpireAfter{Age: time.Hour}}}, 2)
	c.at = c.at.Add(day)
	fs.renamed = func(to string) error {
		if strings.HasSuffix(to, ".gone") {
			return disktest.ErrFail
		}
		return nil
	}
	if err := tr.Expire(t.Context()); !errors.Is(err, ErrBroken) || !errors.Is(err, disktest.ErrFail) {
		t.Fatal(err)
	}
	if _, err := tr.AddHold(t.Context(), `object.name = "/f/1"`, "case 17", auditor); !errors.Is(err, ErrBroken) {
		t.Errorf("a hold on what may be gone: %v", err)
	}
	if err := tr.Close(); !errors.Is(err, ErrBroken) {
		t.Error(err)
	}
}

// TestSealedWhileExpiring: what is sealed while it is looked what is due is not looked at.
func TestSealedWhileExpiring(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	tr := sealedTrail(t, disktest.New(), c, Options{Retention: Retention{Default: ExpireAfter{Age: time.Hour}}}, 2)
	defer tr.Close()
	c.at = c.at.Add(day)
	tr.retiring.Lock()
	defer tr.retiring.Unlock()
	p := tr.look(c.at)
	p.limit = func(s *Sealed) (string, error) { return p.due(s) }
	if err := errors.Join(p.measure(), p.date()); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, tr, events(200, 100))
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.run(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if got := tr.View().starts(); !slices.Equal(got, []uint64{200}) {
		t.Errorf("files %v are left", got)
	}
}

// TestDistSwitchedOnLater lets files expire that were sealed when there was no dist/.
func TestDistSwitchedOnLater(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs := disktest.New()
	o := Options{Retention: Retention{Default: ExpireAfter{Age: time.Hour}}}
	if err := sealedTrail(t, fs, c, o, 2).Close(); err != nil {
		t.Fatal(err)
	}
	o.Now, o.Dist = c.now, true
	tr := mustOpenFS(t, fs, o)
	c.at = c.at.Add(day)
	if err := tr.Expire(t.Context()); err != nil {
		t.Error(err)
	}
	names, err := fs.ReadDir(segmentDir)
	if err != nil || slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, ".parquet") }) {
		t.Errorf("%v, %v", names, err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestIndexesOnlyHint: what is not due is not read, and what an index makes due is not deleted unless the columns do.
func TestIndexesOnlyHint(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	tr := sealedTrail(t, disktest.New(), c, Options{Retention: Retention{Default: ExpireAfter{Age: time.Hour}}}, 3)
	defer tr.Close()
	files := tr.View().Segments
	expire := func(left int) {
		t.Helper()
		if err := tr.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(tr.View().Segments); got != left {
			t.Fatalf("%d files are left, want %d", got, left)
		}
	}
	if expire(3); slices.ContainsFunc(files, func(s *Sealed) bool { return s.reader != nil || s.kept != nil }) {
		t.Error("columns were read")
	}
	files[0].Index.MinReceived -= counterfoil.Time(day)
	files[0].Index.MaxReceived -= counterfoil.Time(day)
	files[1].Index.Kinds = nil // nothing is known
	expire(3)
	if files[0].kept == nil || files[1].kept == nil || files[2].kept != nil {
		t.Error("not what may be due was read, and what is not known")
	}
	expire(3)
	c.at = c.at.Add(day)
	expire(0)
}
