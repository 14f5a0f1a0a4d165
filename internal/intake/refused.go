package intake

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// Writer words counts as events of the program.
type Writer struct{ Host string }

// counting is what was refused since the counts were last written down.
type counting struct {
	policy *preselect.Policy
	number uint64
	since  counterfoil.Time
	of     map[string]*tally // by via
}

// tally is what was refused of one input.
type tally struct {
	rules   []uint64 // by rule
	refused uint64
	shown   uint64
}

func newCounting(since counterfoil.Time) *counting {
	return &counting{since: since, of: map[string]*tally{}}
}

func (c *counting) add(via string, rules []uint64, refused, shown int) {
	if refused == 0 && shown == 0 {
		return
	}
	t := c.of[via]
	if t == nil {
		t = &tally{rules: make([]uint64, len(c.policy.Rules()))}
		c.of[via] = t
	}
	for i, n := range rules {
		t.rules[i] += n
	}
	t.refused += uint64(refused)
	t.shown += uint64(shown)
}

// write appends one event for each input of which something was refused, with the position behind it. What was written is
// counted no more; the rest is counted until it can be. The caller holds inForce for writing.
func (g *Gate) write(ctx context.Context, by Writer) error {
	now := counterfoil.TimeOf(g.now())
	for _, via := range slices.Sorted(maps.Keys(g.counting.of)) {
		e := []counterfoil.Event{g.counting.event(now, by, via)}
		position := g.waiting[via]
		var err error
		if position == nil {
			_, err = g.trail.Append(ctx, via, e)
		} else {
			_, err = g.trail.AppendAt(ctx, via, e, position)
		}
		if err != nil {
			return fmt.Errorf("write down what was refused: %w", err)
		}
		delete(g.counting.of, via)
		delete(g.waiting, via)
	}
	g.counting.since = now
	return nil
}

// event words a tally: so many events of an input, by which rules, from when to when, under which policy.
func (c *counting) event(now counterfoil.Time, by Writer, via string) counterfoil.Event {
	t := c.of[via]
	object := counterfoil.Object{Kind: "input", Name: via}
	return act.New(now, act.Who{Host: by.Host}, act.Refused, counterfoil.AuditRefuse, true, object, func(b *counterfoil.Builder) {
		b.String("input", via)
		b.Uint("policy", c.number)
		b.String("from", c.since.String())
		b.String("to", now.String())
		b.Uint("count", t.refused)
		if t.shown > 0 {
			b.Uint("shown", t.shown)
		}
		b.Array("rules")
		for i, n := range t.rules {
			if n > 0 {
				b.Object("")
				b.String("rule", c.policy.Rules()[i].Name)
				b.String("place", c.policy.Rules()[i].Place.String())
				b.Uint("count", n)
				b.End()
			}
		}
		b.End()
	})
}
