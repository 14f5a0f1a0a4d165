package trail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// TestOptionsChangeNoAnswer appends the same events under random options, in batches and with stops of its own each time:
// every query has the same answer, and every trail the same tree. So that trees can be the same, all are one trail: copies of
// an empty one that has met all users. Of every other seed half the events are so long that pages have few rows.
func TestOptionsChangeNoAnswer(t *testing.T) {
	seed := number(t, "COUNTERFOIL_SEED", uint64(time.Now().UnixNano()))
	t.Logf("COUNTERFOIL_SEED=%d", seed)
	for i := range max(1, number(t, "COUNTERFOIL_HISTORIES", 12)/6/trail.Thinned) {
		w := newWorld(t, seed+i)
		long, n := (seed+i)%2 == 0, 400
		if long {
			n = 120
		}
		var events []counterfoil.Event
		for range n {
			events = append(events, w.event())
		}
		if long {
			w.lengthen(events)
		}
		for i := range events {
			events[i].AID = counterfoil.AID{} // what is there already would not be kept again
		}
		if _, err := w.tr.Append(context.Background(), "a", events); err != nil {
			t.Fatal(err)
		}
		if err := w.tr.Close(); err != nil {
			t.Fatal(err)
		}
		want, pages := "", 0
		for n := 0; n < 6 || long && pages == 0 && n < 60; n++ { // the options decide whether a file has so many long records
			got, how, few := w.again(events)
			pages += few
			if want == "" {
				want = got
			}
			if got != want {
				w.fail("the same events are answered otherwise: %s\n got %.2000s\nwant %.2000s", how, got, want)
			}
		}
		if long && pages == 0 {
			w.fail("no file has pages of few rows")
		}
	}
}

// lengthen gives every other event a record as it came of 60 to 120 kB.
func (w *world) lengthen(events []counterfoil.Event) {
	for i := range events {
		if i%2 == 0 {
			events[i].Raw = strings.Repeat(fmt.Sprintf("%x ", w.rng.Uint64()), 60_000/17*(1+w.rng.IntN(2)))
		}
	}
}

// again appends events to a copy of a trail, and tells what it answers then and how many of its files have several pages of few rows.
func (w *world) again(events []counterfoil.Event) (answers, how string, few int) {
	w.t.Helper()
	fs := w.disk.Reopen(1, 1)
	var at time.Time
	open := func() *trail.Trail {
		w.choose()
		o := w.opts
		o.Now, o.Space = func() time.Time { return at }, trail.Space{}
		how += fmt.Sprintf("\n  %d rows, log %d, %d bytes, dirs %v, dist %v, rules %v", o.SegmentRows, o.FileSize, o.HeadBytes, o.Dirs, o.Dist, o.Retention.Rules)
		tr, err := trail.OpenFS(fs, o)
		if err != nil {
			w.fail("open: %v%s", err, how)
		}
		return tr
	}
	tr := open()
	for i := 0; i < len(events); {
		// The time of receipt is a batch's: it stands still for ten events, whatever batches they come in.
		at = time.Date(2026, 3, 1, 0, 0, i/10, 0, time.UTC)
		n := 1 + w.rng.IntN(10-i%10)
		_, err := tr.Append(context.Background(), "b", events[i:i+n])
		i += n
		switch w.rng.IntN(12) {
		case 0:
			err = errors.Join(err, tr.Rotate(context.Background()))
		case 1:
			err = errors.Join(err, tr.Close())
			tr = open()
		case 2:
			tr.SealReady(context.Background())
		case 3: // it was killed
			fs = fs.Reopen(1, 1)
			tr = open()
		}
		if err != nil {
			w.fail("%v%s", err, how)
		}
	}
	answers, few = told(w.t, tr), fewRows(tr.View())
	if err := tr.Close(); err != nil {
		w.fail("%v%s", err, how)
	}
	if r, err := trail.CheckFS(context.Background(), fs, nil); err != nil || !r.OK || len(r.Derived) > 0 {
		w.fail("verify: %+v, %v%s", r, err, how)
	}
	return answers, how, few
}

// fewRows gives how many sealed files have several pages, of fewer rows than pages may have.
func fewRows(v *trail.View) (n int) {
	for _, s := range v.Segments {
		if x := s.Index; x.PageRows < segment.MaxPageRows && len(x.Pages) > 1 {
			n++
		}
	}
	return n
}

// told is everything that a trail answers: the records that each query finds, and the root of its tree.
func told(t testing.TB, tr *trail.Trail) string {
	t.Helper()
	var b strings.Builder
	v := tr.View()
	for i, q := range queries {
		fmt.Fprintf(&b, "%d:", i)
		if _, err := search.Run(context.Background(), v, search.Query{Filter: q.Expr, From: q.From, To: q.To}, func(r *counterfoil.Record) bool {
			fmt.Fprintf(&b, " %d", r.Seq)
			if i == 0 {
				text, _ := counterfoil.AppendRecord(nil, r)
				fmt.Fprintf(&b, " %s\n", text)
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
		b.WriteByte('\n')
	}
	if err := tr.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	note, _, _ := tr.LastCheckpoint()
	b.Write(note)
	return b.String()
}
