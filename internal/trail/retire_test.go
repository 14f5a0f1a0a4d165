package trail

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/proof"
)

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

var auditor = act.Who{Host: "h", User: "olga"}

// mixed makes events of three categories in turn.
func mixed(from, n int) []counterfoil.Event {
	e := events(from, n)
	for i := range e {
		e[i].Category = []counterfoil.Category{counterfoil.CategoryData, counterfoil.CategoryTraffic, counterfoil.CategoryAdmin}[(from+i)%3]
	}
	return e
}

const day = 24 * time.Hour

// byCategory keeps traffic for 1 day, data for 30, the rest for 100.
var byCategory = Retention{Default: ExpireAfter{Age: 100 * day}, Rules: []RetentionRule{
	{Category: counterfoil.CategoryTraffic, After: ExpireAfter{Age: day}}, {Category: counterfoil.CategoryData, After: ExpireAfter{Age: 30 * day}}}}

// present gives the records of a view by number.
func present(t *testing.T, v *View) map[uint64]counterfoil.Record {
	t.Helper()
	m := map[uint64]counterfoil.Record{}
	if err := v.each(0, v.Size(), func(r *counterfoil.Record) error { m[r.Seq] = *r; return nil }); err != nil {
		t.Fatal(err)
	}
	return m
}

// mustKnowWhatIsGone holds Gone against the records that are there.
func mustKnowWhatIsGone(t *testing.T, v *View, from, to uint64) {
	t.Helper()
	there := present(t, v)
	var want [3]uint64
	for n := from; n < to; n++ {
		if _, ok := there[n]; ok {
			continue
		}
		if want[0]++; want[0] == 1 {
			want[1] = n
		}
		want[2] = n
	}
	count, first, last, err := v.Gone(from, to)
	if got := [3]uint64{count, first, last}; err != nil || got != want {
		t.Errorf("gone of %d to %d: %v, %v, want %v", from, to, got, err, want)
	}
}

