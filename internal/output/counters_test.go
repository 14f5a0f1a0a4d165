package output_test

import (
	"errors"
	"testing"
	"time"
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
