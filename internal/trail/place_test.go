package trail

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// volume is a directory whose free space tests set.
type volume struct {
	disk.FS
	free uint64
}

func (v *volume) Space() (free, total uint64, err error) { return v.free, 1000 << 20, nil }

func TestDirectoriesFillInOrder(t *testing.T) {
	fs := disktest.New()
	a, b := &volume{disktest.New(), 200 << 20}, &volume{disktest.New(), 200 << 20}
	o := Options{SegmentRows: 100, Dirs: []Dir{{Path: "/a", FreePercent: 10, FS: a}, {Path: "/b", FreeBytes: 50 << 20, FS: b}}}
	tr := mustOpenFS(t, fs, o)
	seal := func(want string) {
		t.Helper()
		mustAppend(t, tr, events(int(tr.View().Size()), 100))
		if err := tr.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		s := tr.View().Segments
		if got := s[len(s)-1].place.Path; got != want {
			t.Errorf("sealed into %s, want %s", got, want)
		}
	}
	seal("/a")
	a.free = 99 << 20 // below ten percent
	seal("/b")
	a.free = 101 << 20
	seal("/a")
	a.free, b.free = 0, 49<<20
	mustAppend(t, tr, events(300, 100))
	if err := tr.Rotate(t.Context()); !errors.Is(err, ErrSuspended) || !strings.Contains(err.Error(), "every directory for segments is filled") {
		t.Errorf("all are full: %v", err)
	}
	tr.committing.Lock()
	tr.settle()
	tr.committing.Unlock()
	if _, err := tr.Append(t.Context(), "in", events(0, 1)); !errors.Is(err, ErrSuspended) {
		t.Errorf("all are full: %v", err)
	}
	b.free = 60 << 20
	mustAppend(t, tr, events(400, 1))
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	// A directory that is not there, or is another's, is named with the records that it should hold.
	o.Dirs[1].FS = disktest.New()
	if _, err := OpenFS(fs, o); err == nil || !strings.Contains(err.Error(), "/b lacks the file") || !strings.Contains(err.Error(), "records 100 to 199") {
		t.Errorf("a directory is not mounted: %v", err)
	}
	other := disktest.New()
	if err := mustOpenFS(t, other, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	o.Dirs[1].FS = other
	if _, err := OpenFS(fs, o); err == nil || !strings.Contains(err.Error(), "is a directory of the trail") {
		t.Errorf("a directory of another trail: %v", err)
	}
	// Files that were moved to another directory are found.
	o.Dirs[1].FS = b
	for _, n := range []string{"0000000000000100-0000000000000199.parquet", "0000000000000100-0000000000000199.idx"} {
		data, err := disk.ReadFile(b, n, 1<<20)
		if err == nil {
			err = errors.Join(disk.WriteFile(fs, "segment/"+n, data), b.Remove(n))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	tr = mustOpenFS(t, fs, o)
	if n := len(tr.Recovery().Rebuilt); n != 0 || len(present(t, tr.View())) != int(tr.View().Size()) {
		t.Errorf("%+v", tr.Recovery())
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRotationBySize(t *testing.T) {
	tr := mustOpenFS(t, disktest.New(), Options{FileSize: 20 << 10})
	defer tr.Close()
	for i := range 50 {
		mustAppend(t, tr, events(i*10, 10))
	}
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(tr.View().Segments); n < 2 || n > 20 {
		t.Errorf("%d segments", n)
	}
}

// TestOldTrailExpires lets a trail that version 1 wrote expire.
func TestOldTrailExpires(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../corpus/vectors/trail-v1/data")); err != nil {
		t.Fatal(err)
	}
	at := func() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }
	tr := mustOpen(t, dir, Options{Now: at, Retention: byCategory})
	n := len(tr.View().Segments)
	if err := tr.Expire(context.Background()); err != nil {
		t.Fatal(err)
	}
	if v := tr.View(); n == 0 || len(v.Segments) != 0 || len(v.Expired()) != n {
		t.Errorf("%d of %d files are there, %+v", len(v.Segments), n, v.Expired())
	}
	size := tr.View().Size()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheck(t, dir, size)
}

// TestOneDirectoryOfTwoNames: what lies in a directory is not taken for left over because the directory has another name, too.
func TestOneDirectoryOfTwoNames(t *testing.T) {
	data, disk1, link := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(disk1, link); err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, dir := range []string{disk1, link, disk1} {
		tr, err := Open(data, Options{SegmentRows: 100, Dirs: []Dir{{Path: dir}}})
		if err != nil {
			t.Fatalf("%s: %v", dir, err)
		}
		mustAppend(t, tr, events(size, 100))
		if err := tr.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
		size += 100
		mustCheck(t, data, uint64(size))
	}
	for _, dirs := range [][]Dir{{{Path: link}, {Path: disk1}}, {{Path: filepath.Join(data, "segment")}}, {{Path: "segment"}}} {
		if _, err := Open(data, Options{Dirs: dirs}); err == nil || !strings.Contains(err.Error(), "are one") {
			t.Errorf("%+v: %v", dirs, err)
		}
	}
	mustCheck(t, data, uint64(size))
}

// TestOlderCopyRemovesNothing: a data directory that was put back knows nothing of what was sealed since into another directory.
func TestOlderCopyRemovesNothing(t *testing.T) {
	data, other, old := t.TempDir(), t.TempDir(), t.TempDir()
	o := Options{SegmentRows: 100, Dirs: []Dir{{Path: other}}}
	for i := range 2 {
		tr := mustOpen(t, data, o)
		mustAppend(t, tr, events(i*100, 100))
		if err := errors.Join(tr.Rotate(t.Context()), tr.Close()); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := os.CopyFS(old, os.DirFS(data)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := Open(old, o); err == nil || !strings.Contains(err.Error(), "records up to 199, of which this data directory has the first 100") {
		t.Errorf("an older copy: %v", err)
	}
	mustCheck(t, data, 200)
}

// TestSealLeavesNothingElsewhere: what a disk was too full to seal is sealed into another directory later, and is in no other.
func TestSealLeavesNothingElsewhere(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs, full := disktest.New(), true
	h := &hooked{FS: fs, create: func(name string) error {
		if full && strings.Contains(name, ".2.parquet") {
			return disk.ErrFull
		}
		return nil
	}}
	a, b := &volume{disk.Below(h, "a"), 200 << 20}, &volume{disk.Below(h, "b"), 200 << 20}
	o := Options{Now: c.now, Retention: byCategory, Dirs: []Dir{{Path: "a", FreePercent: 10, FS: a}, {Path: "b", FS: b}}}
	tr := mustOpenFS(t, h, o)
	mustAppendShared(t, tr, map[uint64]counterfoil.Event{}, 0, 100)
	if err := tr.Rotate(t.Context()); !errors.Is(err, ErrSuspended) {
		t.Fatal(err)
	}
	full, a.free = false, 0
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	tr.committing.Lock()
	tr.settle()
	tr.leaveFull()
	tr.committing.Unlock()
	if _, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "r"}, auditor); err != nil {
		t.Fatal(err)
	}
	if left := findMark(t, fs); len(left) > 0 {
		t.Errorf("anna is forgotten, and stands in %v", left)
	}
	if names, err := fs.ReadDir("a"); err != nil || len(names) != 1 {
		t.Errorf("a holds %v, %v", names, err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}
