package trail

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestDamagedKeysAreNotCutOff: the last line of the file of keys is taken for torn only where nobody has records of its users.
func TestDamagedKeysAreNotCutOff(t *testing.T) {
	d := disktest.New()
	tr := mustOpenFS(t, d, Options{SegmentRows: 50})
	mustAppend(t, tr, events(0, 50))
	if err := errors.Join(tr.Rotate(t.Context()), tr.Close()); err != nil {
		t.Fatal(err)
	}
	good, err := disk.ReadFile(d, subjectsFile, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	bad := slices.Clone(good)
	bad[len(bad)-30] ^= 1
	if err := disk.WriteFile(d, subjectsFile, bad); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFS(d, Options{}); err == nil || !strings.Contains(err.Error(), subjectsFile) {
		t.Errorf("opened: %v", err)
	}
	if now, err := disk.ReadFile(d, subjectsFile, 1<<20); err != nil || !slices.Equal(now, bad) {
		t.Errorf("opening changed the file, %v", err)
	}
	// What a power cut tore has nobody's key who has records.
	if err := disk.WriteFile(d, subjectsFile, append(good, `{"crc":"00000000","keys":[{"key":"`...)); err != nil {
		t.Fatal(err)
	}
	tr = mustOpenFS(t, d, Options{})
	mustAppend(t, tr, []counterfoil.Event{{Major: 1, Time: 1, Service: "A", Name: "B", User: "new"}})
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, d, 51)
}

// TestKeysWithoutLineFeed: a last line that lacks only its line feed is torn like any other. It is cut off, and its keys with it.
func TestKeysWithoutLineFeed(t *testing.T) {
	d := disktest.New()
	tr := mustOpenFS(t, d, Options{})
	mustAppend(t, tr, events(0, 1))
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := disk.ReadFile(d, subjectsFile, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	torn := subjectLine([]string{"torn"}, map[string]counterfoil.SubjectKey{"torn": {1}})
	if err := disk.WriteFile(d, subjectsFile, append(whole, torn...)); err != nil {
		t.Fatal(err)
	}
	tr = mustOpenFS(t, d, Options{})
	for _, user := range []string{"torn", "new"} {
		mustAppend(t, tr, []counterfoil.Event{{Major: 1, Time: 1, Service: "A", Name: "B", User: user}})
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, d, 3)
	if err := mustOpenFS(t, d, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
}

// TestKeysGoOnAfterFullDisk: where the disk has no space to write the keys anew, the file that is there goes on.
func TestKeysGoOnAfterFullDisk(t *testing.T) {
	d := disktest.New()
	if err := d.MkdirAll("keys"); err != nil {
		t.Fatal(err)
	}
	s := subjects{keys: map[string]counterfoil.SubjectKey{}}
	want := map[string]counterfoil.SubjectKey{}
	add := func(user string) {
		t.Helper()
		want[user] = s.of(user)
		if err := s.flush(d); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 200 {
		add(fmt.Sprint("user", i))
	}
	free, total, err := d.Space()
	if err != nil {
		t.Fatal(err)
	}
	d.Limit(int64(total - free))
	if err := s.rewrite(d); !errors.Is(err, disk.ErrFull) {
		t.Fatalf("written anew on a full disk: %v", err)
	}
	d.Limit(1 << 40)
	for i := range 2 {
		add(fmt.Sprint("later", i))
		var read subjects
		if err := read.loadKeys(d); err != nil || !maps.Equal(read.keys, want) {
			t.Fatalf("%d keys in the file, want %d: %v", len(read.keys), len(want), err)
		}
		if err := s.rewrite(d); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
}
