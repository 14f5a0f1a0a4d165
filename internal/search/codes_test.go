package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestKeepCodes: eight rows at once are the same as one after the other, wherever the code stands.
func TestKeepCodes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 7, 8, 9, 64, 2047, 2048} {
		for _, values := range []int{1, 2, 3, 60, 256} {
			codes, wide := make([]uint8, n), make([]uint32, n)
			for i := range codes {
				codes[i] = uint8(rng.IntN(values))
				wide[i] = uint32(codes[i])
			}
			for range 8 {
				code := codes[rng.IntN(n)]
				if rng.IntN(8) == 0 {
					code = uint8(rng.IntN(256))
				}
				known := make([]answer, 256)
				known[code] = yes
				var want []uint16
				for i, c := range codes {
					if c == code {
						want = append(want, uint16(i))
					}
				}
				for how, got := range map[string][]uint16{"one": keepOne(slices.Clone(everyRow[:n]), codes, code), "small": keepCodes(slices.Clone(everyRow[:n]), codes, known),
					"wide": keepCodes(slices.Clone(everyRow[:n]), wide, known)} {
					if !slices.Equal(got, want) {
						t.Fatalf("%s: %d rows of %d values, code %d: %v, want %v", how, n, values, code, got, want)
					}
				}
			}
		}
	}
}

// BenchmarkKeepOne chooses the rows of pages that have a code, so many of a thousand, and beside it asks each row.
func BenchmarkKeepOne(b *testing.B) {
	const pages = 2000 // more than the nearest caches hold, as of a question
	ways := map[string]func([]uint16, []uint8, uint8) []uint16{"keepOne": keepOne, "each": keepCode[uint8]}
	for _, of1000 := range []int{0, 10, 100, 500} {
		rng := rand.New(rand.NewPCG(1, 2))
		codes := make([]uint8, pages*len(everyRow))
		for i := range codes {
			if codes[i] = uint8(1 + rng.IntN(60)); rng.IntN(1000) < of1000 {
				codes[i] = 0
			}
		}
		for name, keep := range ways {
			b.Run(fmt.Sprint(name, "/", of1000), func(b *testing.B) {
				b.SetBytes(int64(len(everyRow)))
				sel := everyRow
				for i := 0; b.Loop(); i = (i + 1) % pages {
					copy(sel[:], everyRow[:])
					keep(sel[:], codes[i*len(sel):(i+1)*len(sel)], 0)
				}
			})
		}
	}
}
