package trail

import "github.com/counterfoil/counterfoil"

// windowSize is how many identifiers are remembered at least.
const windowSize = 262_144

// window remembers which records have the identifiers that senders gave last, so that a retry is known. It keeps two
// generations and forgets the older one when the newer is full.
type window struct {
	limit      int
	now, older map[counterfoil.AID]uint64
}

func (w *window) lookup(a counterfoil.AID) (seq uint64, ok bool) {
	if seq, ok = w.now[a]; !ok {
		seq, ok = w.older[a]
	}
	return seq, ok
}

func (w *window) add(a counterfoil.AID, seq uint64) {
	if len(w.now) >= w.limit || w.now == nil {
		w.older, w.now = w.now, make(map[counterfoil.AID]uint64)
	}
	w.now[a] = seq
}

// forget takes back identifiers whose records were not kept.
func (w *window) forget(aids []counterfoil.AID) {
	for _, a := range aids {
		delete(w.now, a)
		delete(w.older, a)
	}
}
