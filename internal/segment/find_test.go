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
		within(all, len(rows), func(i int) int { return len(rows[i]) }, needle, false, func(row int) { hit[row] = true })
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

// With fold, within marks every row that holds the needle in any case, and every row with a byte above 0x7f.
func TestFindFold(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	alphabet := []string{"a", "A", "b", "B", "7", "é", "K", "-"}
	for range 20000 {
		rows := make([]string, 1+rng.IntN(6))
		for i := range rows {
			for range rng.IntN(40) {
				rows[i] += alphabet[rng.IntN(len(alphabet)-2*rng.IntN(2))]
			}
		}
		needle := "ab7"[rng.IntN(3):] + "7ba"[rng.IntN(3):]
		all := strings.Join(rows, "")
		hit := make([]bool, len(rows))
		within(all, len(rows), func(i int) int { return len(rows[i]) }, needle, true, func(row int) { hit[row] = true })
		at := 0
		for i, r := range rows {
			high := strings.IndexFunc(r, func(c rune) bool { return c > 0x7f }) >= 0
			begins := strings.Contains(strings.ToLower(all[at:min(len(all), at+len(r)+len(needle)-1)]), needle) && r != ""
			if must := strings.Contains(strings.ToLower(r), needle) || high; must && !hit[i] || hit[i] && !begins && !high {
				t.Fatalf("%q in %q: row %d is %v", needle, rows, i, hit[i])
			}
			at += len(r)
		}
	}
}
