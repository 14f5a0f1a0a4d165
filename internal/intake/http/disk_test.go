package http_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/http"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// keepDeletions is a policy that keeps deletions, and keeps traffic and events HUSH from the disk.
func keepDeletions(t *testing.T) *preselect.Policy {
	m, err := bsm.ParseMasks("fd", bsm.Classes)
	if err != nil {
		t.Fatal(err)
	}
	x := preselect.Expr{Text: "fd", Masks: m}
	s := preselect.Spec{Categories: preselect.DefaultCategories(), Masks: &preselect.Masks{Classes: bsm.Classes, Flags: x, NaFlags: x}}
	s.Categories[counterfoil.CategoryTraffic] = preselect.Switch{Enabled: true}
	s.Filters = []preselect.Filter{{Name: "hush", Then: preselect.Stream, Expr: filter.Compare{Field: filter.Field{Column: filter.ColEvent},
		Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue, Str: "HUSH"}}}}
	return preselect.New(s, nil)
}

// Not a byte of what does not persist, or is refused, reaches the disk: every file is read, also decompressed.
func TestNothingOnDisk(t *testing.T) {
	dir := t.TempDir()
	tr, err := trail.Open(dir, trail.Options{SegmentRows: 16, SealAge: time.Millisecond, CheckpointEvery: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	shown := &intake.Shown{}
	next, done := shown.Look()
	defer done()
	g := intake.NewGate(tr, shown, time.Now)
	if err := g.Change(t.Context(), keepDeletions(t), 1, intake.Writer{}, nil); err != nil {
		t.Fatal(err)
	}
	const hushed, refused, kept = "hushedneedle", "refusedneedle", "keptneedle"
	h := http.New(http.Options{Trail: g, Parser: intaketest.NewParser})
	for i := range 40 {
		var body strings.Builder
		for _, e := range []struct{ name, class, category, needle string }{
			{"HUSH", "fd", "data", hushed}, {"NEW", "fd", "traffic", hushed}, {"READ", "fr", "data", refused}, {"UNLINK", "fd", "system", kept},
		} {
			fmt.Fprintf(&body, `{"time":"2026-11-22T12:00:00Z","svc":"APP","event":%q,"class":[%q],"category":%q,"success":true,"addr":"","user":"eve",`+
				`"sess":%q,"object":{"name":"%s%d"},"event_data":{"x":%q},"raw":%q}`+"\n", e.name, e.class, e.category, e.needle, e.needle, i, e.needle, e.needle)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/api/v1/events", strings.NewReader(body.String())))
		if want := fmt.Sprintf(`{"first":%d,"last":%d,"taken":4,"retried":0,"left_out":3}`+"\n", i, i); w.Body.String() != want {
			t.Fatalf("answer %s, want %s", w.Body, want)
		}
	}
	if err := g.Write(t.Context(), intake.Writer{}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	intaketest.ScanFiles(t, dir, seen, kept, hushed, refused) // the log of the head
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := tr.Run(ctx); err != nil { // seals
		t.Fatal(err)
	}
	bundle, err := tr.Prove(0, "test")
	if err != nil {
		t.Fatal(err)
	}
	seen["bundle"] = intaketest.Scan(t, "bundle", bundle.Marshal(), kept, hushed, refused)
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	intaketest.ScanFiles(t, dir, seen, kept, hushed, refused)
	for _, kind := range []string{".wal", ".parquet", ".idx", "bundle"} {
		if seen[kind] == 0 {
			t.Errorf("what was kept was not seen in any %s: the scan does not see what is there (%v)", kind, seen)
		}
	}
	if got, _, _ := shown.Since(next); len(got) != 80 {
		t.Errorf("%d events were shown, want 80", len(got))
	}
}
