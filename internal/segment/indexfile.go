package segment

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// The index file: magic, the length of the head as 4 bytes, the head as varints and bytes, the CRC-32C of all before it, and
// the blocks of the signature and of the grams, each with its own sum.
const indexMagic = "CFIX\x08" + filter.TokenVersion + "\n"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Marshal gives the bytes of the index file. The index must have been made, not opened.
func (x *Index) Marshal() []byte {
	head := x.head()
	b := make([]byte, 0, len(indexMagic)+8+len(head)+len(x.bits.data)+len(x.grams.data))
	b = append(b, indexMagic...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(head)))
	b = append(b, head...)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	b = append(b, x.bits.data...)
	return append(b, x.grams.data...)
}

func (x *Index) head() (b []byte) {
	b = binary.AppendUvarint(b, x.First)
	b = binary.AppendUvarint(b, uint64(x.Rows))
	b = binary.AppendUvarint(b, uint64(x.PageRows))
	for _, z := range x.Pages {
		b = binary.AppendVarint(b, int64(z.MinTime))
		b = binary.AppendUvarint(b, uint64(z.MaxTime-z.MinTime))
		b = binary.AppendUvarint(b, z.MinSeq-x.First)
		b = binary.AppendUvarint(b, z.MaxSeq-x.First)
	}
	b = binary.AppendUvarint(b, uint64(len(x.Minutes)))
	prev := counterfoil.Time(0)
	for _, m := range x.Minutes {
		b = binary.AppendVarint(b, int64((m.Start-prev)/nsPerMinute))
		b = binary.AppendUvarint(b, uint64(m.Count))
		b = binary.AppendUvarint(b, uint64(m.Failures))
		prev = m.Start
	}
	for _, v := range x.Constant {
		if v == nil {
			b = append(b, 0)
			continue
		}
		b = binary.AppendUvarint(b, uint64(len(*v))+1)
		b = append(b, *v...)
	}
	if x.Inexact {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = binary.AppendVarint(b, int64(x.MinReceived))
	b = binary.AppendUvarint(b, uint64(x.MaxReceived-x.MinReceived))
	b = binary.AppendUvarint(b, uint64(len(x.Kinds)))
	for _, k := range x.Kinds {
		for _, v := range [...]string{k.Category, k.Via} {
			b = binary.AppendUvarint(b, uint64(len(v)))
			b = append(b, v...)
		}
	}
	for _, n := range x.bits.lanes {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = binary.AppendUvarint(b, x.bits.rows)
	b = binary.AppendUvarint(b, x.bits.blocks)
	return binary.AppendUvarint(b, x.grams.n)
}

// OpenIndex reads the head of an index file of size bytes, and checks it. Signature and grams stay in the file, which must stay
// open: a block of them is read and checked when a key is looked up that would stand there. What is found may be remembered in cache.
// Where one is damaged, mend is called, once, and gives an index that was made, or nil.
func OpenIndex(f io.ReaderAt, size int64, cache *Cache, mend func(damage error) *Index) (*Index, error) {
	const most = 16 << 20 // bytes of a head; no segment has so many minutes
	fixed := make([]byte, len(indexMagic)+4)
	_, err := f.ReadAt(fixed, 0)
	if err != nil || string(fixed[:len(indexMagic)]) != indexMagic {
		return nil, fmt.Errorf("is no index of this version")
	}
	length := binary.BigEndian.Uint32(fixed[len(indexMagic):])
	if length > most || int64(len(fixed))+int64(length)+4 > size {
		return nil, fmt.Errorf("is cut short")
	}
	b := make([]byte, len(fixed)+int(length)+4)
	if _, err := f.ReadAt(b, 0); err != nil {
		return nil, err
	}
	head, sum := b[:len(b)-4], binary.BigEndian.Uint32(b[len(b)-4:])
	if got := crc32.Checksum(head, castagnoli); got != sum {
		return nil, fmt.Errorf("the checksum of its head is %08x, should be %08x", got, sum)
	}
	x, err := parseHead(head[len(fixed):])
	if err != nil {
		return nil, err
	}
	x.mend, x.number = mend, cache.indexes.Add(1)
	end := x.bits.stay(f, int64(len(b)))
	if end = x.grams.stay(f, end); end != size {
		return nil, fmt.Errorf("has %d bytes, should have %d", size, end)
	}
	return x, nil
}

func parseHead(b []byte) (*Index, error) {
	d := decoder{b: b}
	x := &Index{First: d.uvarint(), Rows: int(d.uvarint()), PageRows: int(d.uvarint()), MinTime: math.MaxInt64, MaxTime: math.MinInt64}
	if x.Rows < 1 || x.Rows > MaxRows {
		return nil, fmt.Errorf("has %d rows", x.Rows)
	}
	if !isPageRows(x.Rows, x.PageRows) {
		return nil, fmt.Errorf("has pages of %d rows for %d records", x.PageRows, x.Rows)
	}
	x.Pages = make([]Zone, pagesOf(x.Rows, x.PageRows))
	for i := range x.Pages {
		z := &x.Pages[i]
		z.MinTime = counterfoil.Time(d.varint())
		z.MaxTime = z.MinTime + counterfoil.Time(d.uvarint())
		z.MinSeq = x.First + d.uvarint()
		z.MaxSeq = x.First + d.uvarint()
		x.MinTime, x.MaxTime = min(x.MinTime, z.MinTime), max(x.MaxTime, z.MaxTime)
	}
	n := d.uvarint()
	if n > uint64(x.Rows) {
		return nil, fmt.Errorf("has %d minutes for %d rows", n, x.Rows)
	}
	prev := counterfoil.Time(0)
	for range n {
		prev += counterfoil.Time(d.varint()) * nsPerMinute
		x.Minutes = append(x.Minutes, Minute{prev, uint32(d.uvarint()), uint32(d.uvarint())})
	}
	for i := range x.Constant {
		if n := d.uvarint(); n > 0 {
			v := string(d.bytes(n - 1))
			x.Constant[i] = &v
		}
	}
	x.Inexact = d.uvarint() == 1
	x.MinReceived = counterfoil.Time(d.varint())
	x.MaxReceived = x.MinReceived + counterfoil.Time(d.uvarint())
	kinds := d.uvarint()
	if kinds > mostKinds {
		return nil, fmt.Errorf("has %d kinds", kinds)
	}
	for range kinds {
		x.Kinds = append(x.Kinds, Kind{string(d.bytes(d.uvarint())), string(d.bytes(d.uvarint()))})
	}
	for range x.Pages {
		n := d.uvarint()
		if n < 1 || n > mostLanes {
			return nil, fmt.Errorf("has a page with %d lanes", n)
		}
		x.bits.lanes = append(x.bits.lanes, uint8(n))
	}
	x.bits.salt = x.First
	x.bits.shape = shape{width: widthOf(x.bits.lanes), rows: d.uvarint(), blocks: d.uvarint()}
	hasGrams := x.grams.setRows(uint64(len(x.Pages)), d.uvarint())
	if d.bad || len(d.b) > 0 || !x.bits.valid() || !hasGrams {
		return nil, fmt.Errorf("its head is no head of an index")
	}
	return x, nil
}

type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}
