package filter

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/counterfoil/counterfoil"
)

// slowWords is what Words means, said plainly.
func slowWords(w Words, r *counterfoil.Record) (found bool) {
	lower := func(ts []string) []string {
		for i := range ts {
			ts[i] = strings.Map(unicode.ToLower, ts[i])
		}
		return ts
	}
	want := lower(slowTokens(w.Text, false))
	if len(want) == 0 {
		return true
	}
	SearchedTexts(r, func(c Column, text string) bool {
		have := lower(slowTokens(text, isData(c)))
		for i := 0; i+len(want) <= len(have) && !found; i++ {
			found = true
			for j := range want {
				last := j == len(want)-1
				found = found && (have[i+j] == want[j] || w.Prefix && last && strings.HasPrefix(have[i+j], want[j]))
			}
		}
		return !found
	})
	return found
}

func TestWordsMeanWhatTheySay(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	parts := []string{"a", "B", "ab", "abc", "abcdefgh", "abcdefghi", "ABCDEFGHI", "k", "\u212a", "é", "É", "x1", "\xff", "\n", `"`, " ", " ", " ", "/", "u", `\`,
		"12345678", "                                "}
	make := func(n int) string {
		var b strings.Builder
		for range rng.IntN(n) {
			b.WriteString(parts[rng.IntN(len(parts))])
		}
		return b.String()
	}
	matched := 0
	for range 100000 {
		r := counterfoil.Record{Event: counterfoil.Event{Service: "A", Name: "B", User: make(12), EventData: counterfoil.String(make(40)),
			Object: counterfoil.Object{Name: make(30)}}}
		w := Words{Text: make(4), Prefix: rng.IntN(3) == 0}
		got := Eval(w, &r)
		if got != slowWords(w, &r) {
			t.Fatalf("%+q %v: %v in %+q %+q %s", w.Text, w.Prefix, got, r.User, r.Object.Name, r.EventData)
		}
		if got {
			matched++
		}
	}
	if matched < 20000 || matched > 80000 {
		t.Errorf("%d of 100000 matched: the test sees too little", matched)
	}
}
