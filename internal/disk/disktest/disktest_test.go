package disktest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk"
)

func TestMemory(t *testing.T) {
	Run(t, func(t *testing.T) disk.FS { return New() })
}

func TestFaultlessFail(t *testing.T) {
	Run(t, func(t *testing.T) disk.FS { return Fail(New(), -1, false) })
}

// TestWhatSurvives writes with and without syncs and looks at many crashes.
func TestWhatSurvives(t *testing.T) {
	d := New()
	put(t, d, "synced", "old old old")
	must(t, d.SyncDir("."))
	put(t, d, "unnamed", "x")
	f, err := d.Open("synced", true)
	must(t, err)
	page := bytes.Repeat([]byte("n"), 4*Block)
	_, err = f.WriteAt(page, 0)
	must(t, err)
	must(t, d.Rename("unnamed", "renamed"))

	seen := map[string]int{}
	for seed := range uint64(200) {
		e := d.Reopen(seed, 0.5)
		if b, err := disk.ReadFile(e, "synced", 1<<20); err != nil {
			t.Fatal(err)
		} else {
			if len(b) != 11 && len(b) != 4*Block {
				t.Fatalf("%d bytes", len(b))
			}
			seen[fmt.Sprintf("length %d", len(b))]++
			for i := 0; i < len(b); i += Block {
				block := b[i:min(i+Block, len(b))]
				switch {
				case bytes.Equal(block, page[:len(block)]):
					seen[fmt.Sprintf("new block %d", i/Block)]++
				case i == 0 && bytes.HasPrefix(block, []byte("old old old")) && len(bytes.Trim(block[11:], "\x00")) == 0, len(bytes.Trim(block, "\x00")) == 0:
					seen[fmt.Sprintf("old block %d", i/Block)]++
				default:
					t.Fatalf("block %d is torn: %q", i/Block, block)
				}
			}
		}
		_, err1 := e.Open("unnamed", false)
		_, err2 := e.Open("renamed", false)
		seen[fmt.Sprint("unnamed ", err1 == nil, " renamed ", err2 == nil)]++
	}
	for _, what := range []string{"length 11", "length 2048", "new block 0", "old block 0", "new block 3", "old block 3",
		"unnamed false renamed false", "unnamed true renamed false", "unnamed false renamed true"} {
		if seen[what] == 0 {
			t.Errorf("in 200 crashes never %s: %v", what, seen)
		}
	}
	if seen["unnamed true renamed true"] > 0 {
		t.Errorf("a rename left both names: %v", seen)
	}
	must(t, f.Sync())
	must(t, d.SyncDir("."))
	for seed := range uint64(50) {
		e := d.Reopen(seed, 0)
		if got := get(t, e, "synced"); got != string(page) {
			t.Fatalf("after the sync: %q", got)
		}
		if got := get(t, e, "renamed"); got != "x" {
			t.Fatalf("after the sync: %q", got)
		}
	}
}

func TestCutAfter(t *testing.T) {
	d := New()
	d.CutAfter(2)
	f, err := d.Create("f")
	must(t, err)
	_, err = f.WriteAt([]byte("x"), 0)
	must(t, err)
	if d.Cut() {
		t.Error("cut too early")
	}
	if err := f.Sync(); !errors.Is(err, ErrPower) || !d.Cut() {
		t.Errorf("%v, %v", err, d.Cut())
	}
	if _, err := d.ReadDir("."); !errors.Is(err, ErrPower) {
		t.Errorf("reading without power: %v", err)
	}
	if _, err := d.Reopen(1, 0).Open("f", false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("survived: %v", err)
	}
	if got := get(t, d.Reopen(1, 1), "f"); got != "x" {
		t.Errorf("with p = 1: %q", got)
	}
}

func TestWriteFileSurvivesEveryCut(t *testing.T) {
	for cut := 0; ; cut++ {
		d := New()
		must(t, disk.WriteFile(d, "f", []byte("old")))
		d.CutAfter(cut)
		err := disk.WriteFile(d, "f", bytes.Repeat([]byte("new"), 500))
		for seed := range uint64(30) {
			got := get(t, d.Reopen(seed, 0.5), "f")
			if old := got == "old"; !old && got != string(bytes.Repeat([]byte("new"), 500)) || old && err == nil {
				t.Fatalf("cut %d: %d bytes survive; WriteFile said %v", cut, len(got), err)
			}
		}
		if err == nil {
			return
		}
	}
}

func TestBelow(t *testing.T) {
	Run(t, func(t *testing.T) disk.FS {
		d := disk.Below(New(), "some/where")
		must(t, d.MkdirAll("."))
		return d
	})
}

func TestLimit(t *testing.T) {
	d := New()
	d.Limit(3 * Block)
	f, err := d.Create("f")
	must(t, err)
	wantIs(t, "preallocate too much", f.Preallocate(4*Block), disk.ErrFull)
	n, err := f.WriteAt(make([]byte, 5*Block), 0)
	if wantIs(t, "write too much", err, disk.ErrFull); n != 3*Block {
		t.Errorf("wrote %d", n)
	}
	if free, _, err := d.Space(); err != nil || free != 0 {
		t.Errorf("free: %d, %v", free, err)
	}
	_, err = f.WriteAt([]byte("over what is there"), 10)
	must(t, err)
	must(t, f.Truncate(Block))
	must(t, f.Preallocate(2*Block))
	if free, _, err := d.Space(); err != nil || free != Block {
		t.Errorf("free: %d, %v", free, err)
	}
	g, err := d.Create("g")
	must(t, err)
	_, err = g.WriteAt(make([]byte, Block), 0)
	must(t, err)
	_, err = g.WriteAt([]byte{1}, Block)
	wantIs(t, "write more", err, disk.ErrFull)
	must(t, d.Remove("f"))
	_, err = g.WriteAt([]byte{1}, Block)
	must(t, err)
}

func TestFail(t *testing.T) {
	for _, did := range []bool{false, true} {
		for n := 0; ; n++ {
			m := New()
			d := Fail(m, n, did)
			err := disk.WriteFile(d, "f", []byte("new"))
			if d.Calls() <= n {
				must(t, err)
				if n < 5 {
					t.Errorf("WriteFile made %d calls only", n)
				}
				break
			}
			if !errors.Is(err, ErrFail) {
				t.Errorf("call %d, did %v: WriteFile said %v", n, did, err)
			}
			if b, err := disk.ReadFile(m, "f", 10); err == nil && string(b) != "new" {
				t.Errorf("call %d, did %v: f holds %q", n, did, b)
			}
		}
	}
}
