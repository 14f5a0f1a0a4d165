package file

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// threeLogs are a log and two older ones, each named by what it holds, and what rotates them once.
func threeLogs(t *testing.T) (path string, rotate func()) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "log")
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{path: "c", path + ".1": "b", path + ".2": "a"} {
		check(os.WriteFile(name, []byte(text), 0o600))
	}
	return path, func() {
		for n := 2; n > 0; n-- {
			check(os.Rename(fmt.Sprint(path, ".", n), fmt.Sprint(path, ".", n+1)))
		}
		check(os.Rename(path, path+".1"))
		check(os.WriteFile(path, []byte("d"), 0o600))
	}
}

// The oldest file gets a name that there was not, just when all names are looked at.
func TestFindWhileRotating(t *testing.T) {
	path, rotate := threeLogs(t)
	rotated := false
	name, err := find(path, func(name string) bool {
		if name == path+".1" && !rotated {
			rotated = true
			rotate()
		}
		text, err := os.ReadFile(name)
		return err == nil && string(text) == "a"
	})
	if name != path+".3" || err != nil {
		t.Errorf("found %q, %v, want %s.3", name, err, path)
	}
	if name, err := find(path, func(string) bool { return false }); name != "" || err != nil {
		t.Errorf("found %q, %v, of what is not there", name, err)
	}
}

// What is seen while names change is looked at again, but not for ever, and not if it is sure.
func TestUndisturbed(t *testing.T) {
	for _, c := range []struct {
		rotations int
		sure      bool
		want      int
	}{{0, false, 1}, {1, false, 2}, {3, false, 4}, {3, true, 1}, {1000, false, 20}} {
		path, rotate := threeLogs(t)
		n := 0
		got, err := undisturbed(path, func() (int, bool, error) {
			if n++; n <= c.rotations {
				rotate()
				if err := os.Remove(path + ".3"); err != nil { // so that it can be done again
					t.Fatal(err)
				}
			}
			return n, c.sure, nil
		})
		if got != c.want || err != nil {
			t.Errorf("%d rotations, sure %t: looked %d times, %v, want %d", c.rotations, c.sure, got, err, c.want)
		}
	}
}
