package trail

import (
	"errors"
	"testing"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestFullHeadOverwrites: where the disk is full and so is the head, that nothing is taken in is said all the same, and room is made.
func TestFullHeadOverwrites(t *testing.T) {
	d := disktest.New()
	a := &volume{disk.Below(d, "a"), 200 << 20}
	tr := mustOpenFS(t, d, Options{SegmentRows: 100, Dirs: []Dir{{Path: "a", FreeBytes: 50 << 20, FS: a}}, Space: Space{Action: Overwrite}})
	mustAppend(t, tr, events(0, 100))
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, tr, events(100, 100)) // waits for the sealer
	mustAppend(t, tr, events(200, 100))
	a.free = 0
	if _, err := tr.Append(t.Context(), "in", events(300, 1)); !errors.Is(err, ErrSuspended) {
		t.Fatal(err)
	}
	if n := len(named(t, tr.View(), act.Full)); n != 1 {
		t.Errorf("%d events say that nothing is taken in", n)
	}
	if err := tr.relieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if gone := tr.View().Expired(); len(gone) != 1 || gone[0].First != 0 {
		t.Fatalf("expired is %+v", gone)
	}
	a.free = 200 << 20
	mustAppend(t, tr, events(300, 1))
	if err := errors.Join(tr.Rotate(t.Context()), tr.Close()); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, d, tr.View().Size())
}
