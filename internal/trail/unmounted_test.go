package trail

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// TestDirectoryThatIsUnmounted: into a directory that is not there any more, or is the empty one that a volume was mounted on, nothing is
// sealed; when it is there again it is used again.
func TestDirectoryThatIsUnmounted(t *testing.T) {
	for _, empty := range []bool{true, false} {
		home, away := t.TempDir(), t.TempDir()
		a, b := filepath.Join(away, "a"), filepath.Join(away, "b")
		c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		o := Options{Now: c.now, Dirs: []Dir{{Path: a}, {Path: b}}}
		tr := mustOpen(t, home, o)
		watch := func() {
			c.at = c.at.Add(time.Minute)
			tr.watchSpace(c.at)
		}
		seal := func(want string) {
			t.Helper()
			watch()
			mustAppend(t, tr, events(int(tr.View().Size()), 10))
			if err := tr.Rotate(t.Context()); err != nil {
				t.Fatalf("empty: %v: %v", empty, err)
			}
			if s := tr.View().Segments; s[len(s)-1].place.Path != want {
				t.Errorf("empty: %v: sealed into %s", empty, s[len(s)-1].place.Path)
			}
		}
		must := func(errs ...error) {
			t.Helper()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
		}
		seal(a)
		must(os.Rename(a, a+".mounted"))
		if empty {
			must(os.Mkdir(a, 0o750))
		}
		seal(b)
		if empty {
			must(os.Remove(a))
		}
		must(os.Rename(a+".mounted", a))
		seal(a)
		watch()
		var told []counterfoil.Action
		for _, r := range present(t, tr.View()) {
			if r.Name == act.Space && r.Object.Name == "getacdir" {
				told = append(told, r.Action)
			}
		}
		slices.Sort(told)
		if want := []counterfoil.Action{counterfoil.AlarmRaise, counterfoil.AlarmClear}; len(told) != 2 || !slices.Contains(told, want[0]) || !slices.Contains(told, want[1]) {
			t.Errorf("empty: %v: told is %v", empty, told)
		}
		must(tr.Close())
		mustCheck(t, home, tr.View().Size())
	}
}

// TestEveryDirectoryIsUnmounted: senders wait until one is there again.
func TestEveryDirectoryIsUnmounted(t *testing.T) {
	home, a := t.TempDir(), filepath.Join(t.TempDir(), "a")
	tr := mustOpen(t, home, Options{Dirs: []Dir{{Path: a}}})
	mustAppend(t, tr, events(0, 10))
	if err := os.Rename(a, a+".mounted"); err != nil {
		t.Fatal(err)
	}
	if err := tr.Rotate(t.Context()); !errors.Is(err, ErrSuspended) {
		t.Fatal(err)
	}
	if err := os.Rename(a+".mounted", a); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, tr, events(10, 10))
	if err := errors.Join(tr.Rotate(t.Context()), tr.Close()); err != nil {
		t.Fatal(err)
	}
	mustCheck(t, home, tr.View().Size())
}
