package intake

import (
	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Bounds of one append, a little below what the trail takes.
const (
	mostEvents  = trail.MaxBatch - 1<<10
	mostEncoded = 56 << 20
)

// fitting gives how many of events one append takes from the first on, one at least. A batch of frames fits, as a rule; what decoders
// held, and give at once, can be more, and so can bytes that JSON escapes, which take six times their place in each field they are in.
func fitting(events []counterfoil.Event) int {
	size := 0
	for i := range events {
		if size += atMost(&events[i]); i > 0 && (i == mostEvents || size > mostEncoded) {
			return i
		}
	}
	return len(events)
}

// atMost gives how many bytes the record of an event takes at most.
func atMost(e *counterfoil.Event) int {
	const keys, escaped = 640, 6
	s, o := &e.Subject, &e.Object
	return keys + len(e.EventData) + len(e.SvcData) + escaped*(len(e.Raw)+len(e.Host)+len(e.Addr)+len(e.User)+len(e.Session)+len(e.Service)+len(e.Name)+
		len(s.LoginID)+len(s.ID)+len(s.Name)+len(s.Group)+len(s.Terminal)+len(s.Process)+len(o.Kind)+len(o.Name)+len(o.ID)+len(o.To))
}

// own counts the input's own events.
func own(events []counterfoil.Event) (n int) {
	for i := range events {
		if e := &events[i]; e.Service == act.Service && !unparsed(e) {
			n++
		}
	}
	return n
}
