package segment

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/counterfoil/counterfoil"
)

// signature is a Bloom filter per page, turned on its side: bit p of row r belongs to page p. One look-up of a key reads
// hashesPerKey rows and gives all pages that may hold it at once, so that it is the filter of the segment too. Rows
// are as wide as there are pages, packed without padding.
type signature struct {
	rows  uint64
	width uint64 // bits in a row: pages of the segment
	bits  []byte // rows*width bits, and 8 bytes so that every row can be read as one word
}

const (
	hashesPerKey = 8
	bitsPerKey   = 20 // pages differ: the densest have twice the keys, and even of them few are read in vain
)

func (s *signature) valid() bool {
	return s.rows > 0 && s.rows < 1<<32 && uint64(len(s.bits)) == (s.rows*s.width+7)/8+8
}

// pages gives the pages that may hold the key.
func (s *signature) pages(h uint64) uint64 {
	if h == 0 {
		h = 1 // as the builder does
	}
	mask := ^uint64(0) >> (64 - s.width)
	lo, hi := uint64(uint32(h)), h>>32|1
	for i := uint64(0); i < hashesPerKey && mask != 0; i++ {
		mask &= s.row(rowOf(lo+i*hi, s.rows))
	}
	return mask
}

// rowOf maps the low 32 bits of a hash evenly onto the rows.
func rowOf(h, rows uint64) uint64 { return uint64(uint32(h)) * rows >> 32 }

func (s *signature) row(r uint64) uint64 {
	at := r * s.width
	word := binary.LittleEndian.Uint64(s.bits[at>>3:])
	shift := at & 7
	word >>= shift
	if shift+s.width > 64 {
		word |= uint64(s.bits[at>>3+8]) << (64 - shift)
	}
	return word
}

// signatureBuilder gathers the different keys of each page. Its memory is used again for the next segment.
type signatureBuilder struct {
	keys  [][]uint64
	seen  []uint64 // the keys of the page, a hash table; 0 is empty
	words []uint64 // while finishing: the rows
}

func (b *signatureBuilder) page() {
	if n := len(b.keys); n < cap(b.keys) {
		b.keys = b.keys[:n+1]
		b.keys[n] = b.keys[n][:0]
	} else {
		b.keys = append(b.keys, make([]uint64, 0, 4096))
	}
	if b.seen == nil {
		b.seen = make([]uint64, 1<<14)
	}
	clear(b.seen)
}

func (b *signatureBuilder) add(h uint64) {
	if h == 0 {
		h = 1
	}
	mask := uint64(len(b.seen) - 1)
	i := h & mask
	for ; b.seen[i] != 0; i = (i + 1) & mask {
		if b.seen[i] == h {
			return
		}
	}
	b.seen[i] = h
	p := len(b.keys) - 1
	if b.keys[p] = append(b.keys[p], h); len(b.keys[p])*2 > len(b.seen) {
		b.enlarge(b.keys[p])
	}
}

func (b *signatureBuilder) addAll(hashes []uint64) {
	for _, h := range hashes {
		b.add(h)
	}
}

func (b *signatureBuilder) enlarge(keys []uint64) {
	b.seen = make([]uint64, 4*len(b.seen))
	mask := uint64(len(b.seen) - 1)
	for _, h := range keys {
		i := h & mask
		for b.seen[i] != 0 {
			i = (i + 1) & mask
		}
		b.seen[i] = h
	}
}

func (b *signatureBuilder) finish() signature {
	total := 0
	for _, k := range b.keys {
		total += len(k)
	}
	width := uint64(len(b.keys))
	rows := max(8, uint64(total)*bitsPerKey/width)
	b.words = resize(b.words, int(rows))
	words := b.words
	clear(words)
	for p, keys := range b.keys {
		for _, h := range keys {
			lo, hi := uint64(uint32(h)), h>>32|1
			for i := uint64(0); i < hashesPerKey; i++ {
				words[rowOf(lo+i*hi, rows)] |= 1 << p
			}
		}
	}
	s := signature{rows: rows, width: width, bits: make([]byte, (rows*width+7)/8+8)}
	for r, w := range words {
		s.put(uint64(r), w)
	}
	return s
}

func (s *signature) put(r, w uint64) {
	at := r * s.width
	i, shift := at>>3, at&7
	old := binary.LittleEndian.Uint64(s.bits[i:])
	binary.LittleEndian.PutUint64(s.bits[i:], old|w<<shift)
	if shift+s.width > 64 {
		s.bits[i+8] |= byte(w >> (64 - shift))
	}
}

// Density tells how full the filter is, 0 to 1; at 0.33 it is as its size was planned.
func (s *signature) density() float64 {
	n := 0
	for _, b := range s.bits {
		n += bits.OnesCount8(b)
	}
	return float64(n) / float64(s.rows*s.width)
}

func sortMinutes(m map[counterfoil.Time]*Minute) []Minute {
	out := make([]Minute, 0, len(m))
	for _, v := range m {
		out = append(out, *v)
	}
	slices.SortFunc(out, func(a, b Minute) int {
		if a.Start < b.Start {
			return -1
		}
		return 1
	})
	return out
}
