package simulate

import "github.com/counterfoil/counterfoil/internal/preselect"

// outcome is what a policy makes of a record.
type outcome uint8

const (
	kept outcome = iota
	shown
	out
	outcomes
)

func outcomeOf(d preselect.Decision) outcome {
	switch {
	case !d.Keep:
		return out
	case !d.Persist:
		return shown
	}
	return kept
}

// verdict is what both policies make of a record.
type verdict struct {
	now, next outcome // where the user is in no group but those that the record tells
	unsure    bool    // whether it is lost or won depends on groups that the record does not tell
	rule      int     // of the other policy: the deciding one
}

// change is what happens to a record.
type change uint8

const (
	same change = iota
	lost
	won
)

func (v verdict) change() change {
	switch {
	case v.now == kept && v.next != kept:
		return lost
	case v.now != kept && v.next == kept:
		return won
	}
	return same
}

// loses reports whether a record is surely lost.
func (v verdict) loses() bool { return v.change() == lost && !v.unsure }

// places of a tally: one for each pair of outcomes, those of what is not sure behind.
const places = int(2 * outcomes * outcomes)

func (v verdict) place() int {
	at := int(v.now*outcomes + v.next)
	if v.unsure {
		at += places / 2
	}
	return at
}

// verdicts gives the verdict of each place.
func verdicts(yield func(verdict, int) bool) {
	for i := range places {
		pair := outcome(i % (places / 2))
		if !yield(verdict{now: pair / outcomes, next: pair % outcomes, unsure: i >= places/2}, i) {
			return
		}
	}
}
