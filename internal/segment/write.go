package segment

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
	"unsafe"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Sizes. PageRows rows stand in every page of every column, so that a page number means the same rows everywhere.
const (
	PageRows = 2048
	MaxPages = 64
	MaxRows  = PageRows * MaxPages
)

// Meta is what a segment says of itself, in the key-value metadata of the Parquet footer.
type Meta struct {
	Trail    counterfoil.TrailID
	First    uint64 // sequence number of the first record
	Rows     int    // records; the last is First+Rows-1
	Frontier []byte // of the Merkle tree behind the last record (merkle.Frontier, marshalled)
}

// workspace is the memory that writing a segment needs, some 50 MB. While segments follow one another it is used again.
type workspace struct {
	t   table
	sig signatureBuilder
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// Write writes a segment of records, which are dense in Seq from the first one's on, to w, and gives its index. recs is not
// kept and not changed. Columns are a bijection of the canonical messages: Open gives back exactly recs.
func Write(w io.Writer, meta Meta, recs ...[]counterfoil.Record) (*Index, error) {
	ws := workspaces.Get().(*workspace)
	defer workspaces.Put(ws)
	t := &ws.t
	t.fill(recs, meta.Trail)
	defer t.release()
	if n := len(t.recs); n == 0 || n > MaxRows {
		return nil, fmt.Errorf("a segment holds 1 to %d records, not %d", MaxRows, n)
	}
	meta.First, meta.Rows = t.recs[0].Seq, len(t.recs)
	t.cluster()
	s := segmentWriter{t: t, meta: meta}
	s.analyse()
	if err := s.write(w, &ws.sig); err != nil {
		return nil, err
	}
	return s.index.done(), nil
}

func (s *segmentWriter) write(w io.Writer, sig *signatureBuilder) error {
	options := []parquet.WriterOption{
		s.schema(),
		// Every write is one page of rows: whether the buffer is full behind it or not, the page ends there.
		parquet.PageBufferSize(64 << 10),
		parquet.DataPageStatistics(false),
		parquet.CreatedBy("counterfoil", "1", ""),
		parquet.KeyValueMetadata(keyFormat, formatVersion),
		parquet.KeyValueMetadata(keyTrail, fmt.Sprintf("%x", s.meta.Trail[:])),
		parquet.KeyValueMetadata(keyFirst, fmt.Sprint(s.meta.First)),
		parquet.KeyValueMetadata(keyRows, fmt.Sprint(s.meta.Rows)),
		parquet.KeyValueMetadata(keyFrontier, fmt.Sprintf("%x", s.meta.Frontier)),
	}
	for _, c := range textColumns { // the index knows better, and to find them is dear
		options = append(options, parquet.SkipPageBounds(c.name))
	}
	pw := parquet.NewWriter(w, options...)
	s.columns = map[string]*parquet.ColumnWriter{}
	cols := pw.ColumnWriters()
	for i, path := range pw.Schema().Columns() {
		s.columns[path[0]] = cols[i]
	}
	if err := s.writePages(sig); err != nil {
		return err
	}
	if err := pw.Close(); err != nil {
		return fmt.Errorf("write footer: %w", err)
	}
	return nil
}

const (
	formatVersion = "1"
	keyFormat     = "counterfoil.segment"
	keyTrail      = "counterfoil.trail"
	keyFirst      = "counterfoil.first"
	keyRows       = "counterfoil.rows"
	keyFrontier   = "counterfoil.frontier"
)

type segmentWriter struct {
	t       *table
	meta    Meta
	columns map[string]*parquet.ColumnWriter
	plain   map[string]bool   // text columns without a dictionary
	texts   [][]parquet.Value // of coded columns: the value of each code
	same    [][]parquet.Value // of columns with one value: a page of it
	inexact bool              // some record has a string that is not valid UTF-8
	values  []parquet.Value
	index   *indexBuilder
}

// analyse makes the values of the coded columns and decides which have a dictionary: it is worth its bytes where values
// repeat, and costs time where there is nothing in it.
func (s *segmentWriter) analyse() {
	s.plain = map[string]bool{"event_data": true, "raw": true}
	s.texts, s.same = make([][]parquet.Value, len(textColumns)), make([][]parquet.Value, len(textColumns))
	for k := range textColumns {
		c, col := &textColumns[k], &s.t.cols[k]
		if col.codes == nil {
			continue
		}
		s.plain[c.name] = len(col.values) == 1 && col.values[0] == "" || len(col.values) > len(col.codes)/2+256
		s.texts[k] = make([]parquet.Value, len(col.values))
		for code, v := range col.values {
			if !isCarried(c, v) {
				s.inexact = true
				v = strings.ToValidUTF8(v, "\ufffd")
			}
			s.texts[k][code] = parquet.ByteArrayValue(bytesOf(v))
		}
		if len(col.values) == 1 {
			s.same[k] = slices.Repeat(s.texts[k], PageRows)
		}
	}
}

var zstdText = &zstd.Codec{Level: zstd.SpeedDefault}

func (s *segmentWriter) schema() *parquet.Schema {
	g := parquet.Group{
		nameSeq:      parquet.Encoded(parquet.Uint(64), &parquet.DeltaBinaryPacked),
		nameTime:     parquet.Encoded(timestamp(), &parquet.DeltaBinaryPacked),
		nameReceived: s.received(),
		namePID:      parquet.Encoded(parquet.Int(64), &parquet.DeltaBinaryPacked),
		nameSuccess:  parquet.Optional(parquet.Leaf(parquet.BooleanType)),
		nameAID:      parquet.Optional(parquet.UUID()),
		nameExact:    parquet.Encoded(parquet.String(), &parquet.RLEDictionary),
	}
	for _, c := range textColumns {
		node := parquet.String()
		if c.name == "raw" {
			node = parquet.Leaf(parquet.ByteArrayType)
		}
		if s.plain[c.name] {
			g[c.name] = parquet.Encoded(node, &parquet.DeltaLengthByteArray)
		} else {
			g[c.name] = parquet.Encoded(node, &parquet.RLEDictionary)
		}
	}
	for name, node := range g {
		if name != nameAID { // random bytes do not shrink
			g[name] = parquet.Compressed(node, zstdText)
		}
	}
	return parquet.NewSchema("counterfoil", g)
}

func timestamp() parquet.Node { return parquet.TimestampAdjusted(parquet.Nanosecond, true) }

// received is the same for all records of a batch: a dictionary where batches were large, else deltas.
func (s *segmentWriter) received() parquet.Node {
	times := s.t.received
	n, prev := 1, times[0]
	for _, t := range times {
		if t != prev {
			n, prev = n+1, t
		}
	}
	if n <= len(times)/16+1 {
		return parquet.Encoded(timestamp(), &parquet.RLEDictionary)
	}
	return parquet.Encoded(timestamp(), &parquet.DeltaBinaryPacked)
}

// writePages writes page by page, all columns of one before the next: the records of a page then come from memory once.
func (s *segmentWriter) writePages(sig *signatureBuilder) error {
	s.values = make([]parquet.Value, 0, PageRows)
	s.index = newIndexBuilder(s.meta, s.t, sig)
	for p := range s.t.pages() {
		if err := s.writePage(s.t.page(p)); err != nil {
			return fmt.Errorf("page %d: %w", p, err)
		}
		s.index.page(s.t.page(p))
	}
	return nil
}

func (s *segmentWriter) writePage(rows []uint32) error {
	for k := range textColumns {
		values := s.values[:0]
		switch col := &s.t.cols[k]; {
		case s.same[k] != nil:
			values = s.same[k][:len(rows)]
		case col.codes != nil:
			for _, i := range rows {
				values = append(values, s.texts[k][col.codes[i]])
			}
		default:
			for _, i := range rows {
				values = append(values, parquet.ByteArrayValue(bytesOf(col.each[i])))
			}
		}
		if err := s.column(textColumns[k].name, values); err != nil {
			return err
		}
	}
	return errors.Join(
		s.column(nameSeq, s.ints(rows, s.t.seqs)),
		s.column(nameTime, s.ints(rows, s.t.times)),
		s.column(nameReceived, s.ints(rows, s.t.received)),
		s.column(namePID, s.ints(rows, s.t.pids)),
		s.column(nameSuccess, s.successes(rows)),
		s.column(nameAID, s.aids(rows)),
		s.column(nameExact, s.exacts(rows)),
	)
}

func (s *segmentWriter) ints(rows []uint32, column []int64) []parquet.Value {
	values := s.values[:0]
	for _, i := range rows {
		values = append(values, parquet.Int64Value(column[i]))
	}
	return values
}

func (s *segmentWriter) successes(rows []uint32) []parquet.Value {
	values := s.values[:0]
	for _, i := range rows {
		var v parquet.Value
		if o := s.t.outcomes[i]; o != counterfoil.Unknown {
			v = parquet.BooleanValue(o == counterfoil.Success).Level(0, 1, 0)
		}
		values = append(values, v)
	}
	return values
}

func (s *segmentWriter) aids(rows []uint32) []parquet.Value {
	values := s.values[:0]
	for _, i := range rows {
		var v parquet.Value
		if a := &s.t.aids[i]; !a.IsZero() {
			v = parquet.FixedLenByteArrayValue(a[:]).Level(0, 1, 0)
		}
		values = append(values, v)
	}
	return values
}

func (s *segmentWriter) exacts(rows []uint32) []parquet.Value {
	values := s.values[:0]
	for _, i := range rows {
		v := parquet.ByteArrayValue(nil)
		if s.inexact {
			v = exactOf(s.t.recs[i])
		}
		values = append(values, v)
	}
	return values
}

// column writes a page of a column.
func (s *segmentWriter) column(name string, values []parquet.Value) error {
	w := s.columns[name]
	if _, err := w.WriteRowValues(values); err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	return nil
}

// isCarried reports whether a column can hold a value as it is. Raw is a column of bytes, and canonical JSON is valid.
func isCarried(c *textColumn, v string) bool {
	switch c.col {
	case filter.ColRaw, filter.ColEventData, filter.ColSvcData:
		return true
	}
	return utf8.ValidString(v)
}

// exactOf gives what the other columns cannot carry of a record.
func exactOf(r *counterfoil.Record) parquet.Value {
	var b counterfoil.Builder
	n := 0
	b.Object("")
	for i := range textColumns {
		if c := &textColumns[i]; !isCarried(c, c.get(r)) {
			b.String(c.name, c.get(r))
			n++
		}
	}
	b.End()
	if n == 0 {
		return parquet.ByteArrayValue(nil)
	}
	return parquet.ByteArrayValue([]byte(b.JSON()))
}

// bytesOf shares s's memory: parquet-go takes byte slices and copies them before it returns, and writes to none.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