func TestExpiryByCategory(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs := disktest.New()
	o := Options{SegmentRows: 1000, Now: c.now, Retention: byCategory}
	tr := mustOpenFS(t, fs, o)
	for n := 0; n < 2500; n += 500 {
		mustAppend(t, tr, mixed(n, 500))
	}
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(tr.View().Segments); n != 9 {
		t.Fatalf("%d files, want 3 for each of 3 ranges", n)
	}
	old := tr.View()
	for i, want := range []struct {
		after time.Duration
		left  map[counterfoil.Category]bool
	}{
		{0, map[counterfoil.Category]bool{counterfoil.CategoryTraffic: true, counterfoil.CategoryData: true, counterfoil.CategoryAdmin: true}},
		{2 * day, map[counterfoil.Category]bool{counterfoil.CategoryData: true, counterfoil.CategoryAdmin: true}},
		{40 * day, map[counterfoil.Category]bool{counterfoil.CategoryAdmin: true}},
		{200 * day, map[counterfoil.Category]bool{}},
	} {
		c.at = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(want.after)
		if err := tr.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		v := tr.View()
		for seq, r := range present(t, v) {
			if seq < 2500 && !want.left[r.Category] {
				t.Fatalf("step %d: record %d of category %v is there", i, seq, r.Category)
			}
		}
		for seq := uint64(0); seq < 2500; seq += 7 {
			var r counterfoil.Record
			err := v.Record(seq, &r)
			if there := want.left[mixed(int(seq), 1)[0].Category]; there != (err == nil) || !there && !isExpired(err) {
				t.Fatalf("step %d: record %d: %v", i, seq, err)
			}
			if err != nil {
				continue
			}
			b, err := tr.Prove(seq, "test")
			if err != nil {
				t.Fatalf("step %d: prove %d: %v", i, seq, err)
			}
			if _, err := proof.Verify(b.Marshal(), proof.Options{TrustedKey: tr.VerifierKey()}); err != nil {
				t.Fatalf("step %d: proof of %d: %v", i, seq, err)
			}
		}
		for _, window := range [][2]uint64{{0, v.Size()}, {3, 1000}, {999, 1001}, {700, 2300}} {
			mustKnowWhatIsGone(t, v, window[0], window[1])
		}
		mustCheckFS(t, fs, v.Size())
		d, err := OpenReadOnlyFS(fs)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := len(present(t, v)), len(present(t, d.View())); a != b {
			t.Errorf("step %d: the directory has %d records, the trail %d", i, b, a)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := present(t, old); len(got) != 2500 {
		t.Errorf("a view from before has %d records", len(got))
	}
	note, _, _ := tr.LastCheckpoint()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	// What expired is told by the trail itself, and opening does not need what is gone.
	r := mustCheckFS(t, fs, 2509)
	if len(r.Expired) != 9 || !strings.Contains(r.Expired[0].Text, "333 of the records 0 to 999 expired on 2026-01-03T00:00:00Z by retention 1d of category traffic") {
		t.Errorf("%+v", r.Expired)
	}
	for _, name := range []string{"tile/1/000.p/9"} {
		if err := fs.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	tr = mustOpenFS(t, fs, o)
	if len(tr.Recovery().Rebuilt) != 1 {
		t.Errorf("tiles were removed: %+v", tr.Recovery())
	}
	mustAppend(t, tr, mixed(0, 10))
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := CheckFS(t.Context(), fs, &CheckOptions{Against: [][]byte{note}}); err != nil || !r.OK || r.Passed != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

func mustOpenFS(t *testing.T, fs disk.FS, o Options) *Trail {
	t.Helper()
	tr, err := OpenFS(fs, o)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func mustCheckFS(t *testing.T, fs disk.FS, want uint64) *Report {
	t.Helper()
	r, err := CheckFS(t.Context(), fs, nil)
	if err != nil || !r.OK || r.Records != want || len(r.Derived) > 0 {
		t.Fatalf("check of %d records: %+v, %v, %v", want, r, r.Problem, err)
	}
	return r
}

// sealedTrail makes a trail with n ranges of 100 records of one minute each.
func sealedTrail(t *testing.T, fs disk.FS, c *clock, o Options, n int) *Trail {
	t.Helper()
	o.Now, o.SegmentRows = c.now, 100
	tr := mustOpenFS(t, fs, o)
	for i := range n {
		mustAppend(t, tr, events(i*100, 100))
		if err := tr.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.at = c.at.Add(time.Minute)
	}
	return tr
}

func (v *View) starts() (firsts []uint64) {
	for _, s := range v.Segments {
		firsts = append(firsts, s.First)
	}
	return firsts
}

func TestExpiryByAgeAndSize(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	tr := sealedTrail(t, disktest.New(), c, Options{}, 10)
	defer tr.Close()
	s := tr.View().Segments[0]
	each := s.Bytes + s.indexBytes
	for _, step := range []struct {
		after ExpireAfter
		want  int // ranges that are left
	}{
		{ExpireAfter{}, 10},
		{ExpireAfter{Age: time.Hour}, 10},
		{ExpireAfter{Age: 510 * time.Second}, 8}, // the first two are older than 8½ minutes
		{ExpireAfter{Age: time.Second, Bytes: 6*each + each/2, Both: true}, 6},
		{ExpireAfter{Age: time.Hour, Bytes: each * 1000}, 6},
		{ExpireAfter{Bytes: 4*each + each/2}, 4},
		{ExpireAfter{Age: time.Hour, Bytes: 1}, 0},
	} {
		tr.opts.Retention = Retention{Default: step.after}
		if err := tr.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if v := tr.View(); len(v.Segments) != step.want || step.want > 0 && v.Segments[0].First != uint64(10-step.want)*100 {
			t.Errorf("%v: files %v are left, want %d", step.after, v.starts(), step.want)
		}
	}
}

func TestHold(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs := disktest.New()
	o := Options{Retention: Retention{Default: ExpireAfter{Age: time.Hour}}}
	tr := sealedTrail(t, fs, c, o, 5)
	h, err := tr.AddHold(t.Context(), `object.name = "/f/250"`, "case 17", auditor)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tr.AddHold(t.Context(), `user = (`, "case 18", auditor); err == nil {
		t.Error("a hold with a broken filter")
	}
	if _, err := tr.AddHold(t.Context(), `user = anna`, " ", auditor); !errors.Is(err, ErrHold) {
		t.Errorf("a hold without a reason: %v", err)
	}
	c.at = c.at.Add(2 * time.Hour)
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	o.Now, o.SegmentRows = c.now, 100
	tr = mustOpenFS(t, fs, o)
	if err := tr.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := tr.View().starts(); !slices.Equal(got, []uint64{200}) {
		t.Errorf("files %v are left", got)
	}
	if hs := tr.Holds(); len(hs) != 1 || hs[0].Reason != "case 17" || hs[0].ID != h.ID || hs[0].Author != "olga" {
		t.Errorf("%+v", hs)
	}
	if err := tr.ReleaseHold(t.Context(), h.ID+1, "x", auditor); !errors.Is(err, ErrNoHold) {
		t.Errorf("release of nothing: %v", err)
	}
	if err := tr.ReleaseHold(t.Context(), h.ID, "settled", auditor); err != nil {
		t.Fatal(err)
	}
	if err := tr.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := tr.View().starts(); len(got) != 0 {
		t.Errorf("files %v are left", got)
	}
	said := map[string]int{}
	for _, r := range present(t, tr.View()) {
		said[r.Name]++
	}
	if said[act.Hold] != 1 || said[act.Release] != 1 || said[act.Expire] != 5 {
		t.Errorf("%v", said)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, fs, tr.View().Size())
	// Somebody who changes the holds is found.
	if err := disk.WriteFile(fs, holdsFile, []byte("counterfoil holds 1\n")); err != nil {
		t.Fatal(err)
	}
	if r, err := CheckFS(t.Context(), fs, nil); err != nil || r.OK {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestNothingGoesUnsaid removes what a rule would have removed, without saying so.
func TestNothingGoesUnsaid(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	o := Options{Retention: Retention{Default: ExpireAfter{Age: time.Hour}}}
	build := func() (*disktest.Memory, *Trail) {
		fs := disktest.New()
		tr := sealedTrail(t, fs, c, o, 4)
		return fs, tr
	}
	fs, tr := build()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if err := fs.Remove("segment/0000000000000100-0000000000000199.parquet"); err != nil {
		t.Fatal(err)
	}
	r, err := CheckFS(t.Context(), fs, nil)
	if err != nil || r.OK || !strings.Contains(r.Problem.Reason, "records 100 to 199") {
		t.Errorf("a file is missing: %+v, %v", r.Problem, err)
	}
	if _, err := OpenFS(fs, o); err == nil || !strings.Contains(err.Error(), "records 100 to 199") {
		t.Errorf("a file is missing: %v", err)
	}
	fs, tr = build()
	c.at = c.at.Add(2 * time.Hour)
	if err := tr.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	name := "segment/0000000000000100-0000000000000199.gone"
	good, err := disk.ReadFile(fs, name, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(good); i += 3 {
		bad := slices.Clone(good)
		bad[i] ^= 1
		if err := disk.WriteFile(fs, name, bad); err != nil {
			t.Fatal(err)
		}
		if r, err := CheckFS(t.Context(), fs, nil); err != nil || r.OK {
			t.Fatalf("byte %d of %s: %+v, %v", i, name, r, err)
		}
	}
}

// TestDamageDoesNotExpire: what does not give the tree that was signed is evidence.
func TestDamageDoesNotExpire(t *testing.T) {
	dir := t.TempDir()
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Retention: Retention{Default: ExpireAfter{Age: time.Hour}}}
	tr := sealedTrail(t, fs, c, o, 3)
	defer tr.Close()
	v := tr.View()
	good, err := v.Segments[1].Reader()
	if err != nil {
		t.Fatal(err)
	}
	bad, err := v.Segments[2].Reader()
	if err != nil {
		t.Fatal(err)
	}
	_ = good
	v.Segments[1].reader = bad // as if the columns said something else
	c.at = c.at.Add(2 * time.Hour)
	if err := tr.Expire(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing is deleted") {
		t.Errorf("%v", err)
	}
	if _, err := disk.ReadFile(fs, filepath.Join("segment", v.Segments[1].base+".parquet"), 1<<20); err != nil {
		t.Error(err)
	}
	v.Segments[1].reader = good
}

// retired does what work does, with three periods of retention, a hold, and expiry. It gives what was acknowledged by number.
func retired(fs disk.FS) (acknowledged map[uint64]counterfoil.Event, err error) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	acknowledged = map[uint64]counterfoil.Event{}
	tr, err := OpenFS(fs, retiredOptions(c))
	if err != nil {
		return acknowledged, err
	}
	defer func() { err = errors.Join(err, tr.Close()) }()
	ctx := context.Background()
	n := 0
	for i, k := range []int{5, 6, 9, 4} {
		e := mixed(n, k)
		r, err := tr.Append(ctx, "in", e)
		if err != nil {
			return acknowledged, err
		}
		for j := range e {
			acknowledged[r.First+uint64(j)] = e[j]
		}
		n += k
		switch i {
		case 0:
			_, err = tr.AddHold(ctx, `object.name = "/f/1"`, "case 17", auditor)
		case 1:
			err = tr.Rotate(ctx)
		case 2:
			c.at = c.at.Add(3 * day)
			if err = tr.Rotate(ctx); err == nil {
				err = tr.Expire(ctx)
			}
		case 3:
			c.at = c.at.Add(60 * day)
			if err = tr.ReleaseHold(ctx, tr.Holds()[0].ID, "settled", auditor); err == nil {
				err = tr.Expire(ctx)
			}
		}
		if err != nil {
			return acknowledged, err
		}
	}
	return acknowledged, nil
}

func retiredOptions(c *clock) Options {
	return Options{SegmentRows: 16, Now: c.now, Retention: byCategory, Dist: true, Dirs: []Dir{{Path: "b"}, {Path: "."}}}
}

// mustExplain opens what a crash left: every acknowledged record is there as it was, or its expiry is told and was due;
// verify says yes, and the trail goes on.
func mustExplain(t *testing.T, what string, fs disk.FS, acknowledged map[uint64]counterfoil.Event) {
	t.Helper()
	c := &clock{time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)}
	tr, err := OpenFS(fs, retiredOptions(c))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	v := tr.View()
	for seq, want := range acknowledged {
		var r counterfoil.Record
		err := v.Record(seq, &r)
		if isExpired(err) && want.Category != counterfoil.CategoryAdmin {
			continue
		}
		want.AID = counterfoil.DeriveAID(tr.ID(), seq)
		if err != nil || r.Event != want {
			t.Fatalf("%s: record %d: %+v, %v", what, seq, r, err)
		}
	}
	if _, err := tr.Append(context.Background(), "in", mixed(100, 40)); err != nil {
		t.Fatalf("%s: append: %v", what, err)
	}
	if err := tr.Rotate(context.Background()); err != nil {
		t.Fatalf("%s: rotate: %v", what, err)
	}
	if err := tr.Expire(context.Background()); err != nil {
		t.Fatalf("%s: expire: %v", what, err)
	}
	size := tr.View().Size()
	if err := tr.Close(); err != nil {
		t.Fatalf("%s: close: %v", what, err)
	}
	r, err := CheckFS(context.Background(), fs, nil)
	if err != nil || !r.OK || r.Records != size || len(r.Derived) > 0 {
		t.Fatalf("%s: check: %+v, %v, %v", what, r, r.Problem, err)
	}
	mustDist(t, what, fs)
}

// mustDist sees that dist holds only files that are sealed.
func mustDist(t *testing.T, what string, fs disk.FS) {
	t.Helper()
	for _, dir := range []string{"b", segmentDir} {
		links, err := fs.ReadDir(dir + "/dist")
		if isMissing(err) {
			continue
		}
		names, nerr := fs.ReadDir(dir)
		if err := errors.Join(err, nerr); err != nil {
			t.Fatal(err)
		}
		for _, l := range links {
			if !slices.Contains(names, l) {
				t.Fatalf("%s: %s/dist has %s, which has expired or was never sealed", what, dir, l)
			}
		}
	}
}

func TestPowerCutWhileExpiring(t *testing.T) {
	for cut := 0; ; cut += thinned {
		d := disktest.New()
		d.CutAfter(cut)
		acknowledged, err := retired(d)
		if !d.Cut() {
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d operations", cut)
			break
		}
		p := []float64{0, 0.5, 1}[cut%3]
		mustExplain(t, fmt.Sprintf("cut after %d, p %v", cut, p), d.Reopen(uint64(cut), p), acknowledged)
		what := fmt.Sprintf("killed after %d", cut)
		d = restarted(t, what, d, retiredOptions(&clock{time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)}))
		mustExplain(t, fmt.Sprintf("%s, then the power, p %v", what, p), d.Reopen(uint64(cut), p), acknowledged)
	}
}

func TestEveryCallFailsWhileExpiring(t *testing.T) {
	for _, did := range []bool{false, true} {
		for n := 0; ; n += 2 * thinned {
			d := disktest.New()
			f := disktest.Fail(d, n, did)
			acknowledged, _ := retired(f)
			if f.Calls() <= n {
				break
			}
			mustExplain(t, fmt.Sprintf("call %d, done: %v", n, did), d.Reopen(1, 1), acknowledged)
		}
	}
}

// TestExpiryWhoseEventIsForgotten: the daemon's events bear the name of its user. When that is forgotten, a verdict goes by what is
// left of them, and by the signed note.
func TestExpiryWhoseEventIsForgotten(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs := disktest.New()
	o := Options{SegmentRows: 100, Now: c.now, Retention: byCategory, Act: func(name string, action counterfoil.Action, ok bool, object counterfoil.Object, data func(*counterfoil.Builder)) counterfoil.Event {
		return act.New(counterfoil.TimeOf(c.now()), act.Who{Host: "h", User: "UID:0"}, name, action, ok, object, data)
	}}
	tr := mustOpenFS(t, fs, o)
	defer func() {
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	mustAppend(t, tr, mixed(0, 100))
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.at = c.at.Add(2 * day)
	if err := tr.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Forget(t.Context(), ForgetRequest{User: "UID:0", Reason: "asked to"}, auditor); err != nil {
		t.Fatal(err)
	}
	if r := mustCheckFS(t, fs, tr.View().Size()); len(r.Expired) != 1 || len(r.Forgotten) != 1 {
		t.Errorf("%+v", r)
	}
}
