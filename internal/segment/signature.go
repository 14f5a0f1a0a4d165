package segment

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sync"

	"github.com/counterfoil/counterfoil"
)

// signature is a Bloom filter per page, turned on its side: bit p of row r belongs to page p. One look-up of a key reads
// hashesPerKey rows and gives all pages that may hold it at once, so that it is the filter of the segment too. Rows are
// as wide as there are pages, packed without padding. The rows of a key stand in one block of the file: signatures of
// many segments stay on the disk, and to ask one reads one block.
type signature struct {
	shape
	data []byte // the blocks; nil where they are read when they are asked for:
	f    io.ReaderAt
	at   int64 // where they begin in f
}

// shape is the measures of a signature.
type shape struct {
	width  uint64 // bits in a row: pages of the segment
	rows   uint64 // in a block
	blocks uint64
}

const (
	hashesPerKey = 8
	bitsPerKey   = 20 // pages differ: the densest have twice the keys, and even of them few are read in vain
	blockBytes   = 8192
	blockTail    = 8 + 4 // 8 bytes so that every row can be read as one word, and the sum of all before it
)

// shapeFor gives a signature that so many keys, those of all pages added up, fill as planned.
func shapeFor(width, keys uint64) shape {
	rows := max(hashesPerKey, keys*bitsPerKey/width)
	s := shape{width: width, rows: min(rows, mostRows(width))}
	s.blocks = (rows + s.rows - 1) / s.rows
	return s
}

// mostRows is how many rows of a bit for each page a block has room for.
func mostRows(width uint64) uint64 { return (blockBytes - blockTail) * 8 / width }

func (s *shape) valid() bool {
	return s.width > 0 && s.rows > 0 && s.rows <= blockBytes*8 && s.blocks > 0 && s.blocks < 1<<24 && s.size() <= blockBytes
}

// size is the bytes of a block.
func (s *shape) size() uint64 { return (s.rows*s.width+7)/8 + blockTail }

// place gives the block of a key, and the two numbers from which its rows in it follow. They share no bits with what
// chose the block.
func (s *shape) place(h uint64) (block, lo, hi uint64) {
	if h == 0 {
		h = 1
	}
	g := mix(h)
	return (h >> 32) * s.blocks >> 32, uint64(uint32(g)), g>>32 | 1
}

// row maps the low 32 bits of a number evenly onto the rows of a block.
func (s *shape) row(h uint64) uint64 { return uint64(uint32(h)) * s.rows >> 32 }

// stay says that the blocks stay in f, from at on, and gives where they end.
func (s *signature) stay(f io.ReaderAt, at int64) (end int64) {
	s.f, s.at = f, at
	return at + int64(s.blocks*s.size())
}

// pages gives the pages that may hold the key.
func (s *signature) pages(h uint64) (uint64, error) {
	n, lo, hi := s.place(h)
	buf := blockBuffers.Get().(*[blockBytes]byte)
	defer blockBuffers.Put(buf)
	block, err := s.block(n, buf)
	if err != nil {
		return 0, err
	}
	mask := ^uint64(0) >> (64 - s.width)
	for i := uint64(0); i < hashesPerKey && mask != 0; i++ {
		mask &= s.read(block, s.row(lo+i*hi))
	}
	return mask, nil
}

// blockBuffers is for blocks while a key is looked up in them.
var blockBuffers = sync.Pool{New: func() any { return new([blockBytes]byte) }}

// block gives the bytes of a block whose sum is right, those that are read in buf.
func (s *signature) block(n uint64, buf *[blockBytes]byte) ([]byte, error) {
	size := s.size()
	if s.data != nil {
		return s.data[n*size : (n+1)*size], nil
	}
	b, from := buf[:size], s.at+int64(n*size)
	if _, err := s.f.ReadAt(b, from); err != nil {
		return nil, fmt.Errorf("the block from byte %d on: %w", from, err)
	}
	if got, want := crc32.Checksum(b[:size-4], castagnoli), binary.BigEndian.Uint32(b[size-4:]); got != want {
		return nil, fmt.Errorf("the block from byte %d on has the checksum %08x, should have %08x", from, got, want)
	}
	return b, nil
}

func (s *signature) read(block []byte, r uint64) uint64 {
	at := r * s.width
	word := binary.LittleEndian.Uint64(block[at>>3:])
	shift := at & 7
	word >>= shift
	if shift+s.width > 64 {
		word |= uint64(block[at>>3+8]) << (64 - shift)
	}
	return word
}

// signatureBuilder gathers the different keys of each page. Its memory is used again for the next segment.
type signatureBuilder struct {
	keys  [][]uint64
	seen  []uint64 // the keys of the page, a hash table; 0 is empty
	words []uint64 // while finishing: the rows
	grams gramBuilder
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

// finish gives the measures of the signature, and its blocks.
func (b *signatureBuilder) finish() (s shape, data []byte) {
	total := 0
	for _, k := range b.keys {
		total += len(k)
	}
	s = shapeFor(uint64(len(b.keys)), uint64(total))
	b.words = resize(b.words, int(s.blocks*s.rows))
	words := b.words
	clear(words)
	for p, keys := range b.keys {
		for _, h := range keys {
			block, lo, hi := s.place(h)
			rows := words[block*s.rows:][:s.rows]
			for i := uint64(0); i < hashesPerKey; i++ {
				rows[s.row(lo+i*hi)] |= 1 << p
			}
		}
	}
	return s, s.blocksOf(words)
}

// blocksOf gives the bytes of the blocks whose rows these are.
func (s *shape) blocksOf(words []uint64) []byte {
	size := s.size()
	data := make([]byte, s.blocks*size)
	for n := range s.blocks {
		block := data[n*size:][:size]
		for r, w := range words[n*s.rows:][:s.rows] {
			s.put(block, uint64(r), w)
		}
		binary.BigEndian.PutUint32(block[size-4:], crc32.Checksum(block[:size-4], castagnoli))
	}
	return data
}

func (s *shape) put(block []byte, r, w uint64) {
	at := r * s.width
	i, shift := at>>3, at&7
	old := binary.LittleEndian.Uint64(block[i:])
	binary.LittleEndian.PutUint64(block[i:], old|w<<shift)
	if shift+s.width > 64 {
		block[i+8] |= byte(w >> (64 - shift))
	}
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
