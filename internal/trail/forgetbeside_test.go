package trail

import (
	"errors"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// opening tells a test which file is opened.
type opening struct {
	disk.FS
	opened func(name string)
}

func (o *opening) Open(name string, write bool) (disk.File, error) {
	o.opened(name)
	return o.FS.Open(name, write)
}

// TestCheckBesideForgetting: somebody begins to be forgotten after a verification has read what it knows of that, or is finished.
func TestCheckBesideForgetting(t *testing.T) {
	for _, far := range []int{1, 2} {
		c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		fs := disktest.New()
		tr := mustOpenFS(t, fs, Options{SegmentRows: 300, Now: c.now})
		mustAppendShared(t, tr, map[uint64]counterfoil.Event{}, 0, 100)
		if err := tr.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		known := events(100, 10)
		known[0].User = auditor.User // nothing makes the verification read the keys again
		mustAppend(t, tr, known)
		begun := false
		check := &opening{fs, func(name string) {
			if begun || path.Ext(name) != ".parquet" {
				return
			}
			begun = true
			err := tr.beginForgetting(&ForgetRequest{User: anna, Reason: "r"}, auditor)
			g := *tr.subjects.going
			err = errors.Join(err, tr.sealBefore(t.Context()), tr.dropKey(&g), tr.sayForgetting(t.Context(), &g))
			if far == 2 {
				_, ferr := tr.finishForgetting(t.Context())
				err = errors.Join(err, ferr)
			}
			if err != nil {
				t.Error(err)
			}
		}}
		if r, err := CheckFS(t.Context(), check, nil); err != nil || !r.OK {
			t.Errorf("%d: %+v, %v", far, r.Problem, err)
		}
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRepairWhileForgetting: what a repair leaves beside has to be removed before anybody is said to be forgotten, and what it takes
// out of a damaged file does not come back under a new number.
func TestRepairWhileForgetting(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	o := Options{SegmentRows: 512, Now: c.now, Retention: byCategory}
	fs := disktest.New()
	fs.Limit(8 << 20)
	tr := mustOpenFS(t, fs, o)
	for i := range 2 {
		mustAppendShared(t, tr, map[uint64]counterfoil.Event{}, 512*i, 512)
		if err := tr.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	name := tr.View().Segments[3].Name()
	tr.close.Do(func() { close(tr.closing) })
	if _, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "r"}, auditor); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	damage(t, fs, name, 3000)
	done, err := RepairFS(t.Context(), fs, o)
	if err != nil || len(done.Salvaged) != 3 || done.Salvaged[1].Moved == 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	tr = mustOpenFS(t, fs, o)
	if got := tr.Recovery().Forgot; !strings.Contains(got, ErrDamaged.Error()) {
		t.Errorf("forgotten beside a damaged file: %s", got)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	for _, s := range done.Salvaged {
		if err := fs.Remove("segment/" + s.File + damagedSuffix); err != nil {
			t.Fatal(err)
		}
	}
	tr = mustOpenFS(t, fs, o)
	if got := tr.Recovery().Forgot; got != "finished" {
		t.Errorf("%s", got)
	}
	if left := findMark(t, fs); len(left) > 0 {
		t.Errorf("the mark stands in %v", left)
	}
	size := tr.View().Size()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, fs, size)
}

// TestForgetUnfinishedVerdict: what an incremental verification that was killed left says nothing of whom is forgotten.
func TestForgetUnfinishedVerdict(t *testing.T) {
	fs := disktest.New()
	tr := mustOpenFS(t, fs, Options{})
	mustAppendShared(t, tr, map[uint64]counterfoil.Event{}, 0, 20)
	if err := disk.WriteFile(fs, verifiedFile+disk.TempSuffix, []byte("a loss of "+mark)); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "r"}, auditor); err != nil {
		t.Fatal(err)
	}
	if left := findMark(t, fs); len(left) > 0 {
		t.Errorf("the mark stands in %v", left)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}
