package trail

import (
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// A clock that is set ahead makes young records look old. What it says is believed when it has said so for some time, in
// which somebody can put it right, or make a hold.
const (
	clockGrace = 24 * time.Hour
	clockStep  = time.Minute // what is less is no step
)

// steady tells the time for expiry: that of the machine's clock, without the steps ahead that it has not stood behind for
// long enough.
type steady struct {
	began time.Time     // by the clock that cannot be set
	ahead time.Duration // the clock, against that one
	steps []clockStepAt // oldest first
}

type clockStepAt struct{ by, until time.Duration }

func newSteady(now time.Time) *steady {
	return &steady{began: time.Now(), ahead: time.Duration(now.UnixNano())}
}

// read gives the time to measure ages by, where the machine's clock says now, and how far that was set ahead since the last
// call; 0: it was not.
func (c *steady) read(now time.Time) (_ time.Time, step time.Duration) {
	ran := time.Since(c.began)
	by := time.Duration(now.UnixNano()) - ran - c.ahead
	c.ahead += by
	for len(c.steps) > 0 && c.steps[0].until <= ran {
		c.steps = c.steps[1:]
	}
	switch {
	case by >= clockStep:
		c.steps, step = append(c.steps, clockStepAt{by, ran + clockGrace}), by
	case by <= -clockStep: // it was set back: the newest steps are undone first
		for n := len(c.steps) - 1; n >= 0 && by < 0; n-- {
			undone := min(c.steps[n].by, -by)
			c.steps[n].by -= undone
			by += undone
		}
	}
	for _, s := range c.steps {
		now = now.Add(-s.by)
	}
	return now, step
}

// sayClock records that the clock was set ahead.
func (t *Trail) sayClock(by time.Duration) {
	t.opts.Log.Warn("the clock was set ahead", "by", by, "believed after", clockGrace)
	e := t.opts.Act(act.Clock, counterfoil.AlarmRaise, true, counterfoil.Object{Kind: "clock", Name: "the machine's clock was set ahead"}, func(b *counterfoil.Builder) {
		b.String("by", by.Round(time.Second).String())
		b.String("believed_after", clockGrace.String())
	})
	t.committing.Lock()
	err := t.commitOwn(e)
	t.committing.Unlock()
	if err != nil {
		t.opts.Log.Error("a step of the clock could not be recorded", "err", err)
	}
}
