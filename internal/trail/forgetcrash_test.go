package trail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// smallOptions are for the tests that go through every step.
func smallOptions(c *clock) Options {
	o := forgetOptions(c)
	o.SegmentRows, o.Retention.Rules = 12, o.Retention.Rules[:1]
	return o
}

// forgetful makes a small trail on a disk: a range of several files, a head, and a hold on one of anna's records.
func forgetful(t *testing.T) (*disktest.Memory, map[uint64]counterfoil.Event) {
	t.Helper()
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs, want := disktest.New(), map[uint64]counterfoil.Event{}
	o := smallOptions(c)
	tr := mustOpenFS(t, fs, o)
	mustAppendShared(t, tr, want, 0, 10)
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustAppendShared(t, tr, want, 10, 8)
	if _, err := tr.AddHold(t.Context(), `object.name contains "/5"`, "case 17", auditor); err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	return fs, want
}

// forgetWith opens a trail, forgets anna, and appends something. It stops at the first error.
func forgetWith(fs disk.FS, want map[uint64]counterfoil.Event) (f *Forgotten, err error) {
	c := &clock{time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}
	o := smallOptions(c)
	tr, err := OpenFS(fs, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tr.Close()) }()
	if f, err = tr.Forget(context.Background(), ForgetRequest{User: anna, Reason: "r", ExceptHeld: true}, auditor); err != nil {
		return nil, err
	}
	e := map[uint64]counterfoil.Event{}
	if err = appendShared(tr, e, 29, 3); err == nil {
		maps.Copy(want, e)
	}
	return f, err
}

// mustHaveForgotten opens what a crash left. Anna is forgotten, or was not begun to be: then nothing of hers is missing, and she
// is forgotten now. The trail is whole, nothing of her is on the disk but what is held, and everything is proved.
func mustHaveForgotten(t *testing.T, what string, fs *disktest.Memory, want map[uint64]counterfoil.Event, acknowledged bool) {
	t.Helper()
	c := &clock{time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC)}
	o := smallOptions(c)
	tr, err := OpenFS(fs, o)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if tr.subjects.going != nil {
		t.Fatalf("%s: it is not finished: %+v", what, tr.Recovery())
	}
	held := func(seq uint64) bool { return strings.Contains(want[seq].Object.Name, "/5") }
	certs, err := readCertificates(fs, &tr.id)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if len(certs) == 0 {
		if acknowledged {
			t.Fatalf("%s: it was acknowledged, and there is no certificate", what)
		}
		mustShow(t, what+", not begun", tr.View(), want, tr.ID(), func(uint64) bool { return false })
		f, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "r", ExceptHeld: true}, auditor)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		certs = map[uint64]*Forgotten{f.Event: f}
	}
	if len(certs) != 1 {
		t.Fatalf("%s: %d certificates", what, len(certs))
	}
	var before uint64
	for _, f := range certs {
		before = f.Before
	}
	forgotten := func(seq uint64) bool { return seq < before && want[seq].User == anna && !held(seq) }
	mustShow(t, what, tr.View(), want, tr.ID(), forgotten)
	mustProve(t, tr, 18, forgotten)
	if n := len(named(t, tr.View(), act.Forget)); n != 1 {
		t.Fatalf("%s: it is said %d times", what, n)
	}
	size := tr.View().Size()
	if err := tr.Close(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if r := mustCheckFS(t, fs, size); len(r.Forgotten) != 1 || r.Forgotten[0].At == "" {
		t.Fatalf("%s: %+v", what, r.Forgotten)
	}
	mustDist(t, what, fs)
	// What is held, and what came later, may have the mark.
	for _, n := range findMark(t, fs) {
		if !strings.HasSuffix(n, ".wal") && !hasMarked(t, fs, n, held) && n != subjectsFile {
			t.Fatalf("%s: the mark stands in %s", what, n)
		}
	}
}

// hasMarked reports whether a segment file holds a record that may have the mark.
func hasMarked(t *testing.T, fs disk.FS, name string, may func(seq uint64) bool) bool {
	t.Helper()
	data, err := disk.ReadFile(fs, strings.TrimSuffix(strings.Replace(name, "/dist/", "/", 1), path.Ext(name))+".parquet", 1<<30)
	if err != nil {
		return false
	}
	r, err := segment.Open(bytes.NewReader(data), int64(len(data)), segment.NewCache(1<<20))
	if err != nil {
		return false
	}
	found := false
	if err := eachOf(r, 0, ^uint64(0), func(r *counterfoil.Record) error {
		found = found || may(r.Seq)
		if r.User == anna && !may(r.Seq) && r.Seq < 18 {
			return fmt.Errorf("record %d", r.Seq)
		}
		return nil
	}); err != nil {
		t.Fatalf("%s: %v is not forgotten", name, err)
	}
	return found
}

func TestPowerCutWhileForgetting(t *testing.T) {
	base, want := forgetful(t)
	for cut := 0; ; cut += thinned {
		d := base.Reopen(1, 1)
		d.CutAfter(cut)
		got := maps.Clone(want)
		f, err := forgetWith(d, got)
		if !d.Cut() {
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d operations", cut)
			mustHaveForgotten(t, "uncut", d.Reopen(1, 0), got, true)
			break
		}
		p := []float64{0, 0.5, 1}[cut%3]
		mustHaveForgotten(t, fmt.Sprintf("cut after %d, p %v", cut, p), d.Reopen(uint64(cut), p), got, f != nil)
		what := fmt.Sprintf("killed after %d", cut)
		d = restarted(t, what, d, smallOptions(&clock{time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}))
		mustHaveForgotten(t, fmt.Sprintf("%s, then the power, p %v", what, p), d.Reopen(uint64(cut), p), got, f != nil)
	}
}

