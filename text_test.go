package counterfoil

import (
	"math/rand/v2"
	"testing"
)

// TestPlainLen: eight at a time is as one by one, from wherever it begins.
func TestPlainLen(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	letters := []byte("abcXYZ019 /_~\x7f")
	for range 200_000 {
		b := make([]byte, rng.IntN(40))
		for i := range b {
			if b[i] = letters[rng.IntN(len(letters))]; rng.IntN(30) == 0 {
				b[i] = byte(rng.IntN(256))
			}
		}
		from := rng.IntN(len(b) + 1)
		want := 0
		for from+want < len(b) && plain[b[from+want]] {
			want++
		}
		if got := plainLen(string(b), from); got != want {
			t.Fatalf("%q from %d: %d, want %d", b, from, got, want)
		}
	}
}
