package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
)

const (
	maxTails  = 20                     // of one account at once
	liveRows  = 100                    // at most so many rows are sent at once; what else came is said in a number
	livePause = 250 * time.Millisecond // between two looks, however much comes
	liveBeat  = 10 * time.Second       // a sign of life where nothing comes; the session is looked at then, too
)

// live sends new rows as they come, as Server-Sent Events:
//
//	event: rows     data: HTML of the rows, newest first       id: the first number not looked at
//	event: health   data: HTML of the header's line
//	event: skipped  data: how many came that were not sent
//	event: end      data: why; the page does not come back
//
// after (or Last-Event-ID, when a browser comes back) is the first number that it has not seen.
func (s *Web) live(w http.ResponseWriter, r *http.Request, v visitor) error {
	a := readAsk(r.URL.Query(), s.opts.Now())
	if a.wrong != nil {
		return problem(http.StatusBadRequest, "The query cannot be read: "+a.wrong.Reason)
	}
	next := a.after
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		n, err := strconv.ParseUint(id, 10, 63)
		if err != nil {
			return problem(http.StatusBadRequest, "Last-Event-ID is not a number.")
		}
		next = n
	}
	leave, ok := s.tails.Take(v.Identity)
	if !ok {
		return problem(http.StatusServiceUnavailable, fmt.Sprintf("You have %d live tails open already, which is the most.", maxTails))
	}
	defer leave()
	if err := s.searched(r, v, act.Search, a, func(b *counterfoil.Builder) {
		b.Bool("live", true)
		b.Uint("after", next)
	}); err != nil {
		return err
	}
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	a.paged = "" // after is where the stream begins, not where the page's links lead
	t := tail{s: s, a: a, next: next}
	var done func()
	t.shown, done = s.opts.Shown.Look()
	defer done()
	for {
		changed, more := s.opts.Source.Changed(), s.opts.Shown.Changed()
		if v, ok := s.peek(r); !ok || !v.Role.May(access.Read) {
			t.event("end", "You are no longer logged in, or may no longer read.")
		} else if err := t.look(r.Context()); err != nil {
			return s.cut(r, err)
		} else {
			t.showOn()
			t.event("health", s.pages.text("health", s.health()))
		}
		if _, err := w.Write(t.out.Bytes()); err != nil {
			return errCut
		}
		if err := control.Flush(); err != nil || t.over {
			return nil
		}
		t.out.Reset()
		if !s.wait(r.Context(), changed, more) {
			return nil
		}
	}
}

// cut ends a stream for a reason of ours.
func (s *Web) cut(r *http.Request, err error) error {
	if r.Context().Err() == nil {
		s.opts.Log.Error("live tail", "err", err)
	}
	return errCut
}

// wait sleeps until something changed, and at least for livePause; it reports whether the tail goes on.
func (s *Web) wait(ctx context.Context, changed, more <-chan struct{}) bool {
	beat := time.NewTimer(liveBeat)
	defer beat.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-s.closing:
		return false
	case <-beat.C:
		return true
	case <-changed:
	case <-more:
	}
	pause := time.NewTimer(livePause)
	defer pause.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-s.closing:
		return false
	case <-pause.C:
		return true
	}
}

// tail is where a live tail stands.
type tail struct {
	s     *Web
	a     *ask
	next  uint64 // the first number not looked at
	shown uint64 // the same of what is not stored
	out   bytes.Buffer
	over  bool
}

// showOn writes what a policy kept from the disk since the last look.
func (t *tail) showOn() {
	events, next, missed := t.s.opts.Shown.Since(t.shown)
	t.shown = next
	var rows []row
	for i := range slices.Backward(events) {
		r, q := &events[i], &t.a.query
		if !filter.Eval(q.Filter, r) || q.From != 0 && r.Time < q.From || q.To != 0 && r.Time >= q.To {
			continue
		}
		if len(rows) == liveRows {
			missed++
			continue
		}
		rows = append(rows, t.a.shownRow(r))
	}
	if missed > 0 {
		t.event("skipped", strconv.FormatUint(missed, 10))
	}
	if len(rows) > 0 {
		fmt.Fprintf(&t.out, "id: %d\n", t.next) // rows of the trail go on from where they stood
		days(rows)
		t.event("rows", t.s.pages.text("rows", rows))
	}
}

// look writes what came since the last look.
func (t *tail) look(ctx context.Context) error {
	view := t.s.opts.Source.View()
	defer view.Close()
	if view.Size() <= t.next {
		return nil
	}
	q := t.a.query
	q.After, q.Limit = t.next, liveRows+1
	covered := t.s.covered()
	var rows []row
	if _, err := search.Run(ctx, view, q, func(r *counterfoil.Record) bool {
		rows = append(rows, t.a.rowOf(r, covered))
		return true
	}); err != nil {
		return fmt.Errorf("list new events: %w", err)
	}
	if len(rows) > liveRows {
		q.Limit = 0
		groups, _, err := search.Count(ctx, view, q, search.By{Every: 364 * day})
		if err != nil {
			return fmt.Errorf("count new events: %w", err)
		}
		var n uint64
		for _, g := range groups[0] {
			n += g.Count
		}
		rows = slices.Delete(rows, liveRows, len(rows))
		t.event("skipped", strconv.FormatUint(n-liveRows, 10))
	}
	t.next = view.Size()
	fmt.Fprintf(&t.out, "id: %d\n", t.next)
	days(rows)
	t.event("rows", t.s.pages.text("rows", rows))
	return nil
}

// event writes one event of the stream.
func (t *tail) event(name, data string) {
	fmt.Fprintf(&t.out, "event: %s\n", name)
	for line := range strings.SplitSeq(data, "\n") {
		fmt.Fprintf(&t.out, "data: %s\n", strings.TrimSuffix(line, "\r"))
	}
	t.out.WriteByte('\n')
	t.over = t.over || name == "end"
}
