package grammar_test

import (
	"os"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
)

// TestManual runs every example of docs/filters.md.
func TestManual(t *testing.T) {
	page, err := os.ReadFile("../../../docs/filters.md")
	if err != nil {
		t.Fatal(err)
	}
	filters, mistakes := 0, 0
	for i, part := range strings.Split(string(page), "```") {
		if i%2 == 0 {
			continue
		}
		kind, body, _ := strings.Cut(part, "\n")
		body = strings.TrimSuffix(body, "\n")
		switch kind {
		case "filter":
			for text := range strings.SplitSeq(body, "\n") {
				filters++
				if q, err := grammar.Parse(text, filtertest.Now); err != nil || len(q.Warnings) > 0 {
					t.Errorf("%s: %v %v", text, err, q.Warnings)
				}
			}
		case "mistake":
			mistakes++
			text, want, _ := strings.Cut(body, "\n")
			if _, err := grammar.Parse(text, filtertest.Now); err == nil || err.Error() != want {
				t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
			}
		}
	}
	if filters < 10 || mistakes < 2 {
		t.Errorf("found %d filters and %d mistakes", filters, mistakes)
	}
}
