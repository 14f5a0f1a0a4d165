package trail

import (
	"errors"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestFullDiskKeepsNoLog: a file of the log whose records are sealed goes as soon as the disk lets the tiles be written.
func TestFullDiskKeepsNoLog(t *testing.T) {
	d := disktest.New()
	fs := &hooked{FS: d}
	tr := mustOpenFS(t, fs, Options{SegmentRows: 300})
	mustAppend(t, tr, events(0, 300))
	fs.create = func(name string) error {
		if strings.HasPrefix(name, "tile/") {
			return disk.ErrFull
		}
		return nil
	}
	if err := tr.Rotate(t.Context()); !errors.Is(err, ErrSuspended) {
		t.Fatal(err)
	}
	logs := func() []string {
		names, err := d.ReadDir("wal")
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	if n := logs(); len(n) != 2 {
		t.Fatalf("%v", n)
	}
	fs.create = nil
	tr.sealReady(t.Context())
	if n := logs(); len(n) != 1 {
		t.Errorf("there is space again, and the log has %v", n)
	}
	mustAppend(t, tr, events(300, 300))
	if err := errors.Join(tr.Rotate(t.Context()), tr.Close()); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, d, tr.View().Size())
}

// TestLogThatIsThereAfterAll: a new file of the log whose name is there although the disk said that it is full is not followed by
// records in the old one.
func TestLogThatIsThereAfterAll(t *testing.T) {
	fs := disktest.New()
	full := true
	tr := mustOpenFS(t, &hooked{FS: fs, renamed: func(to string) error {
		if full && to == walName(90) {
			return disk.ErrFull
		}
		return nil
	}}, Options{SegmentRows: 100})
	mustAppend(t, tr, events(0, 90))
	if _, err := tr.Append(t.Context(), "in", events(90, 20)); err == nil {
		t.Fatal("a segment was begun")
	}
	full = false
	want := uint64(90)
	if _, err := tr.Append(t.Context(), "in", events(90, 5)); err == nil {
		want += 5
	}
	_ = tr.Close()
	tr = mustOpenFS(t, fs, Options{})
	if n := tr.View().Size(); n < want {
		t.Errorf("%d records", n)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, fs, tr.View().Size())
}
