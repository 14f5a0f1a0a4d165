package disk_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

func TestOS(t *testing.T) {
	disktest.Run(t, func(t *testing.T) disk.FS {
		d, err := disk.Open(filepath.Join(t.TempDir(), "made", "later"))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.MkdirAll("."); err != nil {
			t.Fatal(err)
		}
		return d
	})
}

func TestOpenAFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := disk.Open(name); err == nil || !strings.Contains(err.Error(), "is not a directory") {
		t.Error(err)
	}
}

// TestFull fills /dev/full, which says "no space" to every write.
func TestFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		peertest.Need(t, "devfull", errors.New("no /dev/full on this system"))
	}
	d, err := disk.Open("/dev")
	if err != nil {
		t.Fatal(err)
	}
	f, err := d.Open("full", true)
	if err != nil {
		peertest.Need(t, "devfull", err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, disk.ErrFull) || !errors.Is(err, unix.ENOSPC) {
		t.Errorf("write: %v", err)
	}
}

// TestPreallocateTakesSpace sees that preallocating asks for blocks where the file system can.
func TestPreallocateTakesSpace(t *testing.T) {
	dir := t.TempDir()
	d, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := d.Create("f")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Preallocate(1 << 20); err != nil {
		t.Fatal(err)
	}
	var s unix.Stat_t
	if err := unix.Stat(filepath.Join(dir, "f"), &s); err != nil {
		t.Fatal(err)
	}
	if s.Size != 1<<20 {
		t.Errorf("%d bytes long", s.Size)
	}
	if s.Blocks == 0 {
		peertest.Need(t, "preallocate", errors.New("this file system cannot preallocate"))
	}
	if got := s.Blocks * 512; got < 1<<20 {
		t.Errorf("%d bytes on the disk", got)
	}
}
