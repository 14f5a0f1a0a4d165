package convert

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRotated(t *testing.T) {
	for _, c := range []struct{ files, name, want, note string }{
		{"a.log", "a.log", "a.log", "there are no rotated files beside a.log"},
		{"a.log a.log.1 a.log.2.gz a.log.10.zst b.log b.log.1", "a.log", "a.log.10.zst a.log.2.gz a.log.1 a.log",
			"between a.log.10.zst and a.log.2.gz files are missing"},
		{"a.log a.log.0.bz2 a.log.1.bz2", "a.log", "a.log.1.bz2 a.log.0.bz2 a.log", ""},
		{"a.log a.log.2", "a.log", "a.log.2 a.log", "between a.log.2 and a.log files are missing"},
		{"a.log.1 a.log.2", "a.log", "a.log.2 a.log.1", ""},
		{"a.log a.log-20261122 a.log-20261101.gz a.log-backup a.log.old", "a.log", "a.log-20261101.gz a.log-20261122 a.log", ""},
		{"a.log a.log-20261122-1795000000 a.log-20261121-1794000000", "a.log", "a.log-20261121-1794000000 a.log-20261122-1795000000 a.log", ""},
		{"a.log a.log.2026-11-22 a.log.2026-11-21T10:00", "a.log", "a.log.2026-11-21T10:00 a.log.2026-11-22 a.log", ""},
		{"a.log a.log.1 a.log.1.gz", "a.log", "", "a.log.1 and a.log.1.gz hold the same records: remove one, or name the files without --rotated"},
		{"a.log a.log.1 a.log-20261122", "a.log", "", "a.log.1 is numbered and a.log-20261122 is dated, so that their order is not known: " +
			"name the files in their order, without --rotated"},
		{"a.log a.log.1", "a.log.1", "", "a.log.1 is itself a rotated file: name the newest, a.log"},
		{"20261122000000.20261122120000 20261120000000.20261121000000.gz 20261121000000.crash_recovery 20261122120000.not_terminated x",
			"20261122120000.not_terminated", "20261120000000.20261121000000.gz 20261121000000.crash_recovery " +
				"20261122000000.20261122120000 20261122120000.not_terminated", ""},
		{"20261122000000.20261122120000.nas1 20261122000000.20261122120000.nas2 20261123000000.not_terminated.nas1",
			"20261122000000.20261122120000.nas1", "20261122000000.20261122120000.nas1", ""},
	} {
		dir := t.TempDir()
		touch(t, dir, strings.Fields(c.files))
		in, notes, err := Rotated(filepath.Join(dir, c.name))
		check(t, c.files, dir, in, notes, err, c.want, c.note)
	}
	if _, _, err := Rotated(filepath.Join(t.TempDir(), "a.log")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a log that is not there: %v", err)
	}
	if _, _, err := Rotated(Stdin); err == nil {
		t.Error("standard input has rotated files")
	}
}

// current is a link to the trail that is being written.
func TestRotatedCurrent(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, []string{"20261121000000.20261122000000", "20261122000000.not_terminated"})
	if err := os.Symlink("20261122000000.not_terminated", filepath.Join(dir, "current")); err != nil {
		t.Fatal(err)
	}
	const want = "20261121000000.20261122000000 20261122000000.not_terminated"
	in, notes, err := Rotated(filepath.Join(dir, "current"))
	check(t, "current", dir, in, notes, err, want, "")
	in, notes, err = Directory(dir)
	check(t, "directory", dir, in, notes, err, want, "")
}

func TestDirectory(t *testing.T) {
	for _, c := range []struct{ files, want, note string }{
		{"a.log a.log.1 a.log.2 .hidden", "a.log.2 a.log.1 a.log", ""},
		{"a.log", "a.log", ""},
		{"a.log-20261122.gz", "a.log-20261122.gz", ""},
		{"a.log.3 a.log.1", "a.log.3 a.log.1", "between a.log.3 and a.log.1 files are missing"},
		{"a.log b.log.1", "", "the directory . holds several logs (a.log, b.log): name one, with --rotated if it has older files"},
		{"a b c d e f g", "", "the directory . holds several logs (a, b, c, d, e, and 2 more): name one, with --rotated if it has older files"},
		{"", "", "the directory . holds no file"},
	} {
		dir := t.TempDir()
		touch(t, dir, strings.Fields(c.files))
		in, notes, err := Directory(dir)
		check(t, c.files, dir, in, notes, err, c.want, c.note)
	}
}

func touch(t *testing.T, dir string, names []string) {
	t.Helper()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// check compares files with names in dir, and what is said, as a note or a mistake.
func check(t *testing.T, what, dir string, in Input, notes []string, err error, want, said string) {
	t.Helper()
	note := strings.Join(notes, "; ")
	var bad *UsageError
	if err != nil && !errors.As(err, &bad) {
		t.Errorf("%s: %v", what, err)
		return
	} else if err != nil {
		note = err.Error()
	}
	local := func(s string) string {
		s = strings.ReplaceAll(s, "the directory "+dir+" ", "the directory . ")
		return strings.ReplaceAll(s, dir+string(filepath.Separator), "")
	}
	if got := local(strings.Join(in, " ")); got != want || local(note) != said {
		t.Errorf("%s:\n got %q, %q\nwant %q, %q", what, got, local(note), want, said)
	}
}
