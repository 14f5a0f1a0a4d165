package searchq

import (
	"os"
	"strings"
	"testing"
)

// TestManual runs every example of docs/search.md.
func TestManual(t *testing.T) {
	page, err := os.ReadFile("../../../docs/search.md")
	if err != nil {
		t.Fatal(err)
	}
	queries, mistakes := 0, 0
	for i, part := range strings.Split(string(page), "```") {
		if i%2 == 0 {
			continue
		}
		kind, body, _ := strings.Cut(part, "\n")
		body = strings.TrimSuffix(body, "\n")
		switch kind {
		case "search":
			for q := range strings.SplitSeq(body, "\n") {
				queries++
				x, err := Parse(q, noon)
				if err != nil {
					t.Errorf("%v", err)
				} else if again, err := Parse(x.String(), noon); err != nil || !same(again, x) {
					t.Errorf("%s is printed as %s: %v", q, x, err)
				}
			}
		case "error":
			mistakes++
			q, want, _ := strings.Cut(body, "\n")
			if _, err := Parse(q, noon); err == nil || err.Error() != want {
				t.Errorf("%s\ngot  %v\nwant %s", q, err, want)
			}
		default:
			t.Errorf("a block of kind %q is not run", kind)
		}
	}
	if queries < 40 || mistakes < 2 {
		t.Errorf("only %d queries and %d mistakes found: is the page there?", queries, mistakes)
	}
	for _, word := range strings.Fields(reserved) {
		if !strings.Contains(string(page), word) {
			t.Errorf("the page does not name %s", word)
		}
	}
}

const reserved = "and or not in contains icontains startswith exists since until"
