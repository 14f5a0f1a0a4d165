package trail

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// work does a bit of everything a trail does and gives the events that were acknowledged, by number. It stops at the
// first error, as a daemon would.
func work(fs disk.FS) (acknowledged []counterfoil.Event, err error) {
	tr, err := OpenFS(fs, Options{SegmentRows: 8})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tr.Close()) }()
	ctx := context.Background()
	for i, n := range []int{1, 3, 4, 2, 7, 1, 5} {
		e := events(len(acknowledged), n)
		if _, err := tr.AppendAt(ctx, "in", e, []byte(fmt.Sprint(len(acknowledged)+n))); err != nil {
			return acknowledged, err
		}
		acknowledged = append(acknowledged, e...)
		if i%2 == 1 {
			if err := tr.Checkpoint(); err != nil {
				return acknowledged, err
			}
		}
		if i == 3 {
			if err := tr.Rotate(ctx); err != nil {
				return acknowledged, err
			}
		}
	}
	return acknowledged, nil
}

// mustRecover opens what a crash left: every acknowledged event is there, nothing else is between, the position fits,
// verify says yes, and the trail goes on.
func mustRecover(t *testing.T, what string, fs disk.FS, acknowledged []counterfoil.Event) {
	t.Helper()
	tr, err := OpenFS(fs, Options{SegmentRows: 8})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	recs := all(t, tr.View())
	if len(recs) < len(acknowledged) {
		t.Fatalf("%s: %d of %d acknowledged records are there", what, len(recs), len(acknowledged))
	}
	for i := range recs {
		want := event(i)
		want.AID = counterfoil.DeriveAID(tr.ID(), uint64(i))
		if recs[i].Event != want {
			t.Fatalf("%s: record %d is %+v", what, i, recs[i])
		}
	}
	if got, want := string(tr.Position("in")), fmt.Sprint(len(recs)); len(recs) > 0 && got != want {
		t.Fatalf("%s: position %s behind %s records", what, got, want)
	}
	if _, err := tr.Append(context.Background(), "in", events(len(recs), 9)); err != nil {
		t.Fatalf("%s: append: %v", what, err)
	}
	if err := tr.Rotate(context.Background()); err != nil {
		t.Fatalf("%s: rotate: %v", what, err)
	}
	if err := tr.Close(); err != nil {
		t.Fatalf("%s: close: %v", what, err)
	}
	r, err := CheckFS(context.Background(), fs, nil)
	if err != nil || !r.OK || r.Records != uint64(len(recs)+9) || len(r.Derived) > 0 {
		t.Fatalf("%s: check: %+v, %v, %v", what, r, r.Problem, err)
	}
}

func TestPowerCutAfterEveryOperation(t *testing.T) {
	for cut := 0; ; cut += thinned {
		d := disktest.New()
		d.CutAfter(cut)
		acknowledged, _ := work(d)
		if !d.Cut() {
			t.Logf("%d operations", cut)
			break
		}
		for seed, p := range []float64{0, 0.5, 1} {
			mustRecover(t, fmt.Sprintf("cut after %d, p %v", cut, p), d.Reopen(uint64(seed), p), acknowledged)
		}
	}
}

// TestPowerCutDuringRecovery cuts the power again while the first cut is being recovered from.
func TestPowerCutDuringRecovery(t *testing.T) {
	for cut := 20; ; cut += 13 * thinned {
		d := disktest.New()
		d.CutAfter(cut)
		acknowledged, _ := work(d)
		if !d.Cut() {
			break
		}
		for again := 0; ; again++ {
			d2 := d.Reopen(7, 0.5)
			d2.CutAfter(again)
			if tr, err := OpenFS(d2, Options{SegmentRows: 8}); err == nil {
				_ = tr.Rotate(context.Background())
				_ = tr.Close()
			}
			if !d2.Cut() {
				break
			}
			mustRecover(t, fmt.Sprintf("cut after %d, then %d", cut, again), d2.Reopen(3, 0.5), acknowledged)
		}
	}
}

