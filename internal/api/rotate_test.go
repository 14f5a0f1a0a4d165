package api

import (
	"context"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
)

// What was rotated is the answer; that somebody asked is in the trail, and without that nothing is rotated.
func TestRotate(t *testing.T) {
	asked := 0
	f := newFixture(t, func(_ *fixture, o *Options) {
		o.Rotate = func(context.Context) []Rotated {
			asked++
			return []Rotated{{Kind: "output", Name: "audit", From: "/a", To: "/a.1"}, {Kind: "output", Name: "b", From: "/b", Problem: "no"}}
		}
	})
	w := f.do(access.Admin, "POST", "/api/v1/rotate", "")
	want := `{"rotated":[{"kind":"output","name":"audit","from":"/a","to":"/a.1"},{"kind":"output","name":"b","from":"/b","problem":"no"}]}`
	if w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("%d %s\nwant %s", w.Code, w.Body, want)
	}
	if acts := f.acts(); len(acts) != 1 {
		t.Errorf("recorded %+v", acts)
	} else if e := acts[0]; e.Name != act.Rotate || e.User != "t-admin" {
		t.Errorf("recorded %+v", e)
	}
	f.full = errNoToken
	if w := f.do(access.Admin, "POST", "/api/v1/rotate", ""); w.Code != 503 || asked != 1 {
		t.Errorf("%d, rotated %d times", w.Code, asked)
	}
}
