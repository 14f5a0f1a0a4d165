package merkle

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/proof"
)

func leaf(i uint64) Hash { return sha256.Sum256(binary.BigEndian.AppendUint64(nil, i)) }

// oracle is x/mod's own log, every hash in memory.
type oracle []tlog.Hash

func (o oracle) ReadHashes(ix []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range ix {
		out = append(out, o[i])
	}
	return out, nil
}

func (o *oracle) add(t testing.TB, n uint64) {
	h, err := tlog.StoredHashesForRecordHash(int64(n), tlog.Hash(leaf(n)), *o)
	if err != nil {
		t.Fatal(err)
	}
	*o = append(*o, h...)
}

func leavesOf(size uint64) Leaves {
	return func(block uint64) (out []Node, err error) {
		for i := block * 256; i < min(size, block*256+256); i++ {
			out = append(out, Node{0, leaf(i)})
		}
		return out, nil
	}
}

func TestAgainstTlog(t *testing.T) {
	const last = 66_000
	fsys, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var o oracle
	tree, err := Open(fsys, ".", Frontier{})
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(last) {
		size := n + 1
		o.add(t, n)
		tree.Append(leaf(n))
		if n%997 != 0 && n > 600 && n%65536 > 3 && n != last-1 {
			continue
		}
		want, err := tlog.TreeHash(int64(size), o)
		if err != nil {
			t.Fatal(err)
		}
		f := tree.Frontier()
		if f.Root() != Hash(want) {
			t.Fatalf("root of %d differs", size)
		}
		if again, err := UnmarshalFrontier(f.Marshal()); err != nil || again.Root() != f.Root() || again.Size() != size {
			t.Fatalf("frontier of %d: %v", size, err)
		}
		if n%3 == 0 { // else the hashes since the last flush are in memory
			if err := tree.Flush(size); err != nil {
				t.Fatal(err)
			}
		}
		if n%6 == 0 {
			if tree, err = Open(fsys, ".", f); err != nil {
				t.Fatal(err)
			}
		}
		for _, i := range []uint64{0, n, n / 2, n / 3, n &^ 255} {
			p, err := tree.Inclusion(i, size, leavesOf(size))
			if err != nil {
				t.Fatal(err)
			}
			w, err := tlog.ProveRecord(int64(size), int64(i), o)
			if err != nil || len(w) != len(p) {
				t.Fatal(err, len(w), len(p))
			}
			for j := range w {
				if Hash(w[j]) != p[j] {
					t.Fatalf("inclusion of %d in %d differs at %d", i, size, j)
				}
			}
			c, err := tree.Consistency(i+1, size, leavesOf(size))
			if err != nil {
				t.Fatal(err)
			}
			v, err := tlog.ProveTree(int64(size), int64(i+1), o)
			if err != nil || i+1 < size && len(v) != len(c) {
				t.Fatal(err, len(v), len(c))
			}
			for j := range c {
				if Hash(v[j]) != c[j] {
					t.Fatalf("consistency of %d with %d differs at %d", i+1, size, j)
				}
			}
			if old, err := tree.Root(i+1, leavesOf(size)); err != nil {
				t.Fatal(err)
			} else if w, _ := tlog.TreeHash(int64(i+1), o); Hash(w) != old {
				t.Fatalf("old root of %d differs", i+1)
			}
		}
	}
}

func TestCheckpoint(t *testing.T) {
	s, err := NewSigner("example.org/trail", Seed{1})
	if err != nil {
		t.Fatal(err)
	}
	msg, err := s.SignCheckpoint(5, leaf(1))
	if err != nil {
		t.Fatal(err)
	}
	c, err := proof.ParseCheckpoint(msg, s.VerifierKey())
	if err != nil || c != (proof.Checkpoint{Origin: "example.org/trail", Size: 5, Root: leaf(1)}) {
		t.Fatal(c, err)
	}
	for i := range msg {
		for b := range 8 {
			bad := append([]byte(nil), msg...)
			bad[i] ^= 1 << b
			if _, err := proof.ParseCheckpoint(bad, s.VerifierKey()); err == nil {
				t.Errorf("bit %d of byte %d makes no difference", b, i)
			}
		}
	}
}
