package intaketest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/wal"
)

// ScanFiles scans every file below dir, the log also as it reads, and counts in seen, by their kind, those in which it sees what
// was kept.
func ScanFiles(t *testing.T, dir string, seen map[string]int, kept string, never ...string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(name)
		if err == nil && filepath.Ext(name) == ".wal" {
			b, err = batches(b, filepath.Dir(name), filepath.Base(name))
		}
		seen[filepath.Ext(name)] += Scan(t, name, b, kept, never...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// batches gives a file of the log, and behind it what its frames hold: they are packed.
func batches(file []byte, dir, name string) ([]byte, error) {
	fsys, err := disk.Open(dir)
	if err != nil {
		return nil, err
	}
	f, err := wal.Open(fsys, name)
	if err != nil {
		return nil, err
	}
	_, err = f.Replay(func(_ uint64, _ int, batch []byte) error {
		file = append(file, batch...)
		return nil
	})
	return file, errors.Join(err, f.Close())
}

// Scan looks in b, and in every zstd frame that begins somewhere in it, for what must never be there. It gives 1 if it sees
// what was kept: a scan that never sees that sees nothing.
func Scan(t *testing.T, name string, b []byte, kept string, never ...string) (seen int) {
	t.Helper()
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	look := func(what string, b []byte) {
		for _, needle := range never {
			if bytes.Contains(b, []byte(needle)) {
				t.Errorf("%s of %s holds %s", what, name, needle)
			}
		}
		if bytes.Contains(b, []byte(kept)) {
			seen = 1
		}
	}
	look("the text", b)
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], []byte{0x28, 0xb5, 0x2f, 0xfd})
		if i < 0 {
			return seen
		}
		at += i
		plain, _ := d.DecodeAll(b[at:], nil) // what follows the frame is no frame; what was decoded before is given
		look(fmt.Sprintf("the frame at %d", at), plain)
	}
}
