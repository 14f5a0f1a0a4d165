package evidence

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/wal"
)

// TestDirectoryWithoutItsNewest: nothing is stated of a directory that lacks records which its newest checkpoint counts, or has others in
// their place, though what is found is in an older tree that witnesses cosigned.
func TestDirectoryWithoutItsNewest(t *testing.T) {
	for name, forge := range map[string]func(first uint64, batch []byte) []byte{
		"as it is": func(_ uint64, batch []byte) []byte { return batch },
		"cut off": func(first uint64, batch []byte) []byte {
			if first >= 2 {
				return nil
			}
			return batch
		},
		"changed": func(_ uint64, batch []byte) []byte {
			return bytes.ReplaceAll(batch, []byte(`"/f/3"`), []byte(`"/f/x"`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			tr, err := trail.Open(dir, trail.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for n := range 4 {
				if _, err := tr.Append(t.Context(), "app", []counterfoil.Event{event(n)}); err != nil {
					t.Fatal(err)
				}
				if err := tr.Checkpoint(); err != nil {
					t.Fatal(err)
				}
				if n == 1 {
					note, _, _ := tr.LastCheckpoint()
					if err := tr.KeepCosigned(note); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := tr.Close(); err != nil {
				t.Fatal(err)
			}
			forgeLog(t, dir, forge)
			d, err := trail.OpenReadOnly(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			}()
			p, err := d.Prover()
			if err == nil {
				_, _, err = Make(t.Context(), p, Query{Filter: filter.Or{X: []filter.Expr{is(filter.ColObjectName, "/f/1"), is(filter.ColObjectName, "/f/3")}}, Now: 1})
			}
			if (err == nil) != (name == "as it is") {
				t.Errorf("%v", err)
			} else {
				t.Log(err)
			}
		})
	}
}

// forgeLog writes the log anew with other batches, as who has no key can. A batch of which nothing is left is not there.
func forgeLog(t *testing.T, dir string, forge func(first uint64, batch []byte) []byte) {
	t.Helper()
	fsys, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "wal", "*.wal"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	name := "wal/" + filepath.Base(names[0])
	var w *wal.Writer
	if w, err = wal.Create(fsys, "wal/forged", nil); err != nil {
		t.Fatal(err)
	}
	if _, err = wal.Replay(fsys, name, func(first uint64, count int, batch []byte) error {
		if batch = forge(first, batch); batch == nil {
			return nil
		}
		return w.Append(batch, first, count)
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := fsys.Rename("wal/forged", name); err != nil {
		t.Fatal(err)
	}
}
