package trail

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// stubborn is a disk whose log says that it is full when it has written, and then does not take it back.
type stubborn struct {
	disk.FS
	on, sync bool // sync: it truncates, and does not sync that
}

var errStubborn = errors.New("input/output error")

func (d *stubborn) Create(name string) (disk.File, error) {
	f, err := d.FS.Create(name)
	if strings.HasPrefix(name, "wal/") && err == nil {
		f = &stubbornFile{f, d}
	}
	return f, err
}

type stubbornFile struct {
	disk.File
	d *stubborn
}

func (f *stubbornFile) WriteAt(b []byte, off int64) (int, error) {
	n, err := f.File.WriteAt(b, off)
	if f.d.on && err == nil {
		return 0, disk.ErrFull
	}
	return n, err
}

func (f *stubbornFile) Truncate(size int64) error {
	if f.d.on && !f.d.sync {
		return errStubborn
	}
	return f.File.Truncate(size)
}

func (f *stubbornFile) Sync() error {
	if f.d.on {
		return errStubborn
	}
	return f.File.Sync()
}

// TestRotateBehindABatchThatFailed: what a write that failed has left in a file of the log does not stand before the next one, and a
// sync that failed is not left behind with its file.
func TestRotateBehindABatchThatFailed(t *testing.T) {
	for _, sync := range []bool{false, true} {
		mem := disktest.New()
		d := &stubborn{FS: mem, sync: sync}
		tr := mustOpenFS(t, d, Options{SealAge: 1})
		mustAppend(t, tr, events(0, 10))
		d.on = true
		tr.level("soft", "a", true, "") // an event of the trail's own is the first to find that the disk is full
		d.on = false
		tr.rotateOld()
		err := tr.Broken()
		if sync != errors.Is(err, ErrBroken) {
			t.Errorf("a sync fails: %v: %v", sync, err)
		}
		want := 10
		if err == nil {
			mustAppend(t, tr, events(10, 5))
			want = 15
		}
		tr, err = OpenFS(mem.Reopen(1, 1), Options{}) // it was killed
		if err != nil {
			t.Fatalf("a sync fails: %v: %v", sync, err)
		}
		if n := len(named(t, tr.View(), "EVENT")); n != want {
			t.Errorf("a sync fails: %v: %d events of %d", sync, n, want)
		}
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// closing closes a trail while somebody looks whether they shall go on.
type closing struct {
	context.Context
	tr   *Trail
	once sync.Once
	err  error
}

func (c *closing) Err() error {
	c.once.Do(func() { c.err = c.tr.Close() })
	return nil
}

// TestRotateBesideClose: what is closed meanwhile seals nothing, for the directory is free for another by then.
func TestRotateBesideClose(t *testing.T) {
	d := disktest.New()
	tr := mustOpenFS(t, d, Options{})
	mustAppend(t, tr, events(0, 10))
	ctx := &closing{Context: t.Context(), tr: tr}
	if err := tr.Rotate(ctx); !errors.Is(err, ErrClosed) || ctx.err != nil {
		t.Errorf("%v, closing: %v", err, ctx.err)
	}
	if names, err := d.ReadDir(segmentDir); err != nil || len(names) > 0 {
		t.Errorf("%v, %v", names, err)
	}
}
