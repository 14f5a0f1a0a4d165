package trail

import "github.com/counterfoil/counterfoil"

// Events were read some thousand events before they are checked, and checked as long before they are numbered: what they say is far from
// the processor. Each piece of it would be waited for where it is wanted, one after the other. Those of a few events are asked for at
// once instead, which takes about as long as one of them.

// ahead is for how many events memory is asked at once.
const ahead = 8

// next gives the events from i on that are asked for, if i is where that is done.
func next(events []counterfoil.Event, i int) []counterfoil.Event {
	if i%ahead != 0 {
		return nil
	}
	return events[i:min(i+ahead, len(events))]
}

// near brings the short texts of events near. Whoever does not use the sum keeps it: it would not be made otherwise.
func near(events []counterfoil.Event) (sum byte) {
	for i := range events {
		e := &events[i]
		for _, s := range [...]string{e.Service, e.Name, e.Host, e.Addr, e.User, e.Session, e.Object.Name} {
			if s != "" {
				sum += s[0]
			}
		}
	}
	return sum
}

// fetch brings everything near that events say, and what the window has for them.
func (t *Trail) fetch(events []counterfoil.Event) {
	const line = 64 // bytes that come from memory together
	sum := near(events)
	for i := range events {
		e := &events[i]
		for k := 0; k < len(e.EventData); k += line {
			sum += e.EventData[k]
		}
		for k := 0; k < len(e.Raw); k += line {
			sum += e.Raw[k]
		}
		sum += t.window.near(e.AID)
	}
	t.nearSum = sum
}
