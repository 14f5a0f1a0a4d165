package output_test

import (
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/output"
	"github.com/counterfoil/counterfoil/internal/output/outputtest"
)

// An event that the trail does not keep and that is taken back with what stood behind the mark comes again.
func TestPassedTakenBack(t *testing.T) {
	inBubble(t, func(b *bubble) {
		fs := &fullFS{FS: b.fs}
		b.opts = func(o *output.Options) { o.FS = fs }
		b.append("a")
		b.start()
		fs.full.Store(true)
		b.runner.Pass("in", []counterfoil.Event{outputtest.Event("p")})
		time.Sleep(time.Second)
		fs.full.Store(false)
		time.Sleep(time.Minute)
		b.has("a p")
		if c := b.runner.Counters(); c.Passed != 1 || c.Dropped != 0 {
			t.Errorf("%+v", c)
		}
	})
}

// fullFS is a disk on which no file can be made while it is full.
type fullFS struct {
	disk.FS
	full atomic.Bool
}

func (f *fullFS) Create(name string) (disk.File, error) {
	if f.full.Load() {
		return nil, syscall.ENOSPC
	}
	return f.FS.Create(name)
}
