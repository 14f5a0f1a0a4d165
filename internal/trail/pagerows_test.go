package trail

import (
	"encoding/binary"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
)

// TestIndexOfOtherPages: an index whose pages are not the file's is not believed, though nothing else is wrong with it.
func TestIndexOfOtherPages(t *testing.T) {
	dir := t.TempDir()
	open := func() *Trail {
		t.Helper()
		tr, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	tr := open()
	events := make([]counterfoil.Event, 20)
	for i := range events {
		events[i] = counterfoil.Event{Major: 1, Time: 1, Service: "APP", Name: "X", Raw: strings.Repeat("long ", 12_000)}
	}
	if _, err := tr.Append(t.Context(), "in", events); err != nil {
		t.Fatal(err)
	}
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "segment/*.idx"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	index, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	start := strings.IndexByte(string(index), '\n') + 1 + 4 // of the head
	end := start + int(binary.BigEndian.Uint32(index[start-4:]))
	if index[start] != 0 || index[start+1] != 20 || index[start+2] != 32 {
		t.Fatalf("the head begins with %d: want the first record, the records, and those of a page", index[start:start+3])
	}
	index[start+2] = 64
	binary.BigEndian.PutUint32(index[end:], crc32.Checksum(index[:end], crc32.MakeTable(crc32.Castagnoli)))
	if err := os.WriteFile(names[0], index, 0o600); err != nil {
		t.Fatal(err)
	}
	tr = open() // which reads the newest file
	defer tr.Close()
	if r := tr.Recovery().Rebuilt; len(r) != 1 || !strings.Contains(r[0], "another segment") {
		t.Errorf("made again: %q", r)
	}
	v := tr.View()
	defer v.Close()
	s := v.Segments[0]
	r, err := s.Reader()
	if err != nil || r.Index != s.Index || s.Index.PageRows != 32 {
		t.Fatalf("pages of %d records: %v", s.Index.PageRows, err)
	}
	// One that was not read before is refused when it is, until it is repaired.
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(names[0], index, 0o600); err != nil {
		t.Fatal(err)
	}
	if damage, err := s.openIndex(true, slog.Default()); damage != nil || err != nil {
		t.Fatal(damage, err)
	}
	if _, err := s.Reader(); err == nil || !strings.Contains(err.Error(), "pages of 32 records") || !strings.Contains(err.Error(), filepath.Base(names[0])) {
		t.Errorf("the file gives %v", err)
	}
	if again, err := tr.rebuildDerived(); err != nil || len(again) != 1 {
		t.Fatalf("made again: %q, %v", again, err)
	}
	if r, err := s.Reader(); err != nil || r.Index != s.Index {
		t.Error(err)
	}
}
