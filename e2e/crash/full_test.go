package crash_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/peertest"
)

// smallDisk mounts a file system of so many bytes.
func smallDisk(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size+",mode=700"); err != nil {
		peertest.Need(t, "smalldisk", fmt.Errorf("no tmpfs can be mounted (are we root?): %w", err))
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return dir
}

// TestDiskFull fills the disk under the program: it refuses with 503 and says why, keeps what it has acknowledged, and
// goes on by itself when there is space again.
func TestDiskFull(t *testing.T) {
	seed := number(t, "COUNTERFOIL_SEED", uint64(time.Now().UnixNano()))
	t.Logf("COUNTERFOIL_SEED=%d", seed)
	disk := smallDisk(t, "128m")
	ballast := filepath.Join(disk, "ballast")
	dir := filepath.Join(disk, "trail")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d := newDaemon(t, dir)
	l := newLoad(t, d, rand.New(rand.NewPCG(seed, 28)))
	d.start()
	for round := range 2 {
		fill(t, ballast, free(t, disk)-int64(round)*4<<20) // to the last byte, and with a little left
		refuse(t, l)
		kept := l.ledger.size()
		l.ledger.check(t, "while the disk is full", dir)
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		again(t, l)
		t.Logf("round %d: %d acknowledged when the disk was full, %d later", round, kept, l.ledger.size())
	}
	// A program that ends and starts on a full disk, too, loses nothing.
	fill(t, ballast, free(t, disk))
	refuse(t, l)
	d.end(syscall.SIGTERM)
	d.verify("ended on a full disk")
	l.ledger.check(t, "ended on a full disk", dir)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	d.start()
	again(t, l)
	if code := d.end(syscall.SIGTERM); code != 0 {
		t.Fatalf("exit code %d\n%s", code, d.log)
	}
	d.verify("in the end")
	l.ledger.check(t, "in the end", dir)
}

func free(t *testing.T, dir string) int64 {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	return int64(s.Bavail) * s.Bsize
}

// fill makes a file of so many bytes, or of as many as there is space for.
func fill(t *testing.T, name string, bytes int64) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 1<<16); bytes > 0; bytes -= int64(len(block)) {
		if _, err := f.Write(block[:min(bytes, int64(len(block)))]); errors.Is(err, syscall.ENOSPC) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// refuse loads until every sender was refused, and looks at the words.
func refuse(t *testing.T, l *load) {
	t.Helper()
	l.begin()
	for deadline := time.Now().Add(patience); len(l.errors()) < senders; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the disk is full, and only %d of %d senders are refused", len(l.errors()), senders)
		}
	}
	l.end()
	for _, err := range l.errors() {
		r, ok := errors.AsType[*refused](err)
		if !ok || r.status != http.StatusServiceUnavailable || !strings.Contains(r.body, `"kind":"suspended"`) || !strings.Contains(r.body, "disk is full") {
			t.Fatalf("a full disk is answered with %v", err)
		}
	}
}

// again sends until the program takes events: nobody tells it that there is space.
func again(t *testing.T, l *load) {
	t.Helper()
	client := &http.Client{Timeout: patience}
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err = l.senders[0].send(client); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatalf("there is space again, and the program says %v", err)
	}
	l.begin()
	l.untilKept(5000)
	l.end()
	if errs := l.errors(); len(errs) > 0 {
		t.Fatalf("there is space again, and the program says %v", errs)
	}
}
