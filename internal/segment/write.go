package segment

import (
	"errors"
	"fmt"
	"io"
	"strings"
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

// Write writes a segment of records, which are dense in Seq from recs[0].Seq on, to w, and gives its index. recs is not
// kept and not changed. Columns are a bijection of the canonical messages: Open gives back exactly recs.
func Write(w io.Writer, meta Meta, recs ...[]counterfoil.Record) (*Index, error) {
	t := newTable(recs)
	if n := len(t.recs); n == 0 || n > MaxRows {
		return nil, fmt.Errorf("a segment holds 1 to %d records, not %d", MaxRows, n)
	}
	meta.First, meta.Rows = t.recs[0].Seq, len(t.recs)
	t.code()
	t.cluster()
	sw := segmentWriter{t: t, meta: meta}
	sw.analyse()
	pw := parquet.NewWriter(w, sw.schema(),
		// Every write is one page of rows: whether the buffer is full behind it or not, the page ends there.
		parquet.PageBufferSize(64<<10),
		parquet.DataPageStatistics(false),
		parquet.SkipPageBounds("event_data"), parquet.SkipPageBounds("svc_data"), parquet.SkipPageBounds("raw"),
		parquet.CreatedBy("counterfoil", "1", ""),
		parquet.KeyValueMetadata(keyFormat, formatVersion),
		parquet.KeyValueMetadata(keyTrail, fmt.Sprintf("%x", meta.Trail[:])),
		parquet.KeyValueMetadata(keyFirst, fmt.Sprint(meta.First)),
		parquet.KeyValueMetadata(keyRows, fmt.Sprint(meta.Rows)),
		parquet.KeyValueMetadata(keyFrontier, fmt.Sprintf("%x", meta.Frontier)),
	)
	sw.columns = map[string]*parquet.ColumnWriter{}
	cols := pw.ColumnWriters()
	for i, path := range pw.Schema().Columns() {
		sw.columns[path[0]] = cols[i]
	}
	if err := sw.writePages(); err != nil {
		return nil, err
	}
	if err := pw.Close(); err != nil {
		return nil, fmt.Errorf("write footer: %w", err)
	}
	return sw.index.done(), nil
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
	inexact bool              // some record has a string that is not valid UTF-8
	values  []parquet.Value
	index   *indexBuilder
}

// analyse makes the values of the coded columns and decides which have a dictionary: it is worth its bytes where values
// repeat, and costs time where there is nothing in it.
func (s *segmentWriter) analyse() {
	s.plain = map[string]bool{"event_data": true, "raw": true}
	s.texts = make([][]parquet.Value, len(textColumns))
	for k := range textColumns {
		c, col := &textColumns[k], &s.t.cols[k]
		if col.codes == nil {
			continue
		}
		s.plain[c.name] = len(col.texts) == 1 && col.texts[0] == "" || len(col.texts) > len(col.codes)/2+256
		s.texts[k] = make([]parquet.Value, len(col.texts))
		for code, v := range col.texts {
			if !isCarried(c, v) {
				s.inexact = true
				v = strings.ToValidUTF8(v, "\ufffd")
			}
			s.texts[k][code] = parquet.ByteArrayValue(bytesOf(v))
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
	recs := s.t.recs
	n, prev := 1, recs[0].Received
	for i := range recs {
		if recs[i].Received != prev {
			n, prev = n+1, recs[i].Received
		}
	}
	if n <= len(recs)/16+1 {
		return parquet.Encoded(timestamp(), &parquet.RLEDictionary)
	}
	return parquet.Encoded(timestamp(), &parquet.DeltaBinaryPacked)
}

// writePages writes page by page, all columns of one before the next: the records of a page then come from memory once.
func (s *segmentWriter) writePages() error {
	s.values = make([]parquet.Value, 0, PageRows)
	s.index = newIndexBuilder(s.meta, s.t)
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
		var err error
		if codes := s.t.cols[k].codes; codes != nil {
			s.values = s.values[:0]
			for _, i := range rows {
				s.values = append(s.values, s.texts[k][codes[i]])
			}
			err = s.flush(textColumns[k].name)
		} else {
			get := textColumns[k].get
			err = s.write(textColumns[k].name, rows, func(r *counterfoil.Record) parquet.Value { return parquet.ByteArrayValue(bytesOf(get(r))) })
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(
		s.write(nameSeq, rows, func(r *counterfoil.Record) parquet.Value { return parquet.Int64Value(int64(r.Seq)) }),
		s.write(nameTime, rows, func(r *counterfoil.Record) parquet.Value { return parquet.Int64Value(int64(r.Time)) }),
		s.write(nameReceived, rows, func(r *counterfoil.Record) parquet.Value { return parquet.Int64Value(int64(r.Received)) }),
		s.write(namePID, rows, func(r *counterfoil.Record) parquet.Value { return parquet.Int64Value(r.Subject.PID) }),
		s.write(nameSuccess, rows, func(r *counterfoil.Record) parquet.Value {
			if r.Outcome == counterfoil.Unknown {
				return parquet.Value{}
			}
			return parquet.BooleanValue(r.Outcome == counterfoil.Success).Level(0, 1, 0)
		}),
		s.write(nameAID, rows, func(r *counterfoil.Record) parquet.Value {
			if r.AID == counterfoil.DeriveAID(s.meta.Trail, r.Seq) {
				return parquet.Value{}
			}
			return parquet.FixedLenByteArrayValue(r.AID[:]).Level(0, 1, 0)
		}),
		s.write(nameExact, rows, s.exactOf),
	)
}

// isCarried reports whether a column can hold a value as it is. Raw is a column of bytes, and canonical JSON is valid.
func isCarried(c *textColumn, v string) bool {
	switch c.col {
	case filter.ColRaw, filter.ColEventData, filter.ColSvcData:
		return true
	}
	return utf8.ValidString(v)
}

func (s *segmentWriter) write(name string, rows []uint32, value func(*counterfoil.Record) parquet.Value) error {
	s.values = s.values[:0]
	for _, i := range rows {
		s.values = append(s.values, value(s.t.recs[i]))
	}
	return s.flush(name)
}

func (s *segmentWriter) flush(name string) error {
	w := s.columns[name]
	if _, err := w.WriteRowValues(s.values); err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	return nil
}

func (s *segmentWriter) exactOf(r *counterfoil.Record) parquet.Value {
	if !s.inexact {
		return parquet.ByteArrayValue(nil)
	}
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
