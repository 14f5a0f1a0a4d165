package trail

import (
	"context"
	"errors"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestVouchRemembers: an index is made again once in a process, and not where an incremental verification found it right.
func TestVouchRemembers(t *testing.T) {
	d := disktest.New()
	tr := mustOpenFS(t, d, Options{SegmentRows: 512})
	for i := range 3 {
		mustAppend(t, tr, events(512*i, 512))
		if err := tr.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	vouch := func(tr *Trail) (remembered int) {
		t.Helper()
		p, err := tr.Prover()
		if err != nil {
			t.Fatal(err)
		}
		was := p.View
		done, err := p.Vouch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if p.View == was || len(p.View.Segments) != 3 || p.View.Segments[0] == was.Segments[0] || p.View.spans[0].files[0] != p.View.Segments[0] {
			t.Error("the view is not one of its own")
		}
		all(t, p.View)
		if err := done(); err != nil || p.View != was {
			t.Error(err)
		}
		tr.vouched.Range(func(any, any) bool { remembered++; return true })
		return remembered
	}
	if n := vouch(tr); n != 3 {
		t.Errorf("%d indexes are remembered of 3 that were made again", n)
	}
	p, err := tr.Prover()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Vouch(ctx); !errors.Is(err, context.Canceled) || p.View.Segments[0] != tr.View().Segments[0] {
		t.Error(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := CheckFS(t.Context(), d, &CheckOptions{Incremental: true, Now: 1}); err != nil || !r.OK {
		t.Fatal(r, err)
	}
	tr = mustOpenFS(t, d, Options{SegmentRows: 512})
	if n := vouch(tr); n != 0 {
		t.Errorf("%d indexes were made again that a verification had found right", n)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}
