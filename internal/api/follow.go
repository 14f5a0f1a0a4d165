package api

import (
	"fmt"
	"net/http"
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
	maxTails  = 20                     // of one token or account at once
	heartbeat = 15 * time.Second       // how often a quiet live tail shows that it lives
	breath    = 100 * time.Millisecond // between two looks, however many commits there are
)

// follow serves GET /api/v1/follow: matching records as they come, without end.
func (c *call) follow() error {
	p := readParams(c.r.URL.RawQuery, "q", "from", "to", "after", "format", "shown")
	q := p.question(c.opts.Now())
	q.Oldest = true
	events := strings.Contains(c.r.Header.Get("Accept"), "text/event-stream")
	if p.values.Get("format") != "" {
		events = p.word("format", "jsonl", "sse") == "sse"
	}
	v := c.opts.Source.View()
	size := v.Size()
	v.Close()
	q.After = p.place(c.r, size)
	shown := p.word("shown", "false", "true") == "true"
	if p.err != nil {
		return p.err
	}
	if size > q.After+searchMost {
		if err := c.need(access.Export); err != nil {
			return err
		}
	}
	leave, ok := c.tails.Take(c.who)
	if !ok {
		return &Error{Kind: KindUnavailable, Message: fmt.Sprintf("%s %s has %d live tails already, which is the most for one", c.who.By, c.who.Name, maxTails)}
	}
	defer leave()
	text := p.values.Get("q")
	err := c.record(act.Search, counterfoil.AuditSearch, counterfoil.Object{Kind: "query", Name: text}, func(b *counterfoil.Builder) {
		asked(b, text, q)
		b.Bool("follow", true)
		b.Bool("shown", shown)
		b.Uint("first", q.After)
	})
	if err != nil {
		return err
	}
	c.metrics.follows.Inc()
	defer c.metrics.follows.Dec()
	f := &follower{call: c, q: q, control: http.NewResponseController(c.w), events: events}
	if shown {
		var done func()
		f.shown, done = c.opts.Shown.Look()
		defer done()
		f.looks = true
	}
	return f.run()
}

// place reads where a live tail begins: behind after (-1: with the first record), behind the last event that a browser
// saw, or with what comes now.
func (p *params) place(r *http.Request, size uint64) uint64 {
	s, name := r.Header.Get("Last-Event-ID"), "Last-Event-ID"
	if s == "" {
		s, name = p.values.Get("after"), "after"
	}
	switch s {
	case "":
		return size
	case "-1":
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 62)
	if err != nil {
		p.fail(name, "%s=%q: want a sequence number, or -1 for everything from the first record on", name, s)
	}
	return n + 1
}

// follower is one live tail.
type follower struct {
	*call
	q       search.Query
	control *http.ResponseController
	events  bool // server-sent events, else JSON Lines
	looks   bool // at what is kept from the disk, too
	shown   uint64
	buf     []byte
	err     error // of writing: the caller is gone
}

func (f *follower) run() error {
	contentType := "application/x-ndjson"
	if f.events {
		contentType = "text/event-stream"
	}
	f.w.Header().Set("Content-Type", contentType)
	f.w.Header().Set("X-Accel-Buffering", "no") // proxies hold answers back
	f.w.WriteHeader(http.StatusOK)
	if f.r.Method == http.MethodHead {
		return nil
	}
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		changed, more := f.opts.Source.Changed(), f.opts.Shown.Changed()
		if !f.looks {
			more = nil
		}
		if err := f.catchUp(); err != nil {
			return err
		}
		f.showOn()
		if f.err = f.control.Flush(); f.err != nil {
			return nil
		}
		select {
		case <-f.r.Context().Done():
			return nil
		case <-f.closing:
			return nil
		case <-changed:
			f.breathe()
		case <-more:
			f.breathe()
		case <-tick.C:
			f.beat()
		}
		// A token that was revoked, or a role that was taken away, ends the tail.
		if f.still() != nil {
			return nil
		}
	}
}

// breathe waits a little, so that much at once is one look.
func (f *follower) breathe() {
	select {
	case <-f.r.Context().Done():
	case <-f.closing:
	case <-time.After(breath):
	}
}

// showOn writes what a policy kept from the disk since the last time: messages of events, which have no seq.
func (f *follower) showOn() {
	if !f.looks {
		return
	}
	events, next, missed := f.opts.Shown.Since(f.shown)
	f.shown = next
	if missed > 0 {
		f.opts.Log.Warn("a live tail is too slow for what is shown", "missed", missed, "user", f.who.Name)
	}
	for i := range events {
		r := &events[i]
		if f.err != nil || !filter.Eval(f.q.Filter, r) || f.q.From != 0 && r.Time < f.q.From || f.q.To != 0 && r.Time >= f.q.To {
			continue
		}
		f.send("event: shown\n", func(b []byte) []byte { return counterfoil.AppendEvent(b, &r.Event) })
		f.metrics.given.Inc()
	}
}

// catchUp writes what came since the last time.
func (f *follower) catchUp() error {
	v := f.opts.Source.View()
	defer v.Close()
	if v.Size() <= f.q.After {
		return nil
	}
	f.q.Before = v.Size()
	n := 0
	_, err := search.Run(f.r.Context(), v, f.q, func(r *counterfoil.Record) bool {
		f.write(r)
		n++
		return f.err == nil
	})
	f.metrics.given.Add(float64(n))
	if err != nil && f.err == nil && f.r.Context().Err() == nil {
		return fmt.Errorf("follow: %w", err)
	}
	f.q.After = f.q.Before
	return nil
}

func (f *follower) write(r *counterfoil.Record) {
	f.send("id: "+strconv.FormatUint(r.Seq, 10)+"\nevent: record\n", func(b []byte) []byte {
		b, _ = counterfoil.AppendRecord(b, r)
		return b
	})
}

// send writes one message; head are the fields before it in a stream of server-sent events.
func (f *follower) send(head string, message func([]byte) []byte) {
	b := f.buf[:0]
	if f.events {
		b = append(append(b, head...), "data: "...)
	}
	b = append(message(b), '\n')
	if f.events {
		b = append(b, '\n')
	}
	f.buf = b
	_, f.err = f.w.Write(b)
}

// beat writes an empty line, or a comment, which readers skip.
func (f *follower) beat() {
	b := "\n"
	if f.events {
		b = ": still here\n\n"
	}
	_, f.err = f.w.Write([]byte(b))
}