// TestPowerCutWhileFinishing cuts the power again while what the first cut left is finished.
func TestPowerCutWhileFinishing(t *testing.T) {
	base, want := forgetful(t)
	for cut := 5; ; cut += 41 * thinned {
		d := base.Reopen(1, 1)
		d.CutAfter(cut)
		got := maps.Clone(want)
		if _, err := forgetWith(d, got); !d.Cut() {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		for again := 0; ; again += 5 {
			d2 := d.Reopen(uint64(cut), 0.5)
			d2.CutAfter(again)
			c := &clock{time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}
			o := smallOptions(c)
			if tr, err := OpenFS(d2, o); err == nil {
				_ = tr.Close()
			}
			if !d2.Cut() {
				break
			}
			mustHaveForgotten(t, fmt.Sprintf("cut after %d, then %d", cut, again), d2.Reopen(3, 0.5), got, false)
		}
	}
}

func TestEveryCallFailsWhileForgetting(t *testing.T) {
	base, want := forgetful(t)
	f := disktest.Fail(base.Reopen(1, 1), 1<<30, false)
	tr := mustOpenFS(t, f, smallOptions(&clock{time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}))
	opening := f.Calls() // which fail in TestEveryCallFails
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	for _, did := range []bool{false, true} {
		for n := opening; ; n += 5 * thinned {
			d := base.Reopen(1, 1)
			f := disktest.Fail(d, n, did)
			got := maps.Clone(want)
			done, _ := forgetWith(f, got)
			if f.Calls() <= n {
				break
			}
			mustHaveForgotten(t, fmt.Sprintf("call %d, done: %v", n, did), d.Reopen(1, 1), got, done != nil)
		}
	}
}

// TestForgettingGoesOn begins on a disk that is nearly full, and goes on when there is space.
func TestForgettingGoesOn(t *testing.T) {
	base, want := forgetful(t)
	for spare := int64(0); ; spare += 4 << 10 {
		d := base.Reopen(1, 1)
		c := &clock{time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}
		o := smallOptions(c)
		tr := mustOpenFS(t, d, o)
		free, total, err := d.Space()
		if err != nil {
			t.Fatal(err)
		}
		d.Limit(int64(total-free) + spare)
		_, err = tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "r", ExceptHeld: true}, auditor)
		d.Limit(1 << 40)
		if err != nil {
			if berr := tr.brokenErr(); berr != nil && !errors.Is(berr, disk.ErrFull) {
				t.Fatalf("%d bytes free: %v, broken by %v", spare, err, berr)
			}
			if tr.subjects.going != nil && tr.brokenErr() == nil {
				if _, err := tr.AddHold(t.Context(), "user = bob", "case 18", auditor); !errors.Is(err, ErrForgetting) {
					t.Errorf("a hold meanwhile: %v", err)
				}
				tr.committing.Lock()
				tr.settle()
				tr.leaveFull()
				tr.committing.Unlock()
				if rerr := tr.resumeForgetting(t.Context()); rerr != nil {
					t.Errorf("%d bytes free: %v, then %v", spare, err, rerr)
				}
			}
		}
		if cerr := tr.Close(); cerr != nil && tr.brokenErr() == nil {
			t.Fatal(cerr)
		}
		mustHaveForgotten(t, fmt.Sprintf("%d bytes free", spare), d, want, err == nil)
		if err == nil {
			break
		}
	}
}

// TestCloseWhileForgetting stops a forgetting between two ranges; the next opening finishes it.
func TestCloseWhileForgetting(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs := disktest.New()
	tr := mustOpenFS(t, fs, forgetOptions(c))
	want := map[uint64]counterfoil.Event{}
	mustAppendShared(t, tr, want, 0, 100)
	tr.close.Do(func() { close(tr.closing) }) // as Close does before it waits
	if _, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "r"}, auditor); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := CheckFS(t.Context(), fs, nil); err != nil || !r.OK {
		t.Fatalf("before it is finished: %+v, %v", r, err)
	}
	tr = mustOpenFS(t, fs, forgetOptions(c))
	if tr.Recovery().Forgot != "finished" {
		t.Errorf("%+v", tr.Recovery())
	}
	mustShow(t, "finished", tr.View(), want, tr.ID(), func(seq uint64) bool { return want[seq].User == anna })
	if left := findMark(t, fs); len(left) > 0 {
		t.Errorf("the mark stands in %v", left)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, fs, tr.View().Size())
}

// TestForgottenKeyIsNotUsedOn begins to forget somebody, starts again before the key is out of the file, and cannot go on at
// once: what the user does meanwhile has a key that stays.
func TestForgottenKeyIsNotUsedOn(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs := disktest.New()
	vol := &volume{disk.Below(fs, "a"), 200 << 20}
	o := Options{SegmentRows: 300, Now: c.now, Dirs: []Dir{{Path: "a", FreePercent: 10, FS: vol}}}
	tr := mustOpenFS(t, fs, o)
	want := map[uint64]counterfoil.Event{}
	mustAppendShared(t, tr, want, 0, 40)
	vol.free = 0 // what waits cannot be sealed
	if _, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "r"}, auditor); !errors.Is(err, ErrSuspended) {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	tr = mustOpenFS(t, fs, o)
	if tr.subjects.going == nil {
		t.Fatalf("it is finished: %+v", tr.Recovery())
	}
	vol.free = 200 << 20
	mustAppendShared(t, tr, want, 40, 10)
	if err := tr.resumeForgetting(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustAppendShared(t, tr, want, 50, 10)
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	tr = mustOpenFS(t, fs, o)
	mustShow(t, "finished", tr.View(), want, tr.ID(), func(seq uint64) bool { return seq < 40 && want[seq].User == anna })
	size := tr.View().Size()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, fs, size)
}
