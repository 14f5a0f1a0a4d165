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

// generation holds hashes in buckets that are only appended to, so that what is written lies together: a hash table of
// this size costs a wait for memory with every record. Nearly every identifier that is asked for is new, and the filter
// says so; where it does not, a bucket is read from its end.
type generation struct {
	buckets [][]slot
	filter  []uint64 // a hash sets three bits of one word
	used    int
}

type slot struct{ hash, seq uint64 }

const (
	windowBuckets = 1 << 10
	filterWords   = 1 << 15
)

func (w *window) hash(a counterfoil.AID) uint64 {
	if w.seed == (maphash.Seed{}) {
		w.seed = maphash.MakeSeed() // so that no sender can choose where an identifier comes to lie
	}
	return maphash.Bytes(w.seed, a[:])
}

// lookup gives the record that may have the identifier: the last that got it.
func (w *window) lookup(a counterfoil.AID) (seq uint64, ok bool) {
	h := w.hash(a)
	if seq, ok = w.now.lookup(h); !ok {
		seq, ok = w.older.lookup(h)
	}
	return seq, ok
}

// near brings what lookup will look at near the processor.
func (w *window) near(a counterfoil.AID) (sum byte) {
	h := w.hash(a)
	for _, g := range [...]*generation{&w.now, &w.older} {
		if g.used > 0 {
			word, _ := g.word(h)
			sum += byte(*word)
		}
	}
	return sum
}

func (w *window) add(a counterfoil.AID, seq uint64) {
	if w.now.used >= w.limit {
		w.now, w.older = w.older, w.now
		w.now.clear()
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
	b := g.buckets[h%windowBuckets]
	for i := len(b) - 1; i >= 0; i-- {
		if b[i].hash == h {
			return b[i].seq, true
		}
	}
	return 0, false
}

func (g *generation) put(h, seq uint64) {
	if g.buckets == nil {
		g.buckets, g.filter = make([][]slot, windowBuckets), make([]uint64, filterWords)
	}
	b := &g.buckets[h%windowBuckets]
	*b = append(*b, slot{h, seq})
	word, bits := g.word(h)
	*word |= bits
	g.used++
}

// word gives the word of the filter that a hash belongs to and the bits that it sets there.
func (g *generation) word(h uint64) (word *uint64, bits uint64) {
	return &g.filter[h>>10%filterWords], 1<<(h>>32&63) | 1<<(h>>38&63) | 1<<(h>>44&63)
}

// clear forgets everything and keeps the memory.
func (g *generation) clear() {
	for i := range g.buckets {
		g.buckets[i] = g.buckets[i][:0]
	}
	clear(g.filter)
	g.used = 0
}
