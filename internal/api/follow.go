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
	"github.com/counterfoil/counterfoil/internal/search"
)

const (
	heartbeat = 15 * time.Second       // how often a quiet live tail shows that it lives
	breath    = 100 * time.Millisecond // between two looks, however many commits there are
)

// follow serves GET /api/v1/follow: matching records as they come, without end.
func (c *call) follow() error {
	p := readParams(c.r.URL.RawQuery, "q", "from", "to", "after", "format")
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
	if p.err != nil {
		return p.err
	}
	if size > q.After+searchMost {
		if err := c.need(access.Export); err != nil {
			return err
		}
	}
	text := p.values.Get("q")
	err := c.record(act.Search, counterfoil.AuditSearch, counterfoil.Object{Kind: "query", Name: text}, func(b *counterfoil.Builder) {
		asked(b, text, q)
		b.Bool("follow", true)
		b.Uint("first", q.After)
	})
	if err != nil {
		return err
	}
	c.metrics.follows.Inc()
	defer c.metrics.follows.Dec()
	f := &follower{call: c, q: q, control: http.NewResponseController(c.w), events: events}
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
		changed := f.opts.Source.Changed()
		if err := f.catchUp(); err != nil {
			return err
		}
		if f.err = f.control.Flush(); f.err != nil {
			return nil
		}
		select {
		case <-f.r.Context().Done():
			return nil
		case <-f.closing:
			return nil
		case <-changed:
			select {
			case <-f.r.Context().Done():
			case <-f.closing:
			case <-time.After(breath):
			}
		case <-tick.C:
			f.beat()
		}
		// A token that was revoked, or a role that was taken away, ends the tail.
		if f.identify() != nil || !f.who.Role.May(f.route.right) {
			return nil
		}
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
	b := f.buf[:0]
	if f.events {
		b = append(strconv.AppendUint(append(b, "id: "...), r.Seq, 10), "\nevent: record\ndata: "...)
	}
	b, _ = counterfoil.AppendRecord(b, r)
	b = append(b, '\n')
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
