package evidence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// sealedTrail makes a closed trail of 5,000 sealed records, of whose users letter is the first of the names.
func sealedTrail(t *testing.T, letter string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	tr, err := trail.Open(dir, trail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var events []counterfoil.Event
	for n := range 5000 {
		e := event(n)
		e.User = letter + fmt.Sprint(n%7)
		events = append(events, e)
	}
	if _, err := tr.Append(t.Context(), "in", events); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tr.Rotate(t.Context()), tr.Checkpoint(), tr.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// file gives the only file of a trail's segments with an ending.
func file(t *testing.T, dir, ending string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "segment", "*"+ending))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	return names[0]
}

// ofDirectory makes the evidence for a user's records from a directory.
func ofDirectory(t *testing.T, dir, name string) (found int, err error) {
	t.Helper()
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
	if err != nil {
		t.Fatal(err)
	}
	defer p.View.Close()
	_, found, err = Make(t.Context(), p, Query{Filter: user(name), Text: name})
	return found, err
}

// TestForgedIndex: an index whose checksums are right, and by which a search misses records, leaves none out of evidence, from a directory and from
// a daemon, whatever was verified before.
func TestForgedIndex(t *testing.T) {
	dir := sealedTrail(t, "u")
	if r, err := trail.Check(t.Context(), dir, &trail.CheckOptions{Incremental: true, Now: 1}); err != nil || !r.OK || len(r.Derived) > 0 {
		t.Fatal(r, err)
	}
	const want = 714 // of 5,000
	if n, err := ofDirectory(t, dir, "u3"); n != want || err != nil {
		t.Fatalf("%d records, %v", n, err)
	}
	forged, err := os.ReadFile(file(t, sealedTrail(t, "x"), ".idx"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file(t, dir, ".idx"), forged, 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := ofDirectory(t, dir, "u3"); n != want || err != nil {
		t.Errorf("%d records, %v", n, err)
	}
	tr, err := trail.Open(dir, trail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	}()
	for range 2 {
		p, err := tr.Prover()
		if err != nil {
			t.Fatal(err)
		}
		if found, err := find(t.Context(), p, Query{Filter: user("u3")}); err == nil {
			t.Fatalf("the index is not forged: a search finds %d records", len(found))
		}
		if _, n, err := Make(t.Context(), p, Query{Filter: user("u3"), Text: "u3"}); n != want || err != nil {
			t.Errorf("%d records, %v", n, err)
		}
		p.View.Close()
	}
}

// TestForgedColumns: of a file that is not the one that was sealed no evidence is made, though what is found in it could be proved.
func TestForgedColumns(t *testing.T) {
	dir := sealedTrail(t, "u")
	name := file(t, dir, ".parquet")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(data), "counterfoil version") // which no record needs
	if at < 0 {
		t.Fatal("the footer does not say who wrote it")
	}
	data[at] ^= 1
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := ofDirectory(t, dir, "u3"); err == nil || !strings.Contains(err.Error(), "its digest is") || !strings.Contains(err.Error(), filepath.Base(name)) {
		t.Errorf("%d records, %v", n, err)
	}
}

// TestVouchWithoutIndex: a file whose index is missing is searched all the same, and all files are closed.
func TestVouchWithoutIndex(t *testing.T) {
	dir := sealedTrail(t, "u")
	if n, err := ofDirectory(t, dir, "u3"); n == 0 || err != nil {
		t.Fatalf("%d records, %v", n, err)
	}
	// Without its index a file is searched all the same.
	if err := os.Remove(file(t, dir, ".idx")); err != nil {
		t.Fatal(err)
	}
	if n, err := ofDirectory(t, dir, "u3"); n == 0 || err != nil {
		t.Errorf("%d records, %v", n, err)
	}
	ends, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := ofDirectory(t, dir, "u3"); err != nil {
			t.Fatal(err)
		}
	}
	if now, err := os.ReadDir("/dev/fd"); err != nil || len(now) > len(ends) {
		t.Errorf("%d files are open, %d before: %v", len(now), len(ends), err)
	}
}
