package trail

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// forbidden is a directory of which one file is not for us to read.
type forbidden struct {
	disk.FS
	name string
}

func (f *forbidden) Open(name string, write bool) (disk.File, error) {
	if name == f.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return f.FS.Open(name, write)
}

// TestUnreadableIsNoVerdict: who verifies without the right to read a file is told so, and not that the trail was tampered with.
func TestUnreadableIsNoVerdict(t *testing.T) {
	d := disktest.New()
	tr := mustOpenFS(t, d, Options{SegmentRows: 40})
	mustAppend(t, tr, events(0, 40))
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, tr, events(40, 5))
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	files := []string{identityFile, checkpointFile, signerFile, subjectsFile}
	for _, dir := range []string{segmentDir, "wal"} {
		names, err := d.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if ext := path.Ext(n); ext != ".idx" && ext != ".tiles" {
				files = append(files, path.Join(dir, n))
			}
		}
	}
	if !slices.ContainsFunc(files, func(n string) bool { return path.Ext(n) == ".parquet" }) {
		t.Fatalf("nothing is sealed: %v", files)
	}
	for _, name := range files {
		r, err := CheckFS(t.Context(), &forbidden{d, name}, nil)
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s: %v, %v", name, r.Problem, err)
		}
	}
}
