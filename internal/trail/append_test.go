package trail

import (
	"context"
	"strings"
	"testing"
	"time"

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
