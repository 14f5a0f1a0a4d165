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

// signature is Bloom filters, turned on their side: a row has a bit for each. A page with no more keys than most has one of them, its lane; one
// with more has several, which share its keys out, so that the lanes are about equally full. One look-up of a key reads hashesPerKey rows and
// gives all pages that may hold it at once, so that it is the filter of the segment too. Rows are as wide as there are lanes, packed without
// padding. The rows of a key stand in one block of the file: signatures of many segments stay on the disk, and to ask one reads one block.
type signature struct {
	shape
	lanes []uint8 // how many each page has
	salt  uint64
	data  []byte // the blocks; nil where they are read when they are asked for:
	f     io.ReaderAt
	at    int64 // where they begin in f
}

// shape is the measures of a signature.
type shape struct {
	width  uint64 // bits in a row
	rows   uint64 // in a block
	blocks uint64
}

const (
	hashesPerKey = 8
	bitsPerKey   = 20
	blockBytes   = 8192
	mostLanes    = 128
	blockTail    = 8 + 4 // 8 bytes so that every row can be read as one word, and the sum of all before it
)

// lanesFor gives each page, of which this is how many keys it has, so many lanes that none has more than a fifth above the mean of the pages.
// They are less than twice the pages.
func lanesFor(keys []int) (lanes []uint8) {
	total := 0
	for _, n := range keys {
		total += n
	}
	lane := max(1, 6*total) // of 5 times the pages
	for _, n := range keys {
		lanes = append(lanes, uint8(max(1, (5*n*len(keys)+lane-1)/lane)))
	}
	return lanes
}

// widthOf is how many lanes there are.
func widthOf(lanes []uint8) (width uint64) {
	for _, n := range lanes {
		width += uint64(n)
	}
	return width
}

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
	return s.width > 0 && s.width <= mostLanes && s.rows > 0 && s.rows <= blockBytes*8 && s.blocks > 0 && s.blocks < 1<<24 && s.size() <= blockBytes
}

// size is the bytes of a block.
func (s *shape) size() uint64 { return (s.rows*s.width+7)/8 + blockTail }

// keyPlace is where a key stands.
type keyPlace struct {
	block uint64
	rows  [hashesPerKey]uint64 // there: one in each eighth of it, each from bits of its own, so that no two are the same
	lane  uint64               // of those that a page has, as a part of 2^32
}

// placeOf gives where a key stands, which is elsewhere in each file: a key whose rows are those of keys that all pages have is found in vain, and
// what all pages have is much the same in all files.
func (s *signature) placeOf(h uint64) (at keyPlace) {
	h = mix(h + s.salt)
	g := [2]uint64{mix(h), mix(h + 0x9e3779b97f4a7c15)}
	for i := range uint64(hashesPerKey) {
		at.rows[i] = (i<<16 | g[i/4]>>(i%4*16)&0xffff) * s.rows >> 19
	}
	at.block, at.lane = (h>>32)*s.blocks>>32, uint64(uint32(h))
	return at
}

// laneOf gives which of so many lanes is a key's.
func (at *keyPlace) laneOf(lanes uint8) uint64 { return at.lane * uint64(lanes) >> 32 }

// stay says that the blocks stay in f, from at on, and gives where they end.
func (s *signature) stay(f io.ReaderAt, at int64) (end int64) {
	s.f, s.at = f, at
	return at + int64(s.blocks*s.size())
}

// pages gives the pages that may hold the key.
func (s *signature) pages(h uint64) (uint64, error) {
	at := s.placeOf(max(h, 1))
	buf := blockBuffers.Get().(*[blockBytes]byte)
	defer blockBuffers.Put(buf)
	block, err := s.block(at.block, buf)
	if err != nil {
		return 0, err
	}
	var has [mostLanes / 64]uint64 // as bits, the lanes that may
	for w := range has {
		has[w] = ones(int(s.width) - 64*w)
	}
	for _, r := range at.rows {
		for w := range has {
			if has[w] != 0 {
				has[w] &= bitsAt(block, r*s.width+uint64(64*w))
			}
		}
	}
	return s.pagesOf(&at, has), nil
}

// ones gives a word whose low n bits are set: none if n is less than 0, all if it is more than 64.
func ones(n int) uint64 { return ^uint64(0) >> (64 - min(max(n, 0), 64)) }

// pagesOf gives the pages of a key that some lanes may have.
func (s *signature) pagesOf(at *keyPlace, has [mostLanes / 64]uint64) (mask uint64) {
	if s.width == uint64(len(s.lanes)) || has == [len(has)]uint64{} {
		return has[0]
	}
	lane := uint64(0)
	for p, n := range s.lanes {
		l := lane + at.laneOf(n)
		mask |= has[l/64] >> (l % 64) & 1 << p
		lane += uint64(n)
	}
	return mask
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

// bitsAt gives 64 bits from one of them on. What stands behind the last row counts as bits.
func bitsAt(block []byte, at uint64) uint64 {
	word, shift := binary.LittleEndian.Uint64(block[at>>3:]), at&7
	return word>>shift | uint64(block[at>>3+8])<<(64-shift)
}

// signatureBuilder gathers the different keys of each page. Its memory is used again for the next segment.
type signatureBuilder struct {
	keys  [][]uint64
	seen  []uint64 // the keys of the page, a hash table; 0 is empty
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

// finish gives the signature, with its blocks.
func (b *signatureBuilder) finish(salt uint64) (s signature) {
	s.salt = salt
	count, total := make([]int, len(b.keys)), 0
	for p, keys := range b.keys {
		count[p] = len(keys)
		total += len(keys)
	}
	s.lanes = lanesFor(count)
	s.shape = shapeFor(widthOf(s.lanes), uint64(total))
	size := s.size()
	s.data = make([]byte, s.blocks*size)
	lane := uint64(0)
	for p, keys := range b.keys {
		for _, h := range keys {
			at := s.placeOf(h)
			block, l := s.data[at.block*size:][:size], lane+at.laneOf(s.lanes[p])
			for _, r := range at.rows {
				bit := r*s.width + l
				block[bit>>3] |= 1 << (bit & 7)
			}
		}
		lane += uint64(s.lanes[p])
	}
	s.sum(s.data)
	return s
}

// sum puts the sum of each block behind it.
func (s *shape) sum(blocks []byte) {
	for size := int(s.size()); len(blocks) > 0; blocks = blocks[size:] {
		binary.BigEndian.PutUint32(blocks[size-4:], crc32.Checksum(blocks[:size-4], castagnoli))
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
