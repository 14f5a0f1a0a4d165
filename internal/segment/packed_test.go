package segment

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil"
)

// TestPacked: pages of codes and of outcomes are unpacked as they were, whatever repeats.
func TestPacked(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	packed := 0
	var scratch Scratch
	words := make([]string, 2048)
	for i := range words {
		words[i] = fmt.Sprint("word ", i)
	}
	for _, rows := range []int{1, 2, 3, 5, 64, 512, 2047, 2048} {
		for _, values := range []int{1, 2, 256, 257, 2048} {
			for _, long := range []int{1, 20, 3000} {
				codes := make([]int32, rows)
				for i := range codes {
					if codes[i] = int32(rng.IntN(values)); i > 0 && rng.IntN(long) > 0 {
						codes[i] = codes[i-1]
					}
				}
				v, _ := packCodes(NewDict(words[:values]...), codes)
				text, ok := v.(*Text)
				if !ok {
					runs := v.(*Runs)
					text = runs.text(rows, scratch.textOf("x"))
					packed++
					for i, c := range codes {
						if got := runs.At(i); got != words[c] {
							t.Fatalf("%d rows of %d values: row %d is %s, want %s", rows, values, i, got, words[c])
						}
					}
				}
				if (text.Small != nil) != (values <= 256) || len(text.Small)+len(text.Codes) != rows {
					t.Fatalf("%d rows of %d values: %d small codes, %d others", rows, values, len(text.Small), len(text.Codes))
				}
				for i, c := range codes {
					if text.Code(i) != uint32(c) {
						t.Fatalf("%d rows of %d values: row %d is %d, want %d", rows, values, i, text.Code(i), c)
					}
				}
			}
		}
		for _, kinds := range []int{2, 3} { // with and without such as have none
			want, levels, bits := make([]counterfoil.Outcome, rows), make([]byte, rows), make([]byte, (rows+7)/8)
			n := 0
			for i := range want {
				if want[i] = counterfoil.Outcome(3 - kinds + rng.IntN(kinds)); want[i] == counterfoil.Unknown {
					continue
				}
				levels[i] = 1
				if want[i] == counterfoil.Success {
					bits[n/8] |= 1 << (n % 8)
				}
				n++
			}
			for n < len(bits)*8 { // what stands behind the last
				bits[n/8] |= uint8(rng.IntN(2)) << (n % 8)
				n++
			}
			o := packOutcomes(levels, bits)
			if got := o.all(rows, scratch.out); !slices.Equal(got, want) {
				t.Fatalf("%d outcomes are others", rows)
			}
			for row, outcome := range want {
				if got := o.at(uint16(row)); got != outcome {
					t.Fatalf("outcome %d of %d is %v, want %v", row, rows, got, outcome)
				}
			}
			if rest := rows % 4; rest > 0 && o[len(o)-1]>>(2*rest) != 0 {
				t.Fatalf("%d outcomes: something stands behind them", rows)
			}
		}
	}
	if packed < 30 {
		t.Errorf("only %d pages were kept as runs", packed)
	}
}
