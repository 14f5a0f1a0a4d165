package pagefile

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
)

// Page is a page of values. Its memory, and that of all it gave, is used again when it is closed; one is for one goroutine.
type Page struct {
	Rows   int
	Values int    // of the rows that have one
	Levels []byte // of each row: 1 if it has a value; nil: each has
	Coded  bool   // values stand in the column's dictionary: ask for Codes

	column   *Column
	encoding encoding.Encoding
	data     []byte
	memory   [2][]byte // that data may be in
	levels   []byte    // memory as well:
	codes    []int32
	ends     []uint32
}

var pages = sync.Pool{New: func() any { return new(Page) }}

// Close may be called where there is no page.
func (p *Page) Close() {
	if p == nil {
		return
	}
	for _, b := range p.memory {
		giveBytes(b)
	}
	*p = Page{levels: p.levels, codes: p.codes, ends: p.ends}
	pages.Put(p)
}

// header is what stands before a page.
type header struct {
	kind           format.PageType
	unpacked, size int64 // bytes behind it
	sum            uint32
	encoding       format.Encoding
	values, nulls  int64
	rows           int64
	repetitions    int64 // bytes that say which rows have several values
	levels         int64 // bytes that say which rows have a value
	packed         bool  // values are, by the column's codec
}

// parseHeader gives also what stands behind it.
func parseHeader(b []byte) (h header, rest []byte, err error) {
	h = header{kind: -1, encoding: -1, packed: true}
	t := thrift{b: b}
	t.fields(func(id int, k kind) {
		switch {
		case id == 1 && k == kindInt32:
			h.kind = format.PageType(t.int())
		case id == 2 && k == kindInt32:
			h.unpacked = t.int()
		case id == 3 && k == kindInt32:
			h.size = t.int()
		case id == 4 && k == kindInt32:
			h.sum = uint32(t.int())
		case id == 7 && k == kindStruct:
			h.parseDictionary(&t)
		case id == 8 && k == kindStruct:
			h.parseData(&t)
		default:
			t.skip(k)
		}
	})
	switch {
	case t.bad:
		return h, nil, errNoThrift
	case h.size != int64(len(t.b)):
		return h, nil, fmt.Errorf("has %d bytes, should have %d", h.size, len(t.b))
	case h.unpacked < 0 || h.values < 0 || h.values > math.MaxInt32 || h.nulls < 0 || h.nulls > h.values || h.repetitions != 0 || h.levels < 0 || h.levels > h.size:
		return h, nil, fmt.Errorf("has numbers that cannot be: %+v", h)
	case h.sum != 0 && crc32.ChecksumIEEE(t.b) != h.sum:
		return h, nil, fmt.Errorf("its checksum is %08x, should be %08x", crc32.ChecksumIEEE(t.b), h.sum)
	}
	return h, t.b, nil
}

func (h *header) parseDictionary(t *thrift) {
	t.fields(func(id int, k kind) {
		switch {
		case id == 1 && k == kindInt32:
			h.values = t.int()
		case id == 2 && k == kindInt32:
			h.encoding = format.Encoding(t.int())
		default:
			t.skip(k)
		}
	})
}

func (h *header) parseData(t *thrift) {
	t.fields(func(id int, k kind) {
		switch {
		case id == 1 && k == kindInt32:
			h.values = t.int()
		case id == 2 && k == kindInt32:
			h.nulls = t.int()
		case id == 3 && k == kindInt32:
			h.rows = t.int()
		case id == 4 && k == kindInt32:
			h.encoding = format.Encoding(t.int())
		case id == 5 && k == kindInt32:
			h.levels = t.int()
		case id == 6 && k == kindInt32:
			h.repetitions = t.int()
		case id == 7 && (k == kindTrue || k == kindFalse):
			h.packed = k == kindTrue
		default:
			t.skip(k)
		}
	})
}

// Ahead is what was read of a column behind a small page, for the next ones. The zero value is ready; one is for one goroutine and column.
type Ahead struct {
	at int64
	b  []byte
}

// Close lets other columns have its memory.
func (a *Ahead) Close() {
	if a.b != nil {
		giveBytes(a.b)
	}
	*a = Ahead{}
}

const (
	smallPage  = 2 << 10
	aheadBytes = 8 << 10
)

