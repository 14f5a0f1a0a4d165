package trail_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// number reads an environment variable; absent, it is otherwise.
func number(t testing.TB, name string, otherwise uint64) uint64 {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("%s=%q: want a whole number", name, s)
	}
	return n
}

// TestHistories lives random histories of a trail beside a model of it. COUNTERFOIL_HISTORIES is how many (default 8),
// COUNTERFOIL_SEED the first one's seed; each prints its own when it fails.
func TestHistories(t *testing.T) {
	n, seed := number(t, "COUNTERFOIL_HISTORIES", 8), number(t, "COUNTERFOIL_SEED", uint64(time.Now().UnixNano()))
	t.Logf("COUNTERFOIL_SEED=%d", seed)
	did := map[string]int{}
	for i := range max(1, n/trail.Thinned) {
		live(t, seed+i, did)
	}
	t.Logf("%v", did)
}

// steps are what a history is made of, and how often each comes among the others.
var steps = []struct {
	name  string
	often int
	do    func(*world)
}{
	{"append", 30, (*world).append},
	{"append again", 6, (*world).appendAgain},
	{"append what is wrong", 2, (*world).appendWrong},
	{"rotate", 6, (*world).rotate},
	{"tick", 8, (*world).tick},
	{"checkpoint", 4, func(w *world) { w.may(w.tr.Checkpoint()) }},
	{"expire", 8, (*world).expire},
	{"hold", 4, (*world).hold},
	{"release", 3, (*world).release},
	{"forget", 4, (*world).forget},
	{"clock", 10, (*world).step},
	{"fill", 2, (*world).fill},
	{"space", 5, (*world).space},
	{"reopen", 3, (*world).reopen},
	{"crash", 5, (*world).crash},
}

func live(t *testing.T, seed uint64, did map[string]int) {
	w := newWorld(t, seed)
	total := 0
	for _, s := range steps {
		total += s.often
	}
	for range 60 {
		n := w.rng.IntN(total)
		for _, s := range steps {
			if n -= s.often; n < 0 {
				w.note("%s", s.name)
				did[s.name]++
				s.do(w)
				break
			}
		}
		if w.tr == nil || w.tr.Broken() != nil {
			w.note("the trail broke, or did not open")
			did["broken"]++
			w.after(pick(w, 1, 1, 0.5, 0)) // the process ends; what it wrote is in the file system's hands, or the power goes as well
		}
		w.check()
	}
	w.spacious = true
	w.space()
	w.reopen()
	w.check()
	w.verify(w.tr.View())
	w.whatIsCounted()
	if err := w.tr.Close(); err != nil && !w.faulty {
		w.fail("close: %v", err)
	}
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 43)), disk: disktest.New(), clock: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		acked: map[uint64]counterfoil.Record{}, aids: map[counterfoil.AID]uint64{}, positions: map[string]string{}, holds: map[uint64]filter.Expr{}, unsure: map[uint64]filter.Expr{}}
	w.note("seed %d", seed)
	w.space()
	w.cut = -1
	w.open(false)
	w.check()
	return w
}

func pick[T any](w *world, from ...T) T { return from[w.rng.IntN(len(from))] }

const day = 24 * time.Hour

// choose decides on the options of the next opening.
func (w *world) choose() {
	w.opts = trail.Options{Now: func() time.Time { return w.clock }, SegmentRows: 16 + w.rng.IntN(60), SplitRows: pick(w, 0, 1, 20), FileSize: int64(pick(w, 0, 0, 4096)), HeadBytes: int64(pick(w, 0, 0, 8192)),
		Dist: w.rng.IntN(3) == 0, SealAge: pick(w, 0, time.Minute),
		Dirs: pick(w, nil, []trail.Dir{{Path: "b"}, {Path: "."}}, []trail.Dir{{Path: "."}}, []trail.Dir{{Path: "b"}, {Path: "c"}}),
		Space: trail.Space{Action: pick(w, trail.Suspend, trail.Drop, trail.Overwrite, trail.Halt), Reserve: 32 << 10, Warning: 50, Critical: 80,
			Quota: int64(pick(w, 0, 0, 0, 300<<10))},
		Retention: pick(w, trail.Retention{}, trail.Retention{Default: trail.ExpireAfter{Age: 2 * day}},
			trail.Retention{Default: trail.ExpireAfter{Age: 100 * day}, Rules: []trail.RetentionRule{
				{Input: "a", After: trail.ExpireAfter{Age: time.Hour}},
				{Category: counterfoil.CategoryTraffic, After: trail.ExpireAfter{Age: day}},
				{Category: counterfoil.CategoryData, After: trail.ExpireAfter{Age: 30 * day}}}},
			trail.Retention{Default: trail.ExpireAfter{Age: 100 * day, Bytes: 40 << 10}, Rules: []trail.RetentionRule{
				{Category: counterfoil.CategoryAdmin, Input: "local", After: trail.ExpireAfter{}},
				{Category: counterfoil.CategoryAdmin, After: trail.ExpireAfter{Age: day, Bytes: 20 << 10, Both: true}}}})}
	if w.spacious {
		w.opts.Space.Quota = 0
	}
}

