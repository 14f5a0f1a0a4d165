package vault

import (
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{
		`@cee: {"type":"request"}` + "\n{{}\n" + `{"type":"response","request":{"path":"auth//login/","operation":7},"auth":[],"response":{"auth":{"display_name":{}}}}` + "\n",
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

func TestTables(t *testing.T) {
	for _, r := range rules {
		for _, a := range r.actions {
			if !a.Known() {
				t.Errorf("%s has the action %q", r.path, a)
			}
		}
		if r.category == counterfoil.NoCategory || r.kind == "" {
			t.Errorf("%s lacks a category or the kind of its object", r.path)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"**", "", true}, {"a/**", "a", true}, {"a/**", "a/b/c", true}, {"a/**", "ab", false}, {"a/*", "a/b", true},
		{"a/*", "a/b/", true}, {"a/*", "a/b/c", false}, {"a/*", "a", false}, {"a/*/c/**", "a/b/c", true}, {"a/*/c/**", "a/b/d", false},
		{"sys/seal", "sys/seal", true}, {"sys/seal", "sys/seal-status", false}, {"*/keys/**", "transit/keys/x", true}, {"a/b/**", "a", false},
	} {
		if got := matches(c.pattern, c.path); got != c.want {
			t.Errorf("matches(%q, %q) = %v", c.pattern, c.path, got)
		}
	}
}
