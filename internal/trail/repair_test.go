package trail

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/proof"
)

// built makes a trail of ranges of size records, and gives the names of its segment files.
func built(t *testing.T, o Options, size, n int) (*disktest.Memory, []string) {
	t.Helper()
	fs := disktest.New()
	fs.Limit(8 << 20) // the log asks for no space in advance, which everybody would have to read
	tr := mustOpenFS(t, fs, o)
	for i := range n {
		for j := 0; j < size; j += 64 {
			mustAppend(t, tr, mixed(i*size+j, min(64, size-j)))
		}
		if err := tr.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	mustAppend(t, tr, mixed(n*size, 10))
	var names []string
	for _, s := range tr.View().Segments {
		names = append(names, s.Name())
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	return fs, names
}

// damage changes a file at a place.
func damage(t *testing.T, fs disk.FS, name string, at int) {
	t.Helper()
	b, err := disk.ReadFile(fs, name, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		b[min(at, len(b)-8)+i] ^= 0x55
	}
	if err := disk.WriteFile(fs, name, b); err != nil {
		t.Fatal(err)
	}
}

// mustRepair repairs and sees that everything is accounted for: each record stands where it was, or is an event, or is lost
// and said to be.
func mustRepair(t *testing.T, what string, fs disk.FS, o Options, records int) *Repaired {
	t.Helper()
	done, err := RepairFS(t.Context(), fs, o)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	tr := mustOpenFS(t, fs, o)
	there := present(t, tr.View())
	kept, moved, gaps, lost := 0, 0, 0, 0
	for seq, r := range there {
		switch {
		case seq < uint64(records):
			if want := mixed(int(seq), 1)[0]; r.EventData != want.EventData {
				t.Errorf("%s: record %d is %+v", what, seq, r)
			}
			kept++
		case r.Name == act.Salvaged:
			moved++
		case r.Name == act.Gap:
			gaps++
		}
	}
	for _, s := range done.Salvaged {
		lost += s.Lost
	}
	if kept+moved+lost != records || gaps == 0 && lost+moved > 0 {
		t.Errorf("%s: %d records of %d are where they were, %d are events, %d are lost, in %d gaps: %+v", what, kept, records, moved, lost, gaps, done)
	}
	for seq := range there {
		if seq%61 != 0 {
			continue
		}
		b, err := tr.Prove(seq, "test")
		if err == nil {
			_, err = proof.Verify(b.Marshal(), proof.Options{TrustedKey: tr.VerifierKey()})
		}
		if err != nil {
			t.Fatalf("%s: proof of %d: %v", what, seq, err)
		}
	}
	size := tr.View().Size()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, fs, size)
	return done
}

func TestRepair(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, o := range []Options{{SegmentRows: 512, Now: c.now}, {SegmentRows: 512, SplitRows: 200, Now: c.now, Retention: byCategory}} {
		_, names := built(t, o, 512, 3)
		for _, name := range names[1:min(4, len(names))] {
			for _, at := range []int{0, 3000} {
				fs, _ := built(t, o, 512, 3)
				damage(t, fs, name, at)
				if r, err := CheckFS(t.Context(), fs, nil); err != nil || r.OK {
					t.Fatalf("damage is not seen: %+v, %v", r, err)
				}
				done := mustRepair(t, fmt.Sprintf("%s at %d", name, at), fs, o, 3*512+10)
				if len(done.Salvaged) == 0 || done.Salvaged[0].Why == "" {
					t.Errorf("%+v", done)
				}
				if _, err := disk.ReadFile(fs, name+".damaged", 1<<30); err != nil {
					t.Errorf("the damaged file is gone: %v", err)
				}
			}
			fs, _ := built(t, o, 512, 3)
			if err := fs.Remove(name); err != nil {
				t.Fatal(err)
			}
			done := mustRepair(t, name+" is missing", fs, o, 3*512+10)
			lost := 0
			for _, s := range done.Salvaged {
				lost += s.Lost
			}
			if lost == 0 {
				t.Errorf("%+v", done)
			}
		}
	}
}

// TestRepairOfWhatCannotBe: no tile has the hash of the few records before the first whole block.
func TestRepairOfWhatCannotBe(t *testing.T) {
	o := Options{SegmentRows: 300}
	fs, names := built(t, o, 300, 3)
	if err := fs.Remove(names[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := RepairFS(t.Context(), fs, o); err == nil || !strings.Contains(err.Error(), "put the file back from a copy") {
		t.Errorf("%v", err)
	}
}

func TestRepairOfDerivedFiles(t *testing.T) {
	o := Options{SegmentRows: 512, SplitRows: 200}
	fs, names := built(t, o, 512, 3)
	damage(t, fs, strings.TrimSuffix(names[1], ".parquet")+".idx", 100)
	damage(t, fs, "tile/1/000.p/6", 40)
	if err := fs.MkdirAll("tile/9"); err != nil {
		t.Fatal(err)
	}
	done := mustRepair(t, "derived", fs, o, 3*512+10)
	if len(done.Rebuilt) != 3 || len(done.Salvaged) != 0 {
		t.Errorf("%+v", done)
	}
}

// TestDamagedSignature: what opening does not read, the first look-up that meets it makes again, and hides nothing.
func TestDamagedSignature(t *testing.T) {
	o := Options{SegmentRows: 512}
	fs, names := built(t, o, 512, 2)
	name := strings.TrimSuffix(names[1], ".parquet") + ".idx"
	whole, err := disk.ReadFile(fs, name, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	damage(t, fs, name, len(whole)-100)
	var rec counterfoil.Record
	readOnly, err := OpenReadOnlyFS(fs)
	if err != nil {
		t.Fatal(err)
	}
	v := readOnly.View()
	if err := v.Record(v.Segments[1].First, &rec); err != nil {
		t.Fatal(err)
	}
	token := filter.Key{Kind: filter.KeyToken, Hash: filter.HashToken(rec.Service)}
	if mask := v.Segments[1].Index.MayHave(counterfoil.TrailID{}, token); mask != 1 {
		t.Errorf("a reader: pages %b", mask)
	}
	if now, err := disk.ReadFile(fs, name, 1<<30); err != nil || bytes.Equal(now, whole) {
		t.Errorf("a reader wrote it: %v", err)
	}
	if err := readOnly.Close(); err != nil {
		t.Fatal(err)
	}
	tr, err := OpenFS(fs, o)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if mask := tr.View().Segments[1].Index.MayHave(counterfoil.TrailID{}, token); mask != 1 || len(tr.Recovery().Rebuilt) != 0 {
		t.Errorf("pages %b, rebuilt %q", mask, tr.Recovery().Rebuilt)
	}
	if now, err := disk.ReadFile(fs, name, 1<<30); err != nil || !bytes.Equal(now, whole) {
		t.Errorf("it was not made again: %v", err)
	}
}

// TestPowerCutWhileRepairing: a repair that was cut is done again.
func TestPowerCutWhileRepairing(t *testing.T) {
	o := Options{SegmentRows: 512, Retention: byCategory, Now: (&clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}).now}
	for cut := 0; ; cut += 7 * thinned {
		fs, names := built(t, o, 512, 1)
		damage(t, fs, names[1], 3000)
		fs.CutAfter(cut)
		if _, err := RepairFS(t.Context(), fs, o); !fs.Cut() {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		e := fs.Reopen(uint64(cut), 0.5)
		if _, err := RepairFS(t.Context(), e, o); err != nil {
			t.Fatalf("cut after %d: %v", cut, err)
		}
		if r, err := CheckFS(t.Context(), e, nil); err != nil || !r.OK || len(r.Derived) > 0 {
			t.Fatalf("cut after %d: %+v, %v", cut, r, err)
		}
	}
}

// TestRepairWaitsForDirectories: what lies in a directory that is not there now is not lost. One that is lost is taken off the list.
func TestRepairWaitsForDirectories(t *testing.T) {
	fs, a := disktest.New(), disktest.New()
	o := Options{SegmentRows: 512, Dirs: []Dir{{Path: "/a", FS: a}}}
	tr := mustOpenFS(t, fs, o)
	mustAppend(t, tr, mixed(0, 512))
	if err := errors.Join(tr.Rotate(t.Context()), tr.Close()); err != nil {
		t.Fatal(err)
	}
	o.Dirs[0].FS = disktest.New()
	if _, err := RepairFS(t.Context(), fs, o); err == nil || !strings.Contains(err.Error(), "is it not mounted?") {
		t.Fatalf("a directory is not there: %v", err)
	}
	o.Dirs[0].FS = a
	if err := mustOpenFS(t, fs, o).Close(); err != nil {
		t.Fatal(err)
	}
	if err := disk.WriteFile(fs, dirsFile, marshalDirs(nil)); err != nil {
		t.Fatal(err)
	}
	if done := mustRepair(t, "the directory is lost", fs, Options{SegmentRows: 512}, 512); len(done.Salvaged) != 1 || done.Salvaged[0].Lost != 512 {
		t.Errorf("%+v", done)
	}
}

// TestSalvageOfLargeRecords: they go into the trail in parts, and one that grows too large as an event is counted as lost.
func TestSalvageOfLargeRecords(t *testing.T) {
	tr := mustOpenFS(t, disktest.New(), Options{})
	moved := make([]counterfoil.Record, 6)
	for i := range moved {
		e := event(i)
		e.Raw = strings.Repeat("x", 13<<20)
		if i == 5 {
			e.Raw = strings.Repeat(`"`, 5<<20)
		}
		moved[i] = counterfoil.Record{Event: e, Seq: uint64(i)}
	}
	x := Salvage{Moved: len(moved), Lost: 2}
	if _, err := tr.sayLost(t.Context(), &Sealed{Last: 7, base: "b", rows: 8}, moved, &x); err != nil || x.Moved != 5 || x.Lost != 3 {
		t.Fatalf("%+v, %v", x, err)
	}
	if n := len(named(t, tr.View(), act.Salvaged)); n != 5 {
		t.Errorf("%d events", n)
	}
	if gap := named(t, tr.View(), act.Gap); len(gap) != 1 || gap[0].EventData.Member("count") != "3" || gap[0].EventData.Member("salvaged") != "5" {
		t.Errorf("%+v", gap)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}
