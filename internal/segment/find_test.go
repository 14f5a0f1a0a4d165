package segment

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// find marks every row that holds the needle, whatever it marks besides.
func TestFind(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		rows := make([]string, 1+rng.IntN(6))
		for i := range rows {
			for range rng.IntN(5) {
				rows[i] += string(rune('a' + rng.IntN(2)))
			}
		}
		needle := "ab"[rng.IntN(2):] + "ba"[rng.IntN(2):]
		all := strings.Join(rows, "")
		for rare := range needle {
			if got, want := index(all, needle, rare), strings.Index(all, needle); got != want {
				t.Fatalf("%q in %q by its byte %d: at %d, want %d", needle, all, rare, got, want)
			}
		}
		hit := make([]bool, len(rows))
		find(all, len(rows), func(i int) int { return len(rows[i]) }, needle, func(row int) { hit[row] = true })
		at := 0
		for i, r := range rows {
			begins := strings.Contains(all[at:min(len(all), at+len(r)+len(needle)-1)], needle) && r != ""
			if strings.Contains(r, needle) && !hit[i] || hit[i] && !begins {
				t.Fatalf("%q in %q: row %d is %v", needle, rows, i, hit[i])
			}
			at += len(r)
		}
	}
}
