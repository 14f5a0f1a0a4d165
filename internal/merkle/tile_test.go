package merkle

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/proof"
)

// grow makes a tree of size leaves on a disk, flushed at the given sizes.
func grow(t testing.TB, d disk.FS, from Frontier, flushes ...uint64) (*Tree, error) {
	t.Helper()
	tree, err := Open(d, "tree", from)
	if err != nil {
		return nil, err
	}
	for _, size := range flushes {
		for tree.Size() < size {
			tree.Append(leaf(tree.Size()))
		}
		if err := tree.Flush(size); err != nil {
			return nil, err
		}
	}
	return tree, nil
}

func memory(size uint64) *Tree {
	t := New()
	for i := range size {
		t.Append(leaf(i))
	}
	return t
}

func TestTilePath(t *testing.T) {
	for n, want := range map[uint64]string{0: "a/tile/1/000", 999: "a/tile/1/999", 1000: "a/tile/1/x001/000", 1234067: "a/tile/1/x001/x234/067"} {
		if got := tilePath("a", 1, n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestTileFiles(t *testing.T) {
	d := disktest.New()
	if _, err := grow(t, d, Frontier{}, 100, 600, 600, 1000, 65536+300); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{"tree/tile": "1 2", "tree/tile/1": "000 001.p", "tree/tile/1/001.p": "1", "tree/tile/2": "000.p", "tree/tile/2/000.p": "1"} {
		names, err := d.ReadDir(dir)
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("%s holds %s, %v; want %s", dir, got, err, want)
		}
	}
	if err := memory(70000).CheckTiles(d, "tree", 65536+300); err != nil {
		t.Error(err)
	}
	if err := memory(70000).CheckTiles(d, "tree", 65536+600); err == nil || !strings.Contains(err.Error(), "tile/1/001, 2 hashes wide") {
		t.Errorf("a missing tile: %v", err)
	}
}

func TestDamagedTiles(t *testing.T) {
	const size = 65536 + 300
	ref := memory(size)
	for _, name := range []string{"tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"} {
		d := disktest.New()
		if _, err := grow(t, d, Frontier{}, size); err != nil {
			t.Fatal(err)
		}
		b, err := disk.ReadFile(d, "tree/"+name, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(b); i += 31 {
			b[i] ^= 4
			if err := disk.WriteFile(d, "tree/"+name, b); err != nil {
				t.Fatal(err)
			}
			b[i] ^= 4
			if err := ref.CheckTiles(d, "tree", size); err == nil || !strings.Contains(err.Error(), "tree/"+name+": hash") {
				t.Fatalf("%s, byte %d: %v", name, i, err)
			}
		}
		if err := disk.WriteFile(d, "tree/"+name, b[1:]); err != nil {
			t.Fatal(err)
		}
		if err := ref.CheckTiles(d, "tree", size); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s, too short: %v", name, err)
		}
	}
	for _, name := range []string{"tile/0", "tile/1/x000/000", "tile/1/1", "tile/1/000.p/007", "tile/1/000.p/256", "tile/1/readme", "tile/1/002"} {
		d := disktest.New()
		if _, err := grow(t, d, Frontier{}, size); err != nil {
			t.Fatal(err)
		}
		if err := d.MkdirAll("tree/" + name[:strings.LastIndex(name, "/")]); err != nil {
			t.Fatal(err)
		}
		if err := disk.WriteFile(d, "tree/"+name, make([]byte, tileWidth*32)); err != nil {
			t.Fatal(err)
		}
		if err := ref.CheckTiles(d, "tree", size); err == nil || !strings.Contains(err.Error(), "tree/"+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFlushSurvivesEveryCut cuts the power in a flush and goes on from the frontier of before, as a trail does whose
// segment was not finished.
func TestFlushSurvivesEveryCut(t *testing.T) {
	const before, after = 255*256 + 7, 65536 + 3*256
	ref := memory(after)
	var front Frontier
	for i := range uint64(before) {
		front.Append(leaf(i))
	}
	for cut := 0; ; cut++ {
		d := disktest.New()
		tree, err := grow(t, d, Frontier{}, before)
		if err != nil {
			t.Fatal(err)
		}
		for i := uint64(before); i < after; i++ {
			tree.Append(leaf(i))
		}
		d.CutAfter(cut)
		err = tree.Flush(after)
		for seed := range uint64(4) {
			e := d.Reopen(seed, 0.5)
			if err := ref.CheckTiles(e, "tree", before); err != nil {
				t.Fatalf("cut %d, seed %d: %v", cut, seed, err)
			}
			if again, err := grow(t, e, front, after); err != nil || again.front.Root() != ref.front.Root() {
				t.Fatalf("cut %d, seed %d: %v", cut, seed, err)
			}
			if err := ref.CheckTiles(e, "tree", after); err != nil {
				t.Fatalf("cut %d, seed %d, then: %v", cut, seed, err)
			}
		}
		if !d.Cut() {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
	}
}

// TestFlushAfterAFault lets each call of a flush fail; the same tree is flushed again and is right.
func TestFlushAfterAFault(t *testing.T) {
	const size = 65536 + 300
	ref := memory(size)
	for _, did := range []bool{false, true} {
		for n := 0; ; n++ {
			m := disktest.New()
			d := disktest.Fail(m, n, did)
			tree, err := grow(t, d, Frontier{}, 600)
			if err != nil {
				continue
			}
			for i := tree.Size(); i < size; i++ {
				tree.Append(leaf(i))
			}
			if err := tree.Flush(size); err != nil {
				if err := tree.Flush(size); err != nil {
					t.Fatalf("call %d, did %v: %v", n, did, err)
				}
			}
			if err := ref.CheckTiles(m, "tree", size); err != nil {
				t.Fatalf("call %d, did %v: %v", n, did, err)
			}
			if d.Calls() <= n {
				break
			}
		}
	}
}

func TestFrontierErrors(t *testing.T) {
	f := memory(21).Frontier()
	b := f.Marshal()
	for _, bad := range [][]byte{nil, b[:7], b[:len(b)-1], append(b[:len(b):len(b)], 0), append([]byte{0x80}, b[1:]...)} {
		if _, err := UnmarshalFrontier(bad); err == nil {
			t.Errorf("%x is taken for a frontier", bad)
		}
	}
	tree, err := Open(disktest.New(), "tree", f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Inclusion(21, 21, leavesOf(21)); err == nil {
		t.Error("a leaf behind the end was proved")
	}
	if _, err := tree.Inclusion(1, 22, leavesOf(21)); err == nil {
		t.Error("a leaf of a larger tree was proved")
	}
	if _, err := tree.Consistency(21, 20, leavesOf(21)); err == nil {
		t.Error("a shrinking tree was proved consistent")
	}
	if err := tree.Flush(22); err == nil {
		t.Error("more leaves than there are were flushed")
	}
	full := memory(300).Frontier()
	if _, err := Open(disktest.New(), "tree", full); err == nil || !strings.Contains(err.Error(), "tile/1/000, 1 hashes wide") {
		t.Errorf("opened without tiles: %v", err)
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 5000} {
		b.Run(fmt.Sprintf("by %d", n), func(b *testing.B) {
			tree, leaves := New(), make([]Hash, n)
			for b.Loop() {
				tree.Append(leaves...)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/leaf")
		})
	}
}

// TestAppendTogether: leaves that come together give the tree and the tiles that they give one by one, however they are cut.
func TestAppendTogether(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	leaves := make([]Hash, 700)
	for i := range leaves {
		leaves[i] = leaf(uint64(i))
	}
	for range 200 {
		one, together := New(), New()
		n := rng.IntN(len(leaves) + 1)
		for at := 0; at < n; {
			k := min(n-at, 1+rng.IntN(90))
			together.Append(leaves[at : at+k]...)
			for _, h := range leaves[at : at+k] {
				one.Append(h)
			}
			at += k
			f, g := one.Frontier(), together.Frontier()
			if !bytes.Equal(f.Marshal(), g.Marshal()) {
				t.Fatalf("of %d leaves, %d of them together: another frontier", at, k)
			}
		}
		if !reflect.DeepEqual(one.rows, together.rows) {
			t.Fatalf("of %d leaves: other tiles", n)
		}
	}
}

// TestProveWhileAppending has readers prove while the tree grows and is flushed; the race detector looks on.
func TestProveWhileAppending(t *testing.T) {
	d := disktest.New()
	tree, err := Open(d, "tree", Frontier{})
	if err != nil {
		t.Fatal(err)
	}
	tree.Append(leaf(0))
	var wg sync.WaitGroup
	for r := range uint64(3) {
		wg.Go(func() {
			for n := uint64(0); n < 20_000; {
				f := tree.Frontier()
				n = f.Size()
				i := n * r / 3
				p, err := tree.Inclusion(i, n, leavesOf(n))
				if err == nil {
					err = proof.CheckInclusion(leaf(i), i, n, p, f.Root())
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := uint64(1); n < 20_000; n++ {
		tree.Append(leaf(n))
		if n%1500 == 0 {
			if err := tree.Flush(n); err != nil {
				t.Error(err)
			}
		}
	}
	wg.Wait()
}

// TestOpenSeesDamage: the tiles that a tree goes on from are those of its frontier.
func TestOpenSeesDamage(t *testing.T) {
	d := disktest.New()
	tree, err := Open(d, ".", Frontier{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 256*11 + 7 {
		tree.Append(Hash{byte(i), byte(i >> 8), 1})
	}
	if err := tree.Flush(tree.Size()); err != nil {
		t.Fatal(err)
	}
	front := tree.Frontier()
	if _, err := Open(d, ".", front); err != nil {
		t.Fatal(err)
	}
	const name = "tile/1/000.p/11"
	whole, err := disk.ReadFile(d, name, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		bad := bytes.Clone(whole)
		bad[i] ^= 1
		if err := disk.WriteFile(d, name, bad); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(d, ".", front); err == nil {
			t.Fatalf("byte %d is another, and nobody minds", i)
		}
	}
}
