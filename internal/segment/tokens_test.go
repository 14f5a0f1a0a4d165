package segment

import (
	"math/rand/v2"
	"testing"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// TestTokensOfPage: leaving out what the row before has adds and loses no token.
func TestTokensOfPage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	words := []string{`a`, `"b,c"`, `"d\u002ce"`, `"\\,"`, `{"f":1`, `2}`, `""`, `[`, `"ü,é"`, ``, `"x\"`, `y"`, `"a long text that fills more than one step"`, `{"f":1`, `"x}y"`, `"x}z"}`, `"\\\""`, `"\\"`}
	for range 5000 {
		b := indexBuilder{x: &Index{}, sig: new(signatureBuilder), last: make([]lastData, 2)}
		b.sig.page()
		b.grams = b.sig.grams.page()
		var grams filter.GramSet
		want := signatureBuilder{}
		want.page()
		for range 5 {
			data := ""
			for i := range 1 + rnd.IntN(6) {
				if i > 0 {
					data += ","
				}
				data += words[rnd.IntN(len(words))]
			}
			b.tokens(uint32(rnd.IntN(2)), data)
			want.addAll(filter.HashTokensJSON(nil, &grams, data))
		}
		have := map[uint64]bool{}
		for _, h := range b.sig.keys[0] {
			have[h] = true
		}
		if len(have) != len(want.keys[0]) {
			t.Fatalf("%d tokens, want %d", len(have), len(want.keys[0]))
		}
		if *b.grams != grams {
			t.Fatal("the page has other grams than its rows")
		}
		for _, h := range want.keys[0] {
			if !have[h] {
				t.Fatalf("a token is lost")
			}
		}
	}
}
