package output_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/output/outputtest"
)

// What goes from the trail while an output has not yet reached its destination for the first time was to be delivered, and is said.
// What was gone when the output began was not, whatever destination it has.
func TestExpiredBeforeTheFirstDelivery(t *testing.T) {
	for _, marks := range []bool{false, true} {
		inBubble(t, func(b *bubble) {
			b.memory = outputtest.Memory{Marks: marks}
			b.append("a", "b", "c", "d")
			b.trail.Expire(1) // a
			b.memory.Break(errors.New("no route"))
			b.start()
			time.Sleep(time.Hour)
			b.trail.Expire(1) // b
			b.memory.Break(nil)
			time.Sleep(time.Hour)
			b.has("c d")
			if got := b.gaps(); len(got) != 1 {
				t.Errorf("marks %v: gaps %q", marks, got)
			}
		})
	}
}

// What was gone when an output began was never to be delivered.
func TestExpiredBeforeTheBeginning(t *testing.T) {
	for _, marks := range []bool{false, true} {
		inBubble(t, func(b *bubble) {
			b.memory = outputtest.Memory{Marks: marks}
			b.append("a", "b")
			b.trail.Expire(1)
			b.start()
			b.has("b")
			if got := b.gaps(); len(got) != 0 {
				t.Errorf("marks %v: gaps %q", marks, got)
			}
		})
	}
}

// What goes from the trail while a destination is away, after the output came to it and could not deliver it, is said, and what was gone
// before is not said again.
func TestExpiredWhileAway(t *testing.T) {
	for _, marks := range []bool{false, true} {
		inBubble(t, func(b *bubble) {
			b.memory = outputtest.Memory{Marks: marks}
			b.append("a")
			b.start()
			b.has("a")
			var away atomic.Bool
			away.Store(true)
			b.memory.Fail = func(*counterfoil.Record) error {
				if away.Load() {
					return errors.New("no route")
				}
				return nil
			}
			b.append("b", "c", "d", "e")
			at := b.trail.Size() - 5 // of b; behind e stands that there is trouble
			time.Sleep(time.Hour)
			b.trail.ExpireSome(func(seq uint64) bool { return seq == at })
			time.Sleep(time.Hour)
			b.trail.ExpireSome(func(seq uint64) bool { return seq == at+2 })
			time.Sleep(time.Hour)
			away.Store(false)
			time.Sleep(time.Hour)
			b.has("a c e")
			want := []string{fmt.Sprintf(`1,"first":%d,"last":%d,`, at, at), fmt.Sprintf(`1,"first":%d,"last":%d,`, at, at+2)}
			if got := b.gaps(); len(got) != 2 || !strings.HasPrefix(got[0], want[0]) || !strings.HasPrefix(got[1], want[1]) {
				t.Errorf("marks %v: gaps %q, want %q", marks, got, want)
			}
			if n := b.runner.Counters().Missed; n != 2 {
				t.Errorf("marks %v: missed %d", marks, n)
			}
		})
	}
}
