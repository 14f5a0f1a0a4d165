package trail

import (
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// settling is a file that the disk takes piece by piece, until it fails.
type settling struct {
	disk.File
	to   int64
	fail bool
	t    *testing.T
}

func (f *settling) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

func (f *settling) Settle(offset, size int64) error {
	if offset != f.to {
		f.t.Errorf("settles from %d on, not from %d", offset, f.to)
	}
	f.to += size
	if f.fail {
		return disktest.ErrFail
	}
	return nil
}

// TestSettle: a segment goes to the disk in pieces, and an error of the disk that is told then is not passed over: no sync would
// tell it again.
func TestSettle(t *testing.T) {
	f := &settling{t: t}
	w := &digestWriter{f: f, sum: sha256.New()}
	chunk := make([]byte, 128<<10)
	for i := range 10 {
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
		if left := int64(i+1)*int64(len(chunk)) - f.to; left < 0 || left >= settlePiece {
			t.Fatalf("%d bytes are not settled after %d chunks", left, i+1)
		}
	}
	f.fail = true
	var err error
	for i := 0; i < 4 && err == nil; i++ {
		_, err = w.Write(chunk)
	}
	if !errors.Is(err, disktest.ErrFail) {
		t.Errorf("a disk that failed gave %v", err)
	}
}
