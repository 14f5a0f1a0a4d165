package web

import (
	"context"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// Refusals (failed logins, requests without the right) that are recorded one by one, in a window of time. The rest of
// a window is counted, since otherwise anybody could fill the trail with them.
const (
	refusalWindow = time.Minute
	refusalsOfOne = 20
	refusalsOfAll = 200
)

// refusals counts them.
type refusals struct {
	mu      sync.Mutex // guards what follows
	began   time.Time  // of the window
	all     int
	of      map[string]int
	skipped uint64 // not recorded, and not yet written down as a number
}

// take reports whether a refusal of key, an address or an account, is to be recorded by itself; if not, it is counted.
func (d *refusals) take(key string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of == nil || now.Sub(d.began) >= refusalWindow || now.Before(d.began) {
		d.began, d.all, d.of = now, 0, map[string]int{}
	}
	if d.all >= refusalsOfAll || d.of[key] >= refusalsOfOne {
		d.skipped++
		return false
	}
	d.all++
	d.of[key]++
	return true
}

// settle gives the number that was skipped since the last time.
func (d *refusals) settle() (n uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, d.skipped = d.skipped, 0
	return n
}

func (d *refusals) giveBack(n uint64) {
	d.mu.Lock()
	d.skipped += n
	d.mu.Unlock()
}

// flushRefusals writes down how many refusals were counted only.
func (s *Web) flushRefusals() {
	n := s.refused.settle()
	if n == 0 {
		return
	}
	e := act.New(s.now(), act.Who{Host: s.opts.Host}, act.Denied, counterfoil.AuthAuthorize, false,
		counterfoil.Object{Name: "refusals that were not recorded one by one"}, func(b *counterfoil.Builder) {
			b.String("surface", "web")
			b.Uint("count", n)
		})
	if err := s.record(context.Background(), e); err != nil {
		s.opts.Log.Error("record the number of refusals", "count", n, "err", err)
		s.refused.giveBack(n) // for the next time
	}
}
