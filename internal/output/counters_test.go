package output_test

import (
	"errors"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/output"
)

// The lag is for how long something has waited, not how long ago something was delivered.
func TestLag(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.append("a")
		b.start()
		b.has("a")
		time.Sleep(time.Hour)
		b.memory.Break(errors.New("no route"))
		b.append("b")
		time.Sleep(5 * time.Minute)
		if c := b.runner.Counters(); c.Lag < 4*time.Minute || c.Lag > 6*time.Minute {
			t.Errorf("nothing for an hour, then a record that waits for five minutes: %+v", c)
		}
		b.memory.Break(nil)
		time.Sleep(time.Minute)
		b.has("a b")
		if c := b.runner.Counters(); c.Lag != 0 {
			t.Errorf("all is delivered: %+v", c)
		}
	})
}

// Trouble that a run before left in the trail is over when the output delivers, and is not told again while it does not.
func TestTroubleOfTheLastRun(t *testing.T) {
	inBubble(t, func(b *bubble) {
		b.opts = func(o *output.Options) { o.Trouble = true }
		b.memory.Break(errors.New("no route"))
		b.append("a")
		b.start()
		time.Sleep(time.Minute)
		if got := len(b.trail.Named(act.OutputError)) + len(b.trail.Named(act.OutputOK)); got != 0 {
			t.Errorf("%d events about trouble that the trail knows of", got)
		}
		b.memory.Break(nil)
		time.Sleep(time.Minute)
		b.has("a")
		if got := b.trail.Named(act.OutputOK); len(got) != 1 {
			t.Errorf("recovery %v", got)
		}
	})
}
