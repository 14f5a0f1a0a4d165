package output

import (
	"context"
	"errors"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// fail closes the sink after err and says that there is trouble, once until it is over. Nothing that was delivered since
// the cursor was kept counts.
func (r *Runner) fail(ctx context.Context, err error, wait time.Duration) {
	r.counter.errors.Add(1)
	r.most = max(1, r.most/2) // a destination that is too slow for a batch is not too slow for a small one
	reason := err.Error()
	r.counter.problem.Store(&reason)
	if cerr := r.close(); cerr != nil {
		r.Log.Debug("the failed destination could not be closed", "output", r.Name, "err", cerr)
	}
	if r.loaded {
		r.look(r.at.Next)
	}
	r.Log.Error("output has trouble; it is tried again", "output", r.Name, "target", r.Target, "in", wait, "err", err)
	if !r.failing {
		r.failing = true
		r.tell(ctx, r.event(act.OutputError, counterfoil.AlarmRaise, false, func(b *counterfoil.Builder) { b.String("reason", reason) }))
	}
}

// recover says that trouble is over.
func (r *Runner) recover(ctx context.Context) {
	if !r.failing {
		return
	}
	r.failing = false
	r.counter.problem.Store(nil)
	r.Log.Info("output delivers again", "output", r.Name, "target", r.Target)
	r.tell(ctx, r.event(act.OutputOK, counterfoil.AlarmClear, true, func(b *counterfoil.Builder) { b.Uint("next", r.next) }))
}

func (r *Runner) sayStart(ctx context.Context) error {
	return r.say(ctx, r.event(act.OutputStart, counterfoil.AuditStart, true, func(b *counterfoil.Builder) {
		b.String("format", r.Format)
		b.Bool("resumed", r.resumed)
		b.Uint("next", r.next)
	}))
}

func (r *Runner) sayStop(ctx context.Context) error {
	return r.say(ctx, r.event(act.OutputStop, counterfoil.AuditStop, true, func(b *counterfoil.Builder) { b.Uint("next", r.next) }))
}

// gap is what an output leaves out.
type gap struct {
	reason      string
	count       uint64
	placed      bool // first and last are numbers of records
	first, last uint64
}

// sayGap puts it into the trail. Nothing is left out before that is done.
func (r *Runner) sayGap(ctx context.Context, g gap) error {
	r.Log.Warn("an output leaves records out", "output", r.Name, "reason", g.reason, "count", g.count)
	_, err := r.Append(ctx, act.Via, []counterfoil.Event{r.event(act.OutputGap, counterfoil.AlarmRaise, false, func(b *counterfoil.Builder) {
		b.String("reason", g.reason)
		b.Uint("count", g.count)
		if g.placed {
			b.Uint("first", g.first)
			b.Uint("last", g.last)
		}
	})})
	return err
}

// say puts an event of the output's own into the trail. That the disk is full is logged and no reason to stop.
func (r *Runner) say(ctx context.Context, e counterfoil.Event) error {
	_, err := r.Append(ctx, act.Via, []counterfoil.Event{e})
	if errors.Is(err, trail.ErrSuspended) {
		r.Log.Error("an act of an output could not be recorded", "event", e.Name, "output", r.Name, "err", err)
		return nil
	}
	return err
}

// tell is say where nothing depends on it: a trail that takes nothing in any more shows itself at the next turn.
func (r *Runner) tell(ctx context.Context, e counterfoil.Event) {
	if err := r.say(context.WithoutCancel(ctx), e); err != nil {
		r.Log.Error("an act of an output could not be recorded", "event", e.Name, "output", r.Name, "err", err)
	}
}

func (r *Runner) event(name string, action counterfoil.Action, ok bool, data func(*counterfoil.Builder)) counterfoil.Event {
	object := counterfoil.Object{Kind: "output", Name: r.Name}
	return act.New(counterfoil.TimeOf(r.Now()), act.Who{Host: r.Host}, name, action, ok, object, func(b *counterfoil.Builder) {
		b.String("output", r.Name)
		b.String("target", r.Target)
		data(b)
	})
}
