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
func Write(w io.Writer, meta Meta, recs []counterfoil.Record) (*Index, error) {
	if len(recs) == 0 || len(recs) > MaxRows {
		return nil, fmt.Errorf("a segment holds 1 to %d records, not %d", MaxRows, len(recs))
	}
	meta.First, meta.Rows = recs[0].Seq, len(recs)
	sw := segmentWriter{recs: recs, order: cluster(recs), meta: meta}
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
	recs    []counterfoil.Record
	order   []uint32
	meta    Meta
	columns map[string]*parquet.ColumnWriter
	plain   map[string]bool // text columns without a dictionary
	inexact bool            // some record of the page has a string that is not valid UTF-8
	values  []parquet.Value
	index   *indexBuilder
}

// analyse decides which text columns have a dictionary: it is worth its bytes where values repeat, and costs time where
// there is nothing in it. A look at every 16th row settles most columns.
func (s *segmentWriter) analyse() {
	s.plain = map[string]bool{"event_data": true, "raw": true}
	for i := range textColumns {
		c := &textColumns[i]
		if s.plain[c.name] {
			continue
		}
		n, distinct, empty := s.distinct(c, 16)
		if distinct > n*3/10+64 {
			n, distinct, empty = s.distinct(c, 1)
		} else if empty {
			n, _, empty = s.distinct(c, 1)
		}
		s.plain[c.name] = empty || distinct > n/2+256
	}
}

// distinct counts the different values in every step-th row, and tells whether all are empty. It stops counting where the
// answer is clear.
func (s *segmentWriter) distinct(c *textColumn, step int) (n, distinct int, empty bool) {
	n = (len(s.order) + step - 1) / step
	var seen map[string]struct{}
	prev := ""
	for i := 0; i < len(s.order); i += step {
		v := c.get(&s.recs[s.order[i]])
		if v == prev {
			continue
		}
		if prev = v; seen == nil {
			seen = map[string]struct{}{}
		}
		if seen[v] = struct{}{}; len(seen) > n/2+256 {
			break
		}
	}
	return n, len(seen), seen == nil
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
	n, prev := 1, s.recs[0].Received
	for i := range s.recs {
		if s.recs[i].Received != prev {
			n, prev = n+1, s.recs[i].Received
		}
	}
	if n <= len(s.recs)/16+1 {
		return parquet.Encoded(timestamp(), &parquet.RLEDictionary)
	}
	return parquet.Encoded(timestamp(), &parquet.DeltaBinaryPacked)
}

// writePages writes page by page, all columns of one before the next: the records of a page then come from memory once.
func (s *segmentWriter) writePages() error {
	s.values = make([]parquet.Value, 0, PageRows)
	s.index = newIndexBuilder(s.meta)
	page := make([]*counterfoil.Record, 0, PageRows)
	for at := 0; at < len(s.order); at += PageRows {
		page = page[:0]
		for _, row := range s.order[at:min(at+PageRows, len(s.order))] {
			page = append(page, &s.recs[row])
		}
		if err := s.writePage(page); err != nil {
			return fmt.Errorf("page %d: %w", at/PageRows, err)
		}
		s.index.page()
		for _, r := range page {
			s.index.add(r)
		}
	}
	return nil
}

func (s *segmentWriter) writePage(page []*counterfoil.Record) error {
	s.inexact = false
	for i := range textColumns {
		if err := s.writeText(&textColumns[i], page); err != nil {
			return err
		}
	}
	return errors.Join(
		s.write(nameSeq, page, func(r *counterfoil.Record) parquet.Value { return parquet.Int64Value(int64(r.Seq)) }),
		s.write(nameTime, page, func(r *counterfoil.Record) parquet.Value { return parquet.Int64Value(int64(r.Time)) }),
		s.write(nameReceived, page, func(r *counterfoil.Record) parquet.Value { return parquet.Int64Value(int64(r.Received)) }),
		s.write(namePID, page, func(r *counterfoil.Record) parquet.Value { return parquet.Int64Value(r.Subject.PID) }),
		s.write(nameSuccess, page, func(r *counterfoil.Record) parquet.Value {
			if r.Outcome == counterfoil.Unknown {
				return parquet.Value{}
			}
			return parquet.BooleanValue(r.Outcome == counterfoil.Success).Level(0, 1, 0)
		}),
		s.write(nameAID, page, func(r *counterfoil.Record) parquet.Value {
			if r.AID == counterfoil.DeriveAID(s.meta.Trail, r.Seq) {
				return parquet.Value{}
			}
			return parquet.FixedLenByteArrayValue(r.AID[:]).Level(0, 1, 0)
		}),
		s.write(nameExact, page, s.exactOf),
	)
}

// writeText writes a page of a text column. A value that repeats the one before is checked once.
func (s *segmentWriter) writeText(c *textColumn, page []*counterfoil.Record) error {
	s.values = s.values[:0]
	prev, value := "", parquet.ByteArrayValue(nil)
	for _, r := range page {
		if v := c.get(r); v != prev {
			prev = v
			if !isCarried(c, v) {
				s.inexact = true
				v = strings.ToValidUTF8(v, "\ufffd")
			}
			value = parquet.ByteArrayValue(bytesOf(v))
		}
		s.values = append(s.values, value)
	}
	return s.flush(c.name)
}

// isCarried reports whether a column can hold a value as it is. Raw is a column of bytes, and canonical JSON is valid.
func isCarried(c *textColumn, v string) bool {
	switch c.col {
	case filter.ColRaw, filter.ColEventData, filter.ColSvcData:
		return true
	}
	return utf8.ValidString(v)
}

func (s *segmentWriter) write(name string, page []*counterfoil.Record, value func(*counterfoil.Record) parquet.Value) error {
	s.values = s.values[:0]
	for _, r := range page {
		s.values = append(s.values, value(r))
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
