package act

import "github.com/counterfoil/counterfoil"

// Claimed is the svc of events that a sender calls the program's own.
const Claimed = "COUNTERFOIL.CLAIMED"

// Disclaim gives what a sender calls the program's own that other svc, so that in a trail nobody but the program speaks under
// its name. Nothing else of the event is changed.
func Disclaim(e *counterfoil.Event) {
	if e.Service == Service {
		e.Service = Claimed
	}
}