// open opens the trail with other options than before; where it may, one call of the disk fails meanwhile.
func (w *world) open(mayFail bool) {
	w.t.Helper()
	w.choose()
	fs := disk.FS(w.disk)
	fault := ""
	w.faults = nil
	if mayFail && w.rng.IntN(3) == 0 {
		n, did := w.rng.IntN(1+w.rng.IntN(600)), w.rng.IntN(2) == 0
		w.faults, fault = disktest.Fail(w.disk, n, did), fmt.Sprintf(", call %d fails, done: %v", n, did)
		fs = w.faults
	}
	w.faulty = w.faults != nil || w.cut >= 0
	if w.cut >= 0 {
		w.disk.CutAfter(w.cut)
		fault += fmt.Sprintf(", the power is cut after %d operations", w.cut)
	}
	w.note("open with %d rows, log %d, %d bytes, dirs %v, dist %v, retention %v %v, %v, quota %d%s", w.opts.SegmentRows, w.opts.FileSize, w.opts.HeadBytes, w.opts.Dirs, w.opts.Dist,
		w.opts.Retention.Default, w.opts.Retention.Rules, w.opts.Space.Action, w.opts.Space.Quota, fault)
	tr, err := trail.OpenFS(fs, w.opts)
	if err != nil && !w.faulty && !errors.Is(err, disk.ErrFull) {
		w.fail("open: %v", err)
	}
	w.tr = tr
	if err != nil {
		w.note("%v", err)
		w.tr = nil
	}
}

// may is for what a call that failed, or a full disk, may keep from being done.
func (w *world) may(err error) {
	w.t.Helper()
	if err == nil {
		return
	}
	w.note("%v", err)
	if !w.faulty && !errors.Is(err, disk.ErrFull) && !errors.Is(err, trail.ErrSuspended) && !errors.Is(err, trail.ErrHalted) &&
		!(errors.Is(err, trail.ErrForgetting) && len(w.pending) > 0) {
		w.fail("%v", err)
	}
}

func (w *world) rotate() {
	err := w.tr.Rotate(context.Background())
	if w.may(err); err != nil {
		return
	}
	if names, err := w.disk.ReadDir("wal"); err != nil || len(names) != 1 && !w.faulty {
		w.fail("everything is sealed, and the log has %v, %v", names, err)
	}
}

// tick does what Run does in its turn.
func (w *world) tick() {
	w.tr.RotateOld()
	w.may(w.tr.Checkpoint())
	w.tr.SealReady(context.Background())
	w.tr.WatchSpace()
	w.overwrite = w.opts.Space.Action == trail.Overwrite
	w.may(w.tr.Relieve(context.Background()))
	w.may(w.tr.ResumeForgetting(context.Background()))
}

// step moves the clock, as a rule on.
func (w *world) step() {
	by := pick(w, time.Second, time.Minute, time.Hour, day, 3*day, 40*day, -time.Second, -time.Hour, -2*day, 400*day, -400*day)
	w.clock = w.clock.Add(by)
	w.note("  by %v", by)
}

// fill leaves little space on the disk.
func (w *world) fill() {
	free, total, err := w.disk.Space()
	if err != nil {
		w.fail("%v", err)
	}
	left := w.rng.IntN(60 << 10)
	w.disk.Limit(int64(total-free) + int64(left))
	w.note("  %d bytes are left", left)
}

func (w *world) space() {
	limit := pick(w, smallDisk, smallDisk, smallDisk, 1<<30)
	if w.spacious { // a process that was killed leaves the space that it asked for and did not use
		limit = 1 << 30
	}
	w.disk.Limit(int64(limit))
}

func (w *world) reopen() {
	w.may(w.tr.Close())
	w.after(1)
}

// crash cuts the power: at once, or somewhere within another step.
func (w *world) crash() {
	n := w.rng.IntN(60)
	w.disk.CutAfter(n)
	w.note("  the power is cut after %d operations more", n)
	faulty := w.faulty
	w.faulty = true // everything may fail now
	for range 8 {
		s := pick(w, (*world).append, (*world).rotate, (*world).expire, (*world).hold, (*world).release, (*world).forget, (*world).tick)
		if s(w); w.disk.Cut() || w.tr.Broken() != nil {
			break
		}
	}
	w.faulty = faulty
	w.after(pick(w, 0, 0.5, 1))
}

// after opens the trail again, on what is left on the disk if what was not synced stays with probability p. Every file that
// was in use is closed with the process.
func (w *world) after(p float64) {
	w.t.Helper()
	if w.tr != nil && w.tr.Full() && w.opts.Space.Action == trail.Drop || w.dropped != w.counted || w.faulty {
		w.uncounted = true
	}
	w.here = 0
	w.begin(p)
	for try := 0; ; try++ {
		w.cut = -1
		if try < 2 && w.rng.IntN(3) == 0 {
			w.cut = w.rng.IntN(1 + w.rng.IntN(120)) // again, while it recovers
		}
		w.open(try < 2)
		cut := w.disk.Cut()
		if w.tr != nil && !cut && w.tr.Broken() == nil {
			w.disk.CutAfter(1 << 30)
			w.faulty = w.faults != nil
			return
		}
		if try > 1 {
			w.space() // it was full
		}
		w.uncounted = w.uncounted || w.tr != nil
		if cut {
			p = pick(w, 0, 0.5, 1)
		} else {
			p = 1
		}
		w.begin(p)
	}
}

// begin starts the machine again, or only the process, if nothing else is lost.
func (w *world) begin(p float64) {
	if p == 1 && w.rng.IntN(2) == 0 {
		w.note("  another process")
		w.disk = w.disk.Restart()
		return
	}
	w.note("  what was not synced stays with probability %v", p)
	w.disk = w.disk.Reopen(w.rng.Uint64(), p)
}

// whatIsCounted sees that every event that was dropped is counted, now that there is space.
func (w *world) whatIsCounted() {
	w.t.Helper()
	if w.counted != w.dropped {
		w.fail("%d events were dropped, %d are counted", w.dropped, w.counted)
	}
}
