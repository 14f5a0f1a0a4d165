package trail

import (
	"errors"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// keeping is a disk that removes no sealed files as long as it is read-only.
type keeping struct {
	disk.FS
	readOnly bool
}

var errReadOnly = errors.New("read-only file system")

func (k *keeping) Remove(name string) error {
	if ext := path.Ext(name); k.readOnly && (ext == ".parquet" || ext == ".idx") {
		return errReadOnly
	}
	return k.FS.Remove(name)
}

func sealedFiles(t *testing.T, fs disk.FS) (list []string) {
	t.Helper()
	names, err := fs.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if strings.HasSuffix(n, ".parquet") {
			list = append(list, n)
		}
	}
	return list
}

// TestExpiredFileThatCannotBeRemoved: it is tried again, by the trail that is open and by one that is opened meanwhile, and as long as it
// is there nobody is said to be forgotten.
func TestExpiredFileThatCannotBeRemoved(t *testing.T) {
	for _, again := range []bool{false, true} {
		c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		d := disktest.New()
		a := &keeping{FS: disk.Below(d, "a")}
		o := Options{Retention: Retention{Default: ExpireAfter{Age: time.Hour}}, Dirs: []Dir{{Path: "a", FS: a}}}
		tr := sealedTrail(t, d, c, o, 3)
		c.at = c.at.Add(2 * time.Hour)
		mustAppend(t, tr, events(300, 10))
		a.readOnly = true
		for range 2 {
			if err := tr.Expire(t.Context()); !errors.Is(err, errReadOnly) {
				t.Errorf("nothing can be removed: %v", err)
			}
		}
		if n := len(tr.View().Expired()); n != 3 {
			t.Errorf("%d files have expired", n)
		}
		if again {
			if err := tr.Close(); err != nil {
				t.Fatal(err)
			}
			o.Now, o.SegmentRows = c.now, 100
			tr = mustOpenFS(t, d, o)
		}
		if _, err := tr.Forget(t.Context(), ForgetRequest{User: "user3", Reason: "r"}, auditor); !errors.Is(err, errReadOnly) || !strings.Contains(err.Error(), "nothing is forgotten") {
			t.Errorf("records of the user are in files that should be gone: %v", err)
		}
		if n := len(sealedFiles(t, a)); n != 3 {
			t.Errorf("%d files", n)
		}
		mustCheckFS(t, d, tr.View().Size())
		a.readOnly = false
		if err := tr.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := sealedFiles(t, a); len(n) != 0 {
			t.Errorf("opened again: %v: %v are there still", again, n)
		}
		if _, err := tr.Forget(t.Context(), ForgetRequest{User: "user3", Reason: "r"}, auditor); err != nil {
			t.Error(err)
		}
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
		mustCheckFS(t, d, tr.View().Size())
	}
}
