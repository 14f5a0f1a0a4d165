package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// observation is what the trail says of observing. For the goroutine of policies.Run, after the start.
type observation struct {
	on    bool
	until counterfoil.Time
}

// observed reads what the trail said last of observing.
func (p *policies) observed(ctx context.Context) (o observation, err error) {
	v := p.d.trail.View()
	defer v.Close()
	_, err = search.Run(ctx, v, search.Query{Filter: filter.And{X: ownEvents(act.Observe)}, Limit: 1}, func(r *counterfoil.Record) bool {
		if o.on = r.Action == counterfoil.AlarmRaise; o.on {
			o.until, err = counterfoil.ParseTime(r.EventData.Member("until").Text())
		}
		return false
	})
	return o, err
}

// observe writes into the trail that the policy begins to observe, or goes on to another end, or that it is over. It does
// nothing where the trail says so already.
func (p *policies) observe(ctx context.Context) error {
	policy, number := p.gate.Policy()
	var now observation
	if policy != nil && policy.Observing(counterfoil.TimeOf(p.d.opts.Now())) {
		now = observation{true, policy.ObservesUntil()}
	}
	if now == p.observing {
		return nil
	}
	_, err := p.d.trail.Append(ctx, act.Via, []counterfoil.Event{p.observeEvent(p.observing, now, number)})
	switch {
	case errors.Is(err, trail.ErrSuspended) || errors.Is(err, context.Canceled):
		p.d.log.Warn("that the policy observes, or no longer does, could not be written down yet", "err", err)
		return nil
	case err != nil:
		return fmt.Errorf("write down that the policy observes: %w", err)
	}
	p.d.log.Warn("observe mode", "on", now.on, "until", now.until.String(), "policy", number)
	p.observing = now
	return nil
}

// observeEvent is an alarm as long as the policy observes.
func (p *policies) observeEvent(before, now observation, number uint64) counterfoil.Event {
	action, until := counterfoil.AlarmClear, before.until
	if now.on {
		action, until = counterfoil.AlarmRaise, now.until
	}
	object := counterfoil.Object{Kind: "alarm", Name: "the policy only observes, what it leaves out is kept"}
	e := p.d.act(act.Observe, action, true, object, func(b *counterfoil.Builder) {
		b.Uint("policy", number)
		b.String("until", until.String())
	})
	e.Category = counterfoil.CategoryAlarm
	return e
}

// untilObserved gives how long it is until the end of observing; where there is none, or it could not be written down, until
// one should look again.
func (p *policies) untilObserved() time.Duration {
	if left := p.observing.until.Std().Sub(p.d.opts.Now()); p.observing.on && left > 0 {
		return left
	}
	return countEvery
}
