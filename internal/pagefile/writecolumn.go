package pagefile

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding"
	libthrift "github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// ColumnWriter takes the pages of a column, each by one call. levels has 1 for each row that has a value and 0 for others, and values those of the
// former; where the column is not optional, levels is nil. What a call is given may be changed behind it.
type ColumnWriter struct {
	name     string
	typ      parquet.Type
	encoding encoding.Encoding
	codec    compress.Codec // nil: none
	optional bool
	unsigned bool // of numbers
	unbound  bool

	rows       int64
	pages      chunks
	places     []format.PageLocation
	pageLevels []int64 // of each page: rows without a value, and with one
	bounds     parquet.ColumnIndexer
	chunk      format.ColumnMetaData
	dictionary *dictionary
	last       lastPage
	shared     *scratch
}

// lastPage is the page before, if it is small: of a column in which nothing changes the next one is the same.
type lastPage struct {
	rows, levels int
	body         []byte // levels and values, before these are compressed
	page         []byte // nil: it is not small
	head         int    // bytes of its header
}

// is reports whether the page has so many rows, and these levels and values.
func (l *lastPage) is(rows int, levels, values []byte) bool {
	return l.page != nil && l.rows == rows && l.levels == len(levels) && bytes.Equal(l.body[:l.levels], levels) && bytes.Equal(l.body[l.levels:], values)
}

// sameBytes is how large a page may be, uncompressed, to be compared with the next.
const sameBytes = 256

// sizeLimit is how long the bounds of a page's texts may be, as the library has it.
const sizeLimit = parquet.DefaultColumnIndexSizeLimit

func newColumnWriter(f parquet.Field, shared *scratch) *ColumnWriter {
	c := &ColumnWriter{name: f.Name(), typ: f.Type(), encoding: f.Encoding(), codec: f.Compression(), optional: f.Optional(), shared: shared}
	if !f.Leaf() || f.Repeated() {
		panic("column " + c.name + " has columns of its own, or several values in a row")
	}
	if c.encoding == nil {
		c.encoding = &parquet.Plain
		if c.typ.Kind() == parquet.ByteArray {
			c.encoding = &parquet.DeltaLengthByteArray
		}
	}
	if c.typ.Kind() == parquet.Int64 {
		c.unsigned = c.typ.Compare(parquet.Int64Value(-1), parquet.Int64Value(0)) > 0
	}
	c.bounds = c.typ.NewColumnIndexer(sizeLimit)
	c.chunk = format.ColumnMetaData{Type: format.Type(c.typ.Kind()), PathInSchema: []string{c.name}}
	if c.codec != nil && c.codec.CompressionCodec() != format.Uncompressed {
		c.chunk.Codec = c.codec.CompressionCodec()
	} else {
		c.codec = nil
	}
	encodings := []format.Encoding{c.encoding.Encoding()}
	if c.encoding.Encoding() == format.RLEDictionary {
		c.dictionary = &dictionary{ofTexts: map[string]int32{}, ofInts: map[int64]int32{}}
		encodings = append(encodings, format.Plain)
	}
	if c.optional {
		encodings = append(encodings, format.RLE)
		c.chunk.SizeStatistics.DefinitionLevelHistogram = make([]int64, 2)
	}
	slices.Sort(encodings)
	c.chunk.Encoding = slices.Compact(encodings)
	return c
}

// SkipBounds leaves out what the least and the greatest value of each page are.
func (c *ColumnWriter) SkipBounds() { c.unbound = true }

// named says of which column an error is.
func (c *ColumnWriter) named(err *error) {
	if *err != nil {
		*err = fmt.Errorf("column %s: %w", c.name, *err)
	}
}

// Ints writes a page of numbers.
func (c *ColumnWriter) Ints(values []int64, levels []byte) (err error) {
	defer c.named(&err)
	s := c.shared
	if c.dictionary != nil {
		s.codes = c.dictionary.ints(s.codes[:0], values)
		s.values, err = c.encoding.EncodeInt32(s.values[:0], s.codes)
	} else {
		s.values, err = c.encoding.EncodeInt64(s.values[:0], values)
	}
	if err != nil {
		return err
	}
	return c.page(len(values), levels, c.intBounds(values))
}

