package trail

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

const reserve = 64 << 10

// fill appends until the trail takes nothing more, and gives how many events were kept and the last answer.
func fill(t *testing.T, tr *Trail, from int) (kept int, last error) {
	t.Helper()
	for range 10000 {
		_, err := tr.Append(t.Context(), "in", events(from+kept, 20))
		if err != nil {
			return kept, err
		}
		kept += 20
	}
	t.Fatal("the disk never filled up")
	return 0, nil
}

// named gives the records of an event name, in their order.
func named(t *testing.T, v *View, name string) (list []counterfoil.Record) {
	t.Helper()
	there := present(t, v)
	for _, seq := range slices.Sorted(maps.Keys(there)) {
		if r := there[seq]; r.Name == name {
			list = append(list, r)
		}
	}
	return list
}

func fullTrail(t *testing.T, action FullAction) (*disktest.Memory, *Trail, *[]string) {
	t.Helper()
	d := disktest.New()
	d.Limit(500 << 10)
	var warned []string
	tr := mustOpenFS(t, d, Options{SegmentRows: 200, Space: Space{Action: action, Reserve: reserve}, Warn: func(event, arg string) { warned = append(warned, strings.TrimSpace(event+" "+arg)) }})
	return d, tr, &warned
}

func TestFullSuspends(t *testing.T) {
	d, tr, warned := fullTrail(t, Suspend)
	mustAppend(t, tr, events(0, 10)) // the log is long enough
	if err := tr.Rotate(t.Context()); err != nil && !errors.Is(err, ErrSuspended) {
		t.Fatal(err)
	}
	kept, err := fill(t, tr, 10)
	if !errors.Is(err, ErrSuspended) {
		t.Fatal(err)
	}
	if err := tr.Health(); err != ErrSuspended {
		t.Errorf("while it is full its health is %v", err)
	}
	full := named(t, tr.View(), act.Full)
	if len(full) != 1 || full[0].Action != counterfoil.AlarmRaise || full[0].EventData.Member("action").Text() != "suspend" {
		t.Fatalf("%+v", full)
	}
	if _, size, _ := tr.LastCheckpoint(); size != full[0].Seq+1 {
		t.Errorf("the checkpoint counts %d records, the event is %d", size, full[0].Seq)
	}
	if !slices.Contains(*warned, "allhard") {
		t.Errorf("%q", *warned)
	}
	// Power goes while it is full: the reason is there afterwards.
	e := d.Reopen(1, 0.5)
	tr2 := mustOpenFS(t, e, tr.opts)
	if !strings.Contains(tr2.Recovery().Full, "no space left") {
		t.Errorf("%+v", tr2.Recovery())
	}
	if _, err := tr2.Append(t.Context(), "in", events(0, 20)); !errors.Is(err, ErrSuspended) {
		t.Errorf("after a restart: %v", err)
	}
	if err := tr2.Close(); err != nil && !errors.Is(err, disk.ErrFull) {
		t.Fatal(err)
	}
	d.Limit(1 << 40)
	mustAppend(t, tr, events(10+kept, 5))
	if err := tr.Health(); err != nil {
		t.Errorf("when there is space again its health is %v", err)
	}
	if full = named(t, tr.View(), act.Full); len(full) != 2 {
		t.Errorf("%+v", full)
	}
	if f, err := d.Open(reserveFile, false); err != nil {
		t.Errorf("the reserve was not made again: %v", err)
	} else if n, err := f.Size(); err != nil || n != reserve {
		t.Errorf("the reserve has %d bytes, %v", n, err)
	}
	size := tr.View().Size()
	if size != uint64(10+kept+5+2) {
		t.Errorf("%d records, %d were acknowledged", size, 10+kept+5)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, d, size)
	if _, err := disk.ReadFile(d, fullFile, 1000); !isMissing(err) {
		t.Errorf("the note of a full disk is there still: %v", err)
	}
}

