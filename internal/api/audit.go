package api

import (
	"context"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
)

// appendTime bounds how long an act may take to be recorded.
const appendTime = 30 * time.Second

// record appends what the caller does. What cannot be recorded is not done: the error is the answer.
func (c *call) record(name string, action counterfoil.Action, object counterfoil.Object, data func(*counterfoil.Builder)) error {
	e := c.event(name, action, true, object, data)
	// Who leaves early must not keep the act out of the trail.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), appendTime)
	defer cancel()
	if _, err := c.opts.Append(ctx, act.Via, []counterfoil.Event{e}); err != nil {
		return unaudited(err)
	}
	return nil
}

func (c *call) event(name string, action counterfoil.Action, ok bool, object counterfoil.Object, data func(*counterfoil.Builder)) counterfoil.Event {
	w := act.Who{Host: c.opts.Host, User: c.who.Name, Addr: remote(c.r), Session: c.session}
	return act.New(counterfoil.TimeOf(c.opts.Now()), w, name, action, ok, object, func(b *counterfoil.Builder) {
		b.String("surface", "api")
		if c.who.By != "" {
			b.String("credential", c.who.By)
			b.String("role", string(c.who.Role))
		}
		if data != nil {
			data(b)
		}
	})
}

// maxRequest is how much of a refused request's address is kept.
const maxRequest = 1024

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

// denied records a refusal. The request is refused whether or not that works; many of them are only counted, since
// otherwise anybody could fill the trail with them.
func (c *call) denied(action counterfoil.Action, reason, right string) {
	c.metrics.denied.WithLabelValues(string(action)).Inc()
	key := "addr " + remote(c.r)
	if c.who.Name != "" {
		key = c.who.By + " " + c.who.Name
	}
	if !c.denials.take(key, c.opts.Now()) {
		return
	}
	e := c.event(act.Denied, action, false, counterfoil.Object{Kind: "route", Name: c.route.method + " " + c.route.path}, func(b *counterfoil.Builder) {
		b.String("reason", reason)
		if right != "" { // what a stranger without a token typed is not kept
			b.String("right", right)
			b.String("request", clip(c.r.URL.RequestURI(), maxRequest))
		}
	})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), appendTime)
	defer cancel()
	if _, err := c.opts.Append(ctx, act.Via, []counterfoil.Event{e}); err != nil {
		c.denials.giveBack()
		c.opts.Log.Error("a refusal could not be recorded", "reason", reason, "addr", remote(c.r), "user", c.who.Name, "error", err)
	}
}

// Refusals that are recorded one by one, in a window of time; the rest of a window is counted.
const (
	denialWindow  = time.Minute
	denialsOfOne  = 10
	denialsOfAll  = 100
	denialsCalled = "refusals that were not recorded one by one"
)

// denials counts refusals.
type denials struct {
	mu      sync.Mutex // guards what follows
	began   time.Time  // of the window
	all     int
	of      map[string]int
	skipped uint64 // not recorded, and not yet written down as a number
}

// take reports whether a refusal of key is to be recorded by itself; if not, it is counted.
func (d *denials) take(key string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of == nil || now.Sub(d.began) >= denialWindow || now.Before(d.began) {
		d.began, d.all, d.of = now, 0, map[string]int{}
	}
	if d.all >= denialsOfAll || d.of[key] >= denialsOfOne {
		d.skipped++
		return false
	}
	d.all++
	d.of[key]++
	return true
}

// giveBack counts a refusal that was to be recorded and was not.
func (d *denials) giveBack() {
	d.mu.Lock()
	d.skipped++
	d.mu.Unlock()
}

// flushDenials writes down how many refusals were counted only.
func (a *API) flushDenials() {
	a.denials.mu.Lock()
	n := a.denials.skipped
	a.denials.skipped = 0
	a.denials.mu.Unlock()
	if n == 0 {
		return
	}
	e := act.New(counterfoil.TimeOf(a.opts.Now()), act.Who{Host: a.opts.Host}, act.Denied, counterfoil.AuthAuthorize, false,
		counterfoil.Object{Name: denialsCalled}, func(b *counterfoil.Builder) {
			b.String("surface", "api")
			b.Uint("count", n)
		})
	ctx, cancel := context.WithTimeout(context.Background(), appendTime)
	defer cancel()
	if _, err := a.opts.Append(ctx, act.Via, []counterfoil.Event{e}); err != nil {
		a.opts.Log.Error("the number of refusals could not be recorded", "count", n, "error", err)
		a.denials.mu.Lock()
		a.denials.skipped += n // for the next time
		a.denials.mu.Unlock()
	}
}

// NoticeEvent words a change of access that another process made beside this one.
func NoticeEvent(now counterfoil.Time, host string, n access.Notice) counterfoil.Event {
	name := act.Token
	if n.Kind == "account" {
		name = act.Account
	}
	return act.New(now, act.Who{Host: host, User: n.By}, name, counterfoil.AuditAccess, true,
		counterfoil.Object{Kind: n.Kind, Name: n.Name}, func(b *counterfoil.Builder) {
			b.String("surface", "files")
			b.String("change", n.Verb)
			b.String("role", string(n.Role))
		})
}