// Texts writes a page of texts, also of a column that has a dictionary.
func (c *ColumnWriter) Texts(values []string, levels []byte) (err error) {
	defer c.named(&err)
	s := c.shared
	if c.dictionary != nil {
		s.codes = c.dictionary.texts(s.codes[:0], values)
		s.values, err = c.encoding.EncodeInt32(s.values[:0], s.codes)
	} else {
		err = c.encodeTexts(values)
	}
	if err != nil {
		return err
	}
	return c.page(len(values), levels, textBounds(c, values, func(v string) string { return v }))
}

func (c *ColumnWriter) encodeTexts(values []string) (err error) {
	s := c.shared
	s.texts, s.ends = s.texts[:0], append(s.ends[:0], 0)
	for _, v := range values {
		s.texts = append(s.texts, v...)
		s.ends = append(s.ends, uint32(len(s.texts)))
	}
	if len(s.texts) > math.MaxInt32 {
		return fmt.Errorf("a page has %d bytes", len(s.texts))
	}
	c.chunk.SizeStatistics.UnencodedByteArrayDataBytes += int64(len(s.texts))
	s.values, err = c.encoding.EncodeByteArray(s.values[:0], s.texts, s.ends)
	return err
}

// Codes writes a page of texts of a column that has a dictionary and is not optional: the word of each code. In all pages words begin with the same,
// and no two are alike.
func (c *ColumnWriter) Codes(codes []uint32, words []string) (err error) {
	defer c.named(&err)
	s := c.shared
	s.codes = c.dictionary.number(s.codes[:0], codes, words)
	if s.values, err = c.encoding.EncodeInt32(s.values[:0], s.codes); err != nil {
		return err
	}
	return c.page(len(codes), nil, textBounds(c, codes, func(code uint32) string { return words[code] }))
}

// Bools writes a page of booleans.
func (c *ColumnWriter) Bools(values []bool, levels []byte) (err error) {
	defer c.named(&err)
	s := c.shared
	s.texts = slices.Grow(s.texts[:0], (len(values)+7)/8)[:(len(values)+7)/8]
	clear(s.texts)
	for i, v := range values {
		if v {
			s.texts[i/8] |= 1 << (i % 8)
		}
	}
	if s.values, err = c.encoding.EncodeBoolean(s.values[:0], s.texts); err != nil {
		return err
	}
	return c.page(len(values), levels, c.boolBounds(values))
}

// Fixed writes a page of values of fixed length, one behind the other.
func (c *ColumnWriter) Fixed(values []byte, levels []byte) (err error) {
	defer c.named(&err)
	s, n := c.shared, c.typ.Length()
	if s.values, err = c.encoding.EncodeFixedLenByteArray(s.values[:0], values, n); err != nil {
		return err
	}
	return c.page(len(values)/n, levels, c.fixedBounds(values, n))
}

// page ends a page of so many values, which are encoded in shared.values.
func (c *ColumnWriter) page(values int, levels []byte, b bounds) (err error) {
	s, rows := c.shared, values
	s.levels = s.levels[:0]
	if c.optional {
		rows = len(levels)
		if n := bytes.Count(levels, []byte{1}); n != values {
			return fmt.Errorf("a page of %d rows has %d values, should have %d", rows, values, n)
		}
		if s.levels, err = levelEncoding.EncodeLevels(s.levels, levels); err != nil {
			return err
		}
		c.pageLevels = append(c.pageLevels, int64(rows-values), int64(values))
		c.chunk.SizeStatistics.DefinitionLevelHistogram[0] += int64(rows - values)
		c.chunk.SizeStatistics.DefinitionLevelHistogram[1] += int64(values)
	}
	from := c.pages.size
	if c.last.is(rows, s.levels, s.values) {
		c.pages.add(c.last.page)
	} else if err := c.addPage(rows, values); err != nil {
		return err
	}
	c.bounds.IndexPage(int64(rows), int64(rows-values), b.min, b.max)
	c.widen(b)
	c.places = append(c.places, format.PageLocation{Offset: int64(from), CompressedPageSize: int32(c.pages.size - from), FirstRowIndex: c.rows})
	c.rows += int64(rows)
	c.chunk.NumValues = c.rows
	c.chunk.Statistics.NullCount += int64(rows - values)
	c.count(format.DataPageV2, c.encoding.Encoding(), c.pages.size-from, c.last.head+len(s.levels)+len(s.values))
	return nil
}

