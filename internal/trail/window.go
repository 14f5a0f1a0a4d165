package trail

import (
	"hash/maphash"

	"github.com/counterfoil/counterfoil"
)

// windowSize is how many identifiers are remembered at least.
const windowSize = 262_144

// window remembers which records have the identifiers that senders gave last, so that a retry is known. It keeps two
// generations and forgets the older one when the newer is full. An identifier may stay that no record got in the end, and
// two may be taken for one, rarely: the caller looks at the record.
type window struct {
	limit      int
	seed       maphash.Seed
	now, older generation
}

// generation is a hash table with linear probing, at most half full.
type generation struct {
	slots []slot
	used  int
}

type slot struct{ hash, seq uint64 } // hash 0: empty

func (w *window) hash(a counterfoil.AID) uint64 {
	if w.seed == (maphash.Seed{}) {
		w.seed = maphash.MakeSeed() // so that no sender can choose where an identifier comes to lie
	}
	return max(1, maphash.Bytes(w.seed, a[:]))
}

// lookup gives the record that may have the identifier.
func (w *window) lookup(a counterfoil.AID) (seq uint64, ok bool) {
	h := w.hash(a)
	if s := w.now.find(h); s != nil && s.hash == h {
		return s.seq, true
	}
	if s := w.older.find(h); s != nil && s.hash == h {
		return s.seq, true
	}
	return 0, false
}

func (w *window) add(a counterfoil.AID, seq uint64) {
	if w.now.used >= w.limit {
		w.now, w.older = generation{slots: w.older.slots}, w.now
		clear(w.now.slots)
	}
	w.now.put(w.hash(a), seq)
}

// find gives the slot of a hash, or the empty one where it would be; nil if there are none.
func (g *generation) find(h uint64) *slot {
	mask := uint64(len(g.slots) - 1)
	if len(g.slots) == 0 {
		return nil
	}
	for i := h & mask; ; i = (i + 1) & mask {
		if s := &g.slots[i]; s.hash == h || s.hash == 0 {
			return s
		}
	}
}

func (g *generation) put(h, seq uint64) {
	if 2*g.used >= len(g.slots) {
		g.grow()
	}
	s := g.find(h)
	if s.hash == 0 {
		g.used++
	}
	*s = slot{h, seq}
}

func (g *generation) grow() {
	old := g.slots
	g.slots = make([]slot, max(1024, 2*len(old)))
	for _, s := range old {
		if s.hash != 0 {
			*g.find(s.hash) = s
		}
	}
}
