package disk

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// A large file that is removed leaves who reads it, and its other names, as they were; the space of one that nobody else has is given back in pieces.
func TestRemoveLarge(t *testing.T) {
	dir := t.TempDir()
	name, other := filepath.Join(dir, "log"), filepath.Join(dir, "other")
	content := bytes.Repeat([]byte("counterfoil\n"), largeFile/10)
	write := func() {
		t.Helper()
		if err := os.WriteFile(name, content, 0o640); err != nil {
			t.Fatal(err)
		}
	}
	isGone := func() {
		t.Helper()
		if _, err := os.Lstat(name); !os.IsNotExist(err) {
			t.Fatalf("the name is there: %v", err)
		}
	}
	same := func(file string) {
		t.Helper()
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%s has %d bytes, want %d: %v", file, len(got), len(content), err)
		}
	}

	write() // somebody reads it
	reader, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := remove(name); err != nil {
		t.Fatal(err)
	}
	isGone()
	got := make([]byte, len(content)+1)
	if n, _ := reader.ReadAt(got, 0); !bytes.Equal(got[:n], content) {
		t.Fatalf("who reads it finds %d bytes, want %d", n, len(content))
	}

	write() // it has another name
	if err := os.Link(name, other); err != nil {
		t.Fatal(err)
	}
	if err := remove(name); err != nil {
		t.Fatal(err)
	}
	isGone()
	same(other)

	if err := os.Symlink(other, name); err != nil { // it is the name of another
		t.Fatal(err)
	}
	if err := remove(name); err != nil {
		t.Fatal(err)
	}
	isGone()
	same(other)

	write()
	f := openLarge(name)
	if f == nil {
		t.Fatal("a large file is not taken for one")
	}
	defer f.Close()
	if giveBack(f) {
		t.Fatal("a file that has its name was shortened")
	}
	same(name)
	if err := remove(name); err != nil { // f has it open
		t.Fatal(err)
	}
	isGone()
	if i, err := f.Stat(); err != nil || i.Size() != int64(len(content)) {
		t.Fatalf("the file that is open has %d bytes: %v", i.Size(), err)
	}
	if !giveBack(f) {
		t.Fatal("the space of a file that nobody else has was not given back: are there no leases here?")
	}
	if i, err := f.Stat(); err != nil || i.Size() != 0 {
		t.Fatalf("%d bytes are left: %v", i.Size(), err)
	}

	if err := os.WriteFile(name, content[:largeFile-1], 0o640); err != nil {
		t.Fatal(err)
	}
	if f := openLarge(name); f != nil {
		t.Errorf("a file of %d bytes is taken for a large one", largeFile-1)
	}
	if err := remove(name); err != nil {
		t.Fatal(err)
	}
	isGone()
	if err := remove(name); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}