// count counts a page of so many bytes, and so many if nothing were compressed.
func (c *ColumnWriter) count(t format.PageType, e format.Encoding, size, unpacked int) {
	c.chunk.TotalCompressedSize += int64(size)
	c.chunk.TotalUncompressedSize += int64(unpacked)
	for i := range c.chunk.EncodingStats {
		if s := &c.chunk.EncodingStats[i]; s.PageType == t && s.Encoding == e {
			s.Count++
			return
		}
	}
	c.chunk.EncodingStats = append(c.chunk.EncodingStats, format.PageEncodingStats{PageType: t, Encoding: e, Count: 1})
}

// addPage adds the page to those of the column.
func (c *ColumnWriter) addPage(rows, values int) error {
	s := c.shared
	h := format.PageHeader{Type: format.DataPageV2, DataPageHeaderV2: libthrift.New(format.DataPageHeaderV2{
		NumValues: int32(rows), NumNulls: int32(rows - values), NumRows: int32(rows),
		Encoding: c.encoding.Encoding(), DefinitionLevelsByteLength: int32(len(s.levels)), IsCompressed: libthrift.New(c.codec != nil),
	})}
	packed, err := c.pack(&h)
	if err != nil {
		return err
	}
	page := c.pages.add(s.head.Bytes(), s.levels, packed)
	c.last = lastPage{rows: rows, levels: len(s.levels), body: c.last.body[:0], head: s.head.Len()}
	if len(s.levels)+len(s.values) <= sameBytes {
		c.last.body, c.last.page = append(append(c.last.body, s.levels...), s.values...), page
	}
	return nil
}

// pack gives what shared.values are compressed, completes the header of the page that has them behind shared.levels, and makes it shared.head.
func (c *ColumnWriter) pack(h *format.PageHeader) (packed []byte, err error) {
	s := c.shared
	if len(s.levels)+len(s.values) > math.MaxInt32 {
		return nil, fmt.Errorf("a page has %d bytes", len(s.levels)+len(s.values))
	}
	packed = s.values
	if c.codec != nil {
		if s.packed, err = c.codec.Encode(s.packed[:0], s.values); err != nil {
			return nil, err
		}
		packed = s.packed
	}
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(s.levels)+len(s.values)), int32(len(s.levels)+len(packed))
	h.CRC = int32(crc32.Update(crc32.ChecksumIEEE(s.levels), crc32.IEEETable, packed))
	s.head.Reset()
	return packed, s.header.Encode(h)
}

// writeTo writes the dictionary, if there is one, and the pages of the column.
func (c *ColumnWriter) writeTo(w *counted) (err error) {
	if d, s := c.dictionary, c.shared; d != nil {
		c.chunk.DictionaryPageOffset = w.n
		s.levels, s.values = s.levels[:0], append(s.values[:0], d.plain...)
		h := format.PageHeader{Type: format.DictionaryPage, DictionaryPageHeader: libthrift.New(format.DictionaryPageHeader{NumValues: d.n, Encoding: format.Plain})}
		packed, err := c.pack(&h)
		if err != nil {
			return fmt.Errorf("its dictionary: %w", err)
		}
		w.Write(s.head.Bytes())
		w.Write(packed)
		c.count(format.DictionaryPage, format.Plain, s.head.Len()+len(packed), s.head.Len()+len(s.values))
	}
	c.chunk.DataPageOffset = w.n
	for i := range c.places {
		c.places[i].Offset += w.n
	}
	slices.SortFunc(c.chunk.EncodingStats, func(a, b format.PageEncodingStats) int {
		return cmp.Or(cmp.Compare(a.PageType, b.PageType), cmp.Compare(a.Encoding, b.Encoding))
	})
	for _, pages := range c.pages.list {
		w.Write(pages)
	}
	return w.err
}