// TestFullForACheckpoint: the log has space that it asked for in advance, a checkpoint has none. Nothing is taken in that would not be
// signed soon.
func TestFullForACheckpoint(t *testing.T) {
	d := disktest.New()
	d.Limit(64 << 20)
	tr := mustOpenFS(t, d, Options{Space: Space{Reserve: reserve}})
	mustAppend(t, tr, events(0, 10))
	free, total, err := d.Space()
	if err != nil {
		t.Fatal(err)
	}
	d.Limit(int64(total - free))
	mustAppend(t, tr, events(10, 10))
	tr.signTree()
	if err := tr.relieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Append(t.Context(), "in", events(20, 10)); !errors.Is(err, ErrSuspended) {
		t.Errorf("what cannot be signed is answered with %v", err)
	}
	if _, size, _ := tr.LastCheckpoint(); size != 21 || len(named(t, tr.View(), act.Full)) != 1 {
		t.Errorf("the checkpoint counts %d of %d records", size, tr.View().Size())
	}
	d.Limit(64 << 20)
	mustAppend(t, tr, events(20, 10))
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFullDrops(t *testing.T) {
	d, tr, _ := fullTrail(t, Drop)
	kept, err := fill(t, tr, 0)
	if !errors.Is(err, ErrSuspended) { // the first is told to try again
		t.Fatal(err)
	}
	lost := 0
	for i := range 7 {
		if _, err := tr.Append(t.Context(), "in", events(kept+i, i+1)); !errors.Is(err, ErrDropped) {
			t.Fatal(err)
		}
		lost += i + 1
	}
	if _, err := tr.AppendAt(t.Context(), "file", events(0, 1), []byte("1")); !errors.Is(err, ErrSuspended) {
		t.Errorf("what can be given again: %v", err)
	}
	if _, err := tr.Append(t.Context(), act.Via, events(0, 1)); !errors.Is(err, ErrSuspended) {
		t.Errorf("an act of the program: %v", err)
	}
	d.Limit(1 << 40)
	mustAppend(t, tr, events(kept, 5))
	gaps := named(t, tr.View(), act.Gap)
	if len(gaps) != 1 || gaps[0].EventData.Member("count").Text() != fmt.Sprint(lost) || gaps[0].Object.Name != "in" ||
		gaps[0].EventData.Member("last").Text() != event(kept+6+6).Time.String() {
		t.Errorf("%+v", gaps)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if r := mustCheckFS(t, d, uint64(kept+5+3)); r.Gaps != 1 {
		t.Errorf("%+v", r)
	}
}

// TestLossIsToldOnce: the power is cut at every operation with which the trail leaves a full disk, and with which it is opened
// thereafter. The loss is told once: with its count, unless the power was cut before that was told.
func TestLossIsToldOnce(t *testing.T) {
	o := Options{Space: Space{Action: Drop, Reserve: 16 << 10}}
	told := map[string]int{} // by count
	for n := 0; ; n++ {
		d := disktest.New()
		d.Limit(100 << 10)
		tr := mustOpenFS(t, d, o)
		kept, _ := fill(t, tr, 0)
		if _, err := tr.Append(t.Context(), "in", events(kept, 7)); !errors.Is(err, ErrDropped) {
			t.Fatal(err)
		}
		d.Limit(1 << 40)
		d.CutAfter(n)
		_, err := tr.Append(t.Context(), "in", events(kept, 1))
		if !d.Cut() {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		for _, p := range []float64{0, 1} {
			cut := true
			for m := 0; cut; m += thinned {
				e := d.Reopen(uint64(n), p)
				e.CutAfter(m)
				if _, err := OpenFS(e, o); err != nil && !e.Cut() {
					t.Fatal(err)
				}
				cut = e.Cut()
				told[toldOnce(t, fmt.Sprintf("cut after %d and %d operations (%v)", n, m, p), e.Reopen(uint64(n), p), o)]++
			}
		}
	}
	t.Logf("told with these counts so many times: %v", told)
	if len(told) != 2 || told["7"] == 0 || told[""] == 0 {
		t.Errorf("should be told with the count 7 and, where that was not told yet, without one")
	}
}

// toldOnce gives the count with which a trail that is opened tells its only loss.
func toldOnce(t *testing.T, what string, fs disk.FS, o Options) string {
	t.Helper()
	tr := mustOpenFS(t, fs, o)
	gaps, full := named(t, tr.View(), act.Gap), named(t, tr.View(), act.Full)
	if len(gaps) != 1 || len(full) != 2 || full[1].Action != counterfoil.AlarmClear {
		t.Fatalf("%s: gaps %+v, full %+v", what, gaps, full)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	return gaps[0].EventData.Member("count").Text()
}

func TestFullOverwrites(t *testing.T) {
	d, tr, _ := fullTrail(t, Overwrite)
	// A hold on the first records keeps the first file.
	if _, err := tr.AddHold(t.Context(), `object.name = "/f/5"`, "case 17", auditor); err != nil {
		t.Fatal(err)
	}
	n := 0
	for range 600 {
		_, err := tr.Append(t.Context(), "in", events(n, 20))
		if err == nil {
			n += 20
		} else if !errors.Is(err, ErrSuspended) {
			t.Fatal(err)
		}
		tr.sealReady(t.Context())
		if err := tr.relieve(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	v := tr.View()
	if len(v.Expired()) == 0 || v.Expired()[0].Why != "overwriting: the disk is full" {
		t.Fatalf("%d events were kept, and %+v expired", n, v.Expired())
	}
	var r counterfoil.Record
	if err := v.Record(5, &r); err != nil {
		t.Errorf("a record under hold: %v", err)
	}
	if n < 10000 {
		t.Errorf("only %d events were kept", n)
	}
	size := v.Size()
	d.Limit(1 << 40)
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, d, size)
}

func TestFullHalts(t *testing.T) {
	d, tr, _ := fullTrail(t, Halt)
	if _, err := fill(t, tr, 0); !errors.Is(err, ErrSuspended) {
		t.Fatal(err)
	}
	if err := tr.relieve(t.Context()); !errors.Is(err, ErrHalted) {
		t.Fatal(err)
	}
	o := tr.opts
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	tr = mustOpenFS(t, d, o)
	if err := tr.relieve(t.Context()); !errors.Is(err, ErrHalted) || tr.Recovery().Full == "" {
		t.Errorf("after a restart: %v, %+v", err, tr.Recovery())
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	d.Limit(1 << 40)
	tr = mustOpenFS(t, d, o)
	if err := tr.relieve(t.Context()); err != nil || tr.Recovery().Full == "" {
		t.Errorf("when there is space: %v, %+v", err, tr.Recovery())
	}
	mustAppend(t, tr, events(0, 3))
	size := tr.View().Size()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, d, size)
}

func TestQuota(t *testing.T) {
	d := disktest.New()
	var warned []string
	tr := mustOpenFS(t, d, Options{SegmentRows: 100, Space: Space{Quota: 200 << 10, Warning: 50, Critical: 80}, Warn: func(event, _ string) { warned = append(warned, event) }})
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	n := 0
	for i := 0; ; i++ {
		_, err := tr.Append(t.Context(), "in", events(n, 50))
		if errors.Is(err, ErrSuspended) && strings.Contains(err.Error(), "quota") {
			break
		}
		if err != nil || i > 1000 {
			t.Fatalf("batch %d: %v", i, err)
		}
		n += 50
		tr.sealReady(t.Context())
		at = at.Add(time.Minute)
		tr.watchSpace(at)
		if err := tr.relieve(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(warned, " "); !strings.Contains(got, "quota-warning") || !strings.Contains(got, "quota-critical") || strings.Index(got, "quota-warning") > strings.Index(got, "quota-critical") || !strings.HasSuffix(got, "allhard") {
		t.Errorf("%q", got)
	}
	if got := named(t, tr.View(), act.Space); len(got) != 2 {
		t.Errorf("%+v", got)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, d, tr.View().Size())
}

// TestDiskFillsAnywhere does what retired does on disks of every size: it stops somewhere, goes on when there is space, and
// nothing that was acknowledged is lost.
func TestDiskFillsAnywhere(t *testing.T) {
	tried := 0
	for limit := int64(0); ; limit += disktest.Block * thinned {
		d := disktest.New()
		d.Limit(limit)
		acknowledged, err := retired(d)
		if err == nil {
			break
		}
		if !errors.Is(err, disk.ErrFull) && !errors.Is(err, ErrSuspended) {
			t.Fatalf("limit %d: %v", limit, err)
		}
		d.Limit(1 << 40)
		tried++
		mustExplain(t, fmt.Sprintf("limit %d", limit), d.Reopen(uint64(limit), 0.5), acknowledged)
	}
	t.Logf("%d sizes", tried)
	if tried*thinned < 50 {
		t.Errorf("only %d sizes were tried", tried)
	}
}

// TestDamagedNoteOfFullDisk: that events may have been lost is told even where the note of it does not say so any more.
func TestDamagedNoteOfFullDisk(t *testing.T) {
	for _, note := range []string{`{"since":"x","reason":"y","action":"erop"}`, `{"since`, `{"since":"x","reason":"y","action":"drop"}`} {
		d := disktest.New()
		if err := mustOpenFS(t, d, Options{}).Close(); err != nil {
			t.Fatal(err)
		}
		if err := disk.WriteFile(d, fullFile, []byte(note)); err != nil {
			t.Fatal(err)
		}
		tr := mustOpenFS(t, d, Options{})
		if n := len(named(t, tr.View(), act.Gap)); n != 1 {
			t.Errorf("%s: %d events tell of a gap", note, n)
		}
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNothingIsDroppedUntold: as long as no note says that events are dropped, none is. Who ends the program then makes the loss
// one that nobody knows of.
func TestNothingIsDroppedUntold(t *testing.T) {
	d := disktest.New()
	d.Limit(200 << 10)
	fs := &hooked{FS: d}
	tr := mustOpenFS(t, fs, Options{Space: Space{Action: Drop}})
	fs.create = func(name string) error {
		if strings.HasPrefix(name, fullFile) {
			return disk.ErrFull
		}
		return nil
	}
	kept, err := fill(t, tr, 0)
	for range 3 {
		if !errors.Is(err, ErrSuspended) {
			t.Fatal(err)
		}
		_, err = tr.Append(t.Context(), "in", events(kept, 1))
	}
	fs.create = nil
	if err := tr.relieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.Append(t.Context(), "in", events(kept, 1)); !errors.Is(err, ErrDropped) {
		t.Error(err)
	}
	// It is killed, and begun anew by somebody who would have senders wait.
	e := d.Reopen(1, 1)
	e.Limit(1 << 30)
	tr = mustOpenFS(t, e, Options{})
	if n := len(named(t, tr.View(), act.Gap)); n != 1 {
		t.Errorf("%d events tell of a gap", n)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}

// lengthening is a disk that gives no space for the asking, as ZFS does.
type lengthening struct{ disk.FS }

func (l lengthening) Create(name string) (disk.File, error) {
	f, err := l.FS.Create(name)
	return lengthened{f}, err
}

type lengthened struct{ disk.File }

func (l lengthened) Preallocate(size int64) error { return l.Truncate(size) }

// TestReserveTakesSpace: a file that is only long would keep nothing back.
func TestReserveTakesSpace(t *testing.T) {
	dir := t.TempDir()
	d, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	tr := mustOpenFS(t, lengthening{d}, Options{Space: Space{Reserve: 1 << 20}})
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	var s unix.Stat_t
	if err := unix.Stat(filepath.Join(dir, reserveFile), &s); err != nil || s.Blocks*512 < 1<<20 {
		t.Errorf("%d bytes are kept back, %v", s.Blocks*512, err)
	}
}

// TestReserveAsSet: more or less is kept back from the next opening on.
func TestReserveAsSet(t *testing.T) {
	d := disktest.New()
	for _, want := range []int64{64 << 10, 16 << 10, 100 << 10} {
		if err := mustOpenFS(t, d, Options{Space: Space{Reserve: want}}).Close(); err != nil {
			t.Fatal(err)
		}
		f, err := d.Open(reserveFile, false)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := f.Size(); err != nil || n != want {
			t.Errorf("%d bytes are kept back, %v; want %d", n, err, want)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
