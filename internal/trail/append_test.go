package trail

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// gated is a disk whose WAL syncs wait until they are let through.
type gated struct {
	disk.FS
	gate chan struct{} // one value lets one sync through; closed: all
}

func (g *gated) Create(name string) (disk.File, error) {
	f, err := g.FS.Create(name)
	return g.wrap(name, f), err
}

func (g *gated) wrap(name string, f disk.File) disk.File {
	if f != nil && strings.HasPrefix(name, "wal/") {
		return &gatedFile{f, g.gate}
	}
	return f
}

type gatedFile struct {
	disk.File
	gate chan struct{}
}

func (f *gatedFile) Sync() error {
	<-f.gate
	return f.File.Sync()
}

// Whoever commits for others gets the answer for the own batch after one round, however many come meanwhile.
func TestLeaderIsReleased(t *testing.T) {
	g := &gated{disktest.New(), make(chan struct{}, 64)}
	for range 8 {
		g.gate <- struct{}{} // what opening syncs
	}
	tr, err := OpenFS(g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for len(g.gate) > 0 {
		<-g.gate
	}
	answers := [3]chan error{}
	send := func(i int) {
		answers[i] = make(chan error, 1)
		go func() {
			_, err := tr.Append(context.Background(), "test", events(i, 1))
			answers[i] <- err
		}()
	}
	waiting := func(leads bool, n int) {
		for {
			tr.queue.mu.Lock()
			ok := tr.queue.leader == leads && len(tr.queue.waiting) == n
			tr.queue.mu.Unlock()
			if ok {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
	send(0)
	waiting(true, 0) // it leads, and waits for its sync
	send(1)
	waiting(true, 1)
	g.gate <- struct{}{}
	if err := <-answers[0]; err != nil { // though the second sync waits
		t.Fatal(err)
	}
	send(2)
	close(g.gate)
	for _, a := range answers[1:] {
		if err := <-a; err != nil {
			t.Fatal(err)
		}
	}
	waiting(false, 0)
	if size := tr.View().Size(); size != 3 {
		t.Errorf("size %d", size)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestReadErrorIsNotTheSenders: that the record cannot be read which an event is to be compared with is no fault of the event.
func TestReadErrorIsNotTheSenders(t *testing.T) {
	e := events(0, 40)
	for i := range e {
		e[i].AID = counterfoil.AID{1, byte(i)}
	}
	run := func(n int) (calls int, err error) {
		fs := disktest.New()
		tr := mustOpenFS(t, fs, Options{SegmentRows: 40})
		mustAppend(t, tr, e)
		if err := errors.Join(tr.Rotate(t.Context()), tr.Close()); err != nil {
			t.Fatal(err)
		}
		f := disktest.Fail(fs, n, false)
		if tr, err = OpenFS(f, Options{SegmentRows: 40}); err != nil {
			t.Fatal(err)
		}
		defer tr.Close()
		calls = f.Calls()
		_, err = tr.Append(t.Context(), "test", e[7:8])
		return calls, err
	}
	begin, err := run(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for n := begin; n < begin+3; n++ {
		_, err := run(n)
		if _, bad := errors.AsType[*EventError](err); bad {
			t.Errorf("the sender is told that its event is wrong: %v", err)
		}
		if errors.Is(err, disktest.ErrFail) {
			failed++
		}
	}
	if failed == 0 {
		t.Error("nothing was read")
	}
}
