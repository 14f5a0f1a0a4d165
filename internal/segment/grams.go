package segment

import (
	"encoding/binary"
	"math/bits"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// The grams of a segment's pages stand across as a signature does: bit p of row r tells whether page p has a gram whose place,
// modulo the number of rows, is r. One hash is enough, for a piece of a token has many grams.

type grams struct {
	signature
	n uint64 // rows in all blocks, a power of two
}

const fewestGramRows, mostGramRows = 64, 1 << filter.GramBits

func gramShape(width, n uint64) shape {
	s := shape{width: width, rows: min(n, mostRows(width))}
	s.blocks = (n + s.rows - 1) / s.rows
	return s
}

// setRows says how many rows there are, and reports whether there can be so many.
func (g *grams) setRows(width, n uint64) bool {
	if n < fewestGramRows || n > mostGramRows || n&(n-1) != 0 {
		return false
	}
	g.n, g.shape = n, gramShape(width, n)
	return true
}

// pages gives the pages that may have a gram.
func (g *grams) pages(gram uint32) (uint64, error) {
	r := uint64(filter.GramPlace(gram)) & (g.n - 1)
	buf := blockBuffers.Get().(*[blockBytes]byte)
	defer blockBuffers.Put(buf)
	block, err := g.block(r/g.rows, buf)
	if err != nil {
		return 0, err
	}
	return bitsAt(block, r%g.rows*g.width) & (^uint64(0) >> (64 - g.width)), nil
}

// gramBuilder gathers the grams of each page. Its memory is used again for the next segment.
type gramBuilder struct {
	pages []filter.GramSet
	words []uint64 // while finishing: the rows
}

func (b *gramBuilder) page() *filter.GramSet {
	if n := len(b.pages); n < cap(b.pages) {
		b.pages = b.pages[:n+1]
		b.pages[n] = filter.GramSet{}
	} else {
		b.pages = append(b.pages, filter.GramSet{})
	}
	return &b.pages[len(b.pages)-1]
}

// finish gives the grams as rows of a bit for each page, a power of two: so many that no more than a third of the bits is set. Pages differ,
// and of the densest two thirds are.
func (b *gramBuilder) finish() (rows uint64, data []byte) {
	n := mostGramRows
	for n > fewestGramRows && b.folded(n/2)*3 <= n/2*len(b.pages) {
		n /= 2
		for p := range b.pages {
			set := b.pages[p][:]
			for i := range n / 64 {
				set[i] |= set[n/64+i]
			}
		}
	}
	s := gramShape(uint64(len(b.pages)), uint64(n))
	b.words = resize(b.words, int(s.blocks*s.rows))
	clear(b.words)
	for p := range b.pages {
		for i, w := range b.pages[p][:n/64] {
			for ; w != 0; w &= w - 1 {
				b.words[i*64+bits.TrailingZeros64(w)] |= 1 << p
			}
		}
	}
	return uint64(n), s.blocksOf(b.words)
}

// blocksOf gives the bytes of the blocks whose rows these are, of at most 64 bits.
func (s *shape) blocksOf(words []uint64) []byte {
	size := s.size()
	data := make([]byte, s.blocks*size)
	for i, w := range words {
		block, at := data[uint64(i)/s.rows*size:], uint64(i)%s.rows*s.width
		shift := at & 7
		old := binary.LittleEndian.Uint64(block[at>>3:])
		binary.LittleEndian.PutUint64(block[at>>3:], old|w<<shift)
		if shift+s.width > 64 {
			block[at>>3+8] |= byte(w >> (64 - shift))
		}
	}
	s.sum(data)
	return data
}

// folded counts the bits of all pages if each had n rows, half as many as now.
func (b *gramBuilder) folded(n int) (count int) {
	for p := range b.pages {
		set := b.pages[p][:]
		for i := range n / 64 {
			count += bits.OnesCount64(set[i] | set[n/64+i])
		}
	}
	return count
}
