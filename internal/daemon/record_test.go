package daemon

import (
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
)

// An event of many lines has the first of them, and says how many more there are.
func TestList(t *testing.T) {
	for n, want := range map[int]string{0: "{}", 2: `{"rebuilt":["x","x"]}`, 100: `"x","x"]}`, 10_000: `"x","and 9900 more"]}`} {
		var b counterfoil.Builder
		b.Object("")
		list(&b, "rebuilt", slices.Repeat([]string{"x"}, n))
		b.End()
		if got := string(b.JSON()); !strings.HasSuffix(got, want) || len(got) > 500 {
			t.Errorf("%d lines: %s, want %s", n, got, want)
		}
	}
}
