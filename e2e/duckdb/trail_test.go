//go:build cgo

package duckdb_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/trail"
)

const (
	events      = 5000
	segmentRows = 1200 // so that the trail has several segments, the last of them short
)

// hostile are names and paths that a careless writer or reader of Parquet, SQL or JSON gets wrong.
var hostile = []string{
	"anna", "O'Brien", `"quoted"`, `back\slash`, "'; DROP TABLE events; --", "NULL", "null", " ", "new\nline", "tab\tbed", "nul\x00byte",
	"émilie", "名前", "\U0001F5DD\uFE0F", "\u202Eright-to-left", "e\u0301", "not\xffutf8", "\xc3", strings.Repeat("long", 5000), "%s%n{}[]*",
}

// newTrail makes a trail of sealed segments in a directory and opens it for reading.
func newTrail(t *testing.T) (dir string, v *trail.View) {
	t.Helper()
	dir = t.TempDir()
	tr, err := trail.Open(dir, trail.Options{SegmentRows: segmentRows})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	rnd := rand.New(rand.NewPCG(1, 2))
	batch := make([]counterfoil.Event, 0, 100)
	for i := range events {
		batch = append(batch, event(rnd, i))
		if len(batch) == cap(batch) || i == events-1 {
			if _, err := tr.Append(context.Background(), "input "+hostile[i%len(hostile)], batch); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	v = tr.View()
	if v.Size() != events || len(v.Segments) < 4 || len(v.Head) != 0 {
		t.Fatalf("the trail has %d records in %d segments and %d unsealed parts, want %d in several and none", v.Size(), len(v.Segments), len(v.Head), events)
	}
	return dir, v
}

// start is a time with nanoseconds, so that a reader that cuts them off is noticed.
const start = counterfoil.Time(1_760_000_000_123_456_789)

func event(rnd *rand.Rand, i int) counterfoil.Event {
	user, path := hostile[rnd.IntN(len(hostile))], "/srv/"+hostile[rnd.IntN(len(hostile))]
	e := counterfoil.Event{
		Major: 1, Time: start + counterfoil.Time(i)*1_000_000_007 - counterfoil.Time(rnd.Int64N(5e9)), Dialect: "test/1", Host: fmt.Sprintf("host%d", i%7), Service: "TEST",
		Name: []string{"READ", "WRITE", "UNLINK"}[rnd.IntN(3)], Outcome: counterfoil.Outcome(rnd.IntN(3)), User: user,
	}
	if i%2 == 0 { // the others get an aid from the trail
		for j := range e.AID {
			e.AID[j] = byte(rnd.Uint32())
		}
	}
	if i%3 == 0 {
		e.Raw = "raw " + path
	}
	var b counterfoil.Builder
	b.Object("")
	b.Int("n", int64(i))
	b.String("path", path)
	b.Null("nothing")
	b.Array("list")
	b.Bool("", i%2 == 0)
	b.String("", user)
	b.End()
	b.End()
	e.EventData = b.JSON()
	return e
}