// mustStay opens what a process left that was killed, on a machine that goes on, and then cuts the power: what the second process
// showed, and the little that it took in, is there.
func mustStay(t *testing.T, what string, fs *disktest.Memory, acknowledged []counterfoil.Event) {
	t.Helper()
	fs = fs.Restart()
	tr, err := OpenFS(fs, Options{SegmentRows: 8})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	recs := all(t, tr.View())
	if len(recs) < len(acknowledged) {
		t.Fatalf("%s: %d of %d acknowledged records are there", what, len(recs), len(acknowledged))
	}
	showed := events(0, len(recs))
	mustRecover(t, what+", then the power", fs.Reopen(1, 0), showed)
	showed = append(showed, events(len(showed), 2)...)
	if _, err := tr.AppendAt(context.Background(), "in", showed[len(recs):], []byte(fmt.Sprint(len(showed)))); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for seed, p := range []float64{0, 0.5} {
		mustRecover(t, fmt.Sprintf("%s, then two events and the power, p %v", what, p), fs.Reopen(uint64(seed), p), showed)
	}
}

// restarted opens what a process left that was killed, on a machine that goes on, does nothing more, and gives the disk. Where even
// that leaves the trail broken the test fails.
func restarted(t *testing.T, what string, fs *disktest.Memory, o Options) *disktest.Memory {
	t.Helper()
	fs = fs.Restart()
	if tr, err := OpenFS(fs, o); err != nil {
		t.Fatalf("%s, then another process: %v", what, err)
	} else if err := tr.brokenErr(); err != nil {
		t.Fatalf("%s, then another process: %v", what, err)
	}
	return fs
}

// TestPowerCutAfterAKill kills the process after every operation in turn. The next one finds what was written and not synced.
func TestPowerCutAfterAKill(t *testing.T) {
	for cut := 0; ; cut += thinned {
		d := disktest.New()
		d.CutAfter(cut)
		acknowledged, _ := work(d)
		if !d.Cut() {
			break
		}
		mustStay(t, fmt.Sprintf("killed after %d", cut), d, acknowledged)
	}
}

// TestPowerCutAfterAFault lets each call fail, which ends the process, and cuts the power when the next one is at work.
func TestPowerCutAfterAFault(t *testing.T) {
	for _, did := range []bool{false, true} {
		for n := 0; ; n += 2 * thinned {
			d := disktest.New()
			f := disktest.Fail(d, n, did)
			acknowledged, _ := work(f)
			if f.Calls() <= n {
				break
			}
			mustStay(t, fmt.Sprintf("call %d, done: %v", n, did), d, acknowledged)
		}
	}
}

// TestEveryCallFails lets each disk call fail in turn, not done and done. What was acknowledged before is there after a
// restart on a disk that works again.
func TestEveryCallFails(t *testing.T) {
	for _, did := range []bool{false, true} {
		for n := 0; ; n += thinned {
			d := disktest.New()
			f := disktest.Fail(d, n, did)
			acknowledged, _ := work(f)
			if f.Calls() <= n {
				break
			}
			mustRecover(t, fmt.Sprintf("call %d, done: %v", n, did), d.Reopen(1, 1), acknowledged)
		}
	}
}

func TestFullDisk(t *testing.T) {
	d := disktest.New()
	tr, err := OpenFS(d, Options{SegmentRows: 64})
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	mustAppend(t, tr, events(0, 10))
	kept += 10
	d.Limit(0)
	refused := 0
	for range 20000 {
		_, err := tr.Append(context.Background(), "in", events(kept, 3))
		if err == nil {
			kept += 3
			continue
		}
		if !errors.Is(err, ErrSuspended) {
			t.Fatalf("a full disk: %v", err)
		}
		if refused++; refused > 5 {
			break
		}
	}
	if refused == 0 {
		t.Fatal("the disk never filled up")
	}
	if n := len(named(t, tr.View(), "EVENT")); n != kept {
		t.Errorf("%d events are visible, %d were acknowledged", n, kept)
	}
	d.Limit(1 << 40)
	mustAppend(t, tr, events(kept, 5))
	kept += 5
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(named(t, tr.View(), "EVENT")); n != kept {
		t.Errorf("%d events are visible, %d were acknowledged", n, kept)
	}
	mustCheckFS(t, d, tr.View().Size())
}