// bytes puts what stands at at into b, which is what a page of the column has.
func (f *File) bytes(c *Column, at int64, b []byte, ahead *Ahead) error {
	if ahead == nil || len(b) > smallPage {
		_, err := f.from.ReadAt(b, at)
		return err
	}
	if at < ahead.at || at+int64(len(b)) > ahead.at+int64(len(ahead.b)) {
		n := min(aheadBytes, c.from+int64(c.ends[len(c.ends)-1])-at)
		if ahead.b == nil {
			ahead.b = takeBytes(aheadBytes)
		}
		ahead.at, ahead.b = at, ahead.b[:n] // never more than were taken
		if _, err := f.from.ReadAt(ahead.b, at); err != nil {
			ahead.b = ahead.b[:0]
			return err
		}
	}
	copy(b, ahead.b[at-ahead.at:])
	return nil
}

// Read reads page p of a column, and what stands behind it if ahead, which may be nil, is to have that. What is damaged may also panic, here and when it is unpacked: the library's decoders trust lengths.
func (f *File) Read(c *Column, p int, ahead *Ahead) (page *Page, err error) {
	n, err := c.Pages()
	if err != nil {
		return nil, err
	}
	if p >= n {
		return nil, fmt.Errorf("column %s has %d pages, and no page %d", c.Name, n, p)
	}
	page = pages.Get().(*Page)
	page.column = c
	if err := page.read(f, p, ahead); err != nil {
		page.Close()
		return nil, fmt.Errorf("column %s, page %d: %w", c.Name, p, err)
	}
	return page, nil
}

func (p *Page) read(f *File, number int, ahead *Ahead) error {
	at, size := p.column.Page(number)
	p.memory[0] = takeBytes(int(size))
	if err := f.bytes(p.column, at, p.memory[0], ahead); err != nil {
		return err
	}
	h, body, err := parseHeader(p.memory[0])
	if err != nil {
		return err
	}
	if h.kind != format.DataPageV2 {
		return fmt.Errorf("is of type %d, should be of %d", h.kind, format.DataPageV2)
	}
	p.Rows, p.Values = int(h.values), int(h.values-h.nulls) // of a flat column, with nulls
	if h.rows != h.values {
		return fmt.Errorf("has %d values for %d rows", h.values, h.rows)
	}
	p.Coded = h.encoding == format.RLEDictionary
	p.encoding = parquet.LookupEncoding(h.encoding)
	if err := p.readLevels(body[:h.levels], h); err != nil {
		return err
	}
	p.data = body[h.levels:]
	if h.packed {
		p.data, p.memory[1], err = p.column.unpack(p.data, h.unpacked)
	}
	return err
}

func (p *Page) readLevels(packed []byte, h header) (err error) {
	if !p.column.Optional {
		if h.levels != 0 || h.nulls != 0 {
			return fmt.Errorf("has rows without a value")
		}
		return nil
	}
	p.levels, err = levelEncoding.DecodeLevels(p.levels[:0], packed)
	if err != nil {
		return fmt.Errorf("which rows have a value: %w", err)
	}
	if len(p.levels) < p.Rows {
		return fmt.Errorf("says of %d rows whether they have a value, has %d", len(p.levels), p.Rows)
	}
	p.Levels = p.levels[:p.Rows]
	if n := bytes.Count(p.Levels, []byte{1}); n != p.Values {
		return fmt.Errorf("has %d values for %d rows", p.Values, n)
	}
	return nil
}

var levelEncoding = rle.Encoding{BitWidth: 1}

// CanUnpack reports whether pages of the column's codec are read here.
func (c *Column) CanUnpack() bool { return c.Codec == format.Uncompressed || c.Codec == format.Zstd }

// unpack gives what was packed by the column's codec, and the memory that it took for it.
func (c *Column) unpack(packed []byte, size int64) (data, memory []byte, err error) {
	const most = 256 // times as many bytes are believed without having been seen
	switch c.Codec {
	case format.Uncompressed:
		return packed, nil, nil
	case format.Zstd:
		memory = takeBytes(int(min(size, most*int64(len(packed)))))
		data, err = parquet.Zstd.Decode(memory, packed)
		if err != nil {
			giveBytes(memory)
			return nil, nil, err
		}
		return data, data, nil
	}
	return nil, nil, fmt.Errorf("is compressed with %s", c.Codec)
}

// Codes gives the numbers in the dictionary of the values of a page that is coded.
func (p *Page) Codes() (codes []int32, err error) {
	p.codes, err = p.encoding.DecodeInt32(p.codes[:0], p.data)
	return p.whole(p.codes, err)
}

