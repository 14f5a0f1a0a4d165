package sha256x2

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"testing"
)

func text(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func compare(t *testing.T, h *Hasher, a, b []byte) {
	t.Helper()
	wasA, wasB := bytes.Clone(a), bytes.Clone(b)
	x, y := h.Sum(a, b)
	if x != sha256.Sum256(a) || y != sha256.Sum256(b) {
		t.Fatalf("of %d and %d bytes: %x, %x, not what crypto/sha256 gives", len(a), len(b), x, y)
	}
	if !bytes.Equal(a, wasA) || !bytes.Equal(b, wasB) {
		t.Fatal("a message was changed")
	}
}

// Every pair of lengths up to four blocks and more, where the padding takes its turns, and some long ones.
func TestSum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var h Hasher
	a, b := text(r, 300), text(r, 300)
	for i := range a {
		for j := range b {
			compare(t, &h, a[:i], b[:j])
		}
	}
	for range 200 {
		compare(t, &h, text(r, r.IntN(20000)), text(r, r.IntN(20000)))
	}
	compare(t, &h, nil, nil)
}

// What the library does in its place must be the same, and a processor that has the instructions must use them.
func TestBeside(t *testing.T) {
	if beside != hasInstructions() {
		t.Skip("FIPS 140-3 mode is on: the library does the work")
	}
	defer func(was bool) { beside = was }(beside)
	var h Hasher
	beside = false
	x, y := h.Sum([]byte("a"), []byte("b"))
	if x != sha256.Sum256([]byte("a")) || y != sha256.Sum256([]byte("b")) {
		t.Error("other sums without the instructions")
	}
}

func FuzzSum(f *testing.F) {
	f.Add([]byte("abc"), []byte(""))
	f.Add(bytes.Repeat([]byte{0xff}, 119), bytes.Repeat([]byte{0}, 120))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var h Hasher
		compare(t, &h, a, b)
	})
}

// The halves of a record, and a leaf or node, in two lanes and by the library one after the other.
func BenchmarkSum(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name string
		x, y []byte
	}{{"halves", text(r, 420), text(r, 440)}, {"nodes", text(r, 65), text(r, 65)}} {
		b.Run(c.name+"/beside", func(b *testing.B) {
			var h Hasher
			for b.Loop() {
				h.Sum(c.x, c.y)
			}
		})
		b.Run(c.name+"/after", func(b *testing.B) {
			for b.Loop() {
				sha256.Sum256(c.x)
				sha256.Sum256(c.y)
			}
		})
	}
}
