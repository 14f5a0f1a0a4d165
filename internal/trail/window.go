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

// generation is a hash table with linear probing, at most half full. Nearly every identifier that is asked for is new; a
// small filter before the table says so without the table, which lies far away.
type generation struct {
	slots  []slot
	used   int
	filter []uint64 // a hash sets four bits of one word; a word for every eight slots
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
	if seq, ok = w.now.lookup(h); !ok {
		seq, ok = w.older.lookup(h)
	}
	return seq, ok
}

func (w *window) add(a counterfoil.AID, seq uint64) {
	if w.now.used >= w.limit {
		w.now, w.older = generation{slots: w.older.slots, filter: w.older.filter}, w.now
		clear(w.now.slots)
		clear(w.now.filter)
	}
	w.now.put(w.hash(a), seq)
}

func (g *generation) lookup(h uint64) (seq uint64, ok bool) {
	if g.used == 0 {
		return 0, false
	}
	if word, bits := g.word(h); *word&bits != bits {
		return 0, false
	}
	s := g.find(h)
	return s.seq, s.hash == h
}

// word gives the word of the filter that a hash belongs to and the bits that it sets there.
func (g *generation) word(h uint64) (word *uint64, bits uint64) {
	return &g.filter[h>>40&uint64(len(g.filter)-1)], 1<<(h&63) | 1<<(h>>6&63) | 1<<(h>>12&63) | 1<<(h>>18&63)
}

// find gives the slot of a hash, or the empty one where it would be. There is one.
func (g *generation) find(h uint64) *slot {
	mask := uint64(len(g.slots) - 1)
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
	word, bits := g.word(h)
	*word |= bits
}

func (g *generation) grow() {
	old := g.slots
	g.slots = make([]slot, max(1024, 2*len(old)))
	g.filter = make([]uint64, len(g.slots)/8)
	for _, s := range old {
		if s.hash != 0 {
			*g.find(s.hash) = s
			word, bits := g.word(s.hash)
			*word |= bits
		}
	}
}