// Ints appends the values of a page of numbers that is not coded to memory whose length is 0.
func (p *Page) Ints(to []int64) ([]int64, error) {
	ints, err := p.encoding.DecodeInt64(to, p.data)
	if err == nil && len(ints) != p.Values {
		err = p.wrong(len(ints))
	}
	return ints, p.inPage(err)
}

func (p *Page) whole(codes []int32, err error) ([]int32, error) {
	if err == nil && len(codes) < p.Values { // there may be more: they come by eights
		err = p.wrong(len(codes))
	}
	if err != nil {
		return nil, p.inPage(err)
	}
	return codes[:p.Values], nil
}

// Texts gives the values of a page of texts that is not coded: value i from ends[i] to ends[i+1]. It can be asked once.
func (p *Page) Texts() (all []byte, ends []uint32, err error) {
	all, p.ends, err = textsOf(p.encoding, p.data, p.ends)
	if err == nil && len(p.ends) != p.Values+1 {
		err = p.wrong(len(p.ends) - 1)
	}
	return all, p.ends, p.inPage(err)
}

// textsOf unpacks texts in their place.
func textsOf(e encoding.Encoding, data []byte, ends []uint32) ([]byte, []uint32, error) {
	if e.Encoding() != format.Plain && e.Encoding() != format.DeltaLengthByteArray {
		return nil, nil, fmt.Errorf("texts in the encoding %s", e)
	}
	return e.DecodeByteArray(data[:0], data, ends)
}

// Bits gives the values of a page of booleans, the first in the lowest bit of the first byte.
func (p *Page) Bits() ([]byte, error) {
	bits, err := p.data, error(nil)
	if p.encoding.Encoding() != format.Plain {
		bits, err = p.encoding.DecodeBoolean(nil, p.data)
	}
	if err == nil && len(bits) < (p.Values+7)/8 {
		err = p.wrong(8 * len(bits))
	}
	return bits, p.inPage(err)
}

// Fixed gives the values of a page of values of fixed length, one behind the other.
func (p *Page) Fixed() ([]byte, error) {
	if p.encoding.Encoding() != format.Plain {
		return nil, p.inPage(fmt.Errorf("values of fixed length in the encoding %s", p.encoding))
	}
	if len(p.data) != p.Values*p.column.Length {
		return nil, p.wrong(len(p.data) / max(1, p.column.Length))
	}
	return p.data, nil
}

func (p *Page) wrong(n int) error { return fmt.Errorf("has %d values, should have %d", n, p.Values) }

func (p *Page) inPage(err error) error {
	if err != nil {
		err = fmt.Errorf("column %s: %w", p.column.Name, err)
	}
	return err
}

// Dictionary is the values that a column's codes stand for: texts, as of a page, or numbers. Its memory is the caller's.
type Dictionary struct {
	Texts []byte
	Ends  []uint32
	Ints  []int64
}

// ReadDictionary reads the dictionary of a column of texts, or of numbers.
func (f *File) ReadDictionary(c *Column) (d Dictionary, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("column %s, its dictionary: %w", c.Name, err)
		}
	}()
	if _, err := c.Pages(); err != nil {
		return d, err
	}
	at, size := c.Dictionary()
	if size == 0 {
		return d, fmt.Errorf("there is none")
	}
	raw := takeBytes(int(size))
	defer giveBytes(raw)
	if _, err := f.from.ReadAt(raw, at); err != nil {
		return d, err
	}
	h, body, err := parseHeader(raw)
	if err != nil {
		return d, err
	}
	if h.kind != format.DictionaryPage || h.encoding != format.Plain {
		return d, fmt.Errorf("is a page of type %d in encoding %d", h.kind, h.encoding)
	}
	data, memory, err := c.unpack(body, h.unpacked)
	if err != nil {
		return d, err
	}
	defer giveBytes(memory)
	n := -1
	switch c.Type {
	case format.ByteArray:
		d.Texts, d.Ends, err = parquet.Plain.DecodeByteArray(make([]byte, 0, len(data)), data, make([]uint32, 0, h.values+1))
		n = len(d.Ends) - 1
	case format.Int64:
		d.Ints, err = parquet.Plain.DecodeInt64(nil, data)
		n = len(d.Ints)
	default:
		err = fmt.Errorf("of values of type %s", c.Type)
	}
	if err == nil && int64(n) != h.values {
		err = fmt.Errorf("has %d values, should have %d", n, h.values)
	}
	return d, err
}
