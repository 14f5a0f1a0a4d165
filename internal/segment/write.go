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
	if err := sw.writeColumns(); err != nil {
		return nil, err
	}
	if err := pw.Close(); err != nil {
		return nil, fmt.Errorf("write footer: %w", err)
	}
	return buildIndex(meta, sw.rows()), nil
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
	plain   map[string]bool // text columns whose values hardly repeat: no dictionary
	exact   bool            // some record has a string that is not valid UTF-8
	values  []parquet.Value
}

// rows iterates in the order of the segment.
func (s *segmentWriter) rows() func(yield func(int, *counterfoil.Record) bool) {
	return func(yield func(int, *counterfoil.Record) bool) {
		for i, row := range s.order {
			if !yield(i, &s.recs[row]) {
				return
			}
		}
	}
}

// analyse decides the encodings: a dictionary is worth its bytes where values repeat.
func (s *segmentWriter) analyse() {
	s.plain = map[string]bool{"event_data": true, "raw": true, nameExact: true}
	seen := map[string]struct{}{}
	for i := range textColumns {
		c := &textColumns[i]
		if s.plain[c.name] {
			continue
		}
		clear(seen)
		prev := ""
		for _, row := range s.order {
			if v := c.get(&s.recs[row]); v != prev {
				seen[v] = struct{}{}
				prev = v
				if len(seen) > len(s.recs)/2+256 {
					s.plain[c.name] = true
					break
				}
			}
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

func (s *segmentWriter) writeColumns() error {
	s.values = make([]parquet.Value, 0, PageRows)
	for i := range textColumns {
		c := &textColumns[i]
		err := s.write(c.name, func(r *counterfoil.Record) parquet.Value {
			v := c.get(r)
			if c.name != "raw" && !utf8.ValidString(v) {
				s.exact = true
				v = strings.ToValidUTF8(v, "\ufffd")
			}
			return parquet.ByteArrayValue(bytesOf(v))
		})
		if err != nil {
			return err
		}
	}
	return errors.Join(
		s.write(nameSeq, func(r *counterfoil.Record) parquet.Value { return parquet.Int64Value(int64(r.Seq)) }),
		s.write(nameTime, func(r *counterfoil.Record) parquet.Value { return parquet.Int64Value(int64(r.Time)) }),
		s.write(nameReceived, func(r *counterfoil.Record) parquet.Value { return parquet.Int64Value(int64(r.Received)) }),
		s.write(namePID, func(r *counterfoil.Record) parquet.Value { return parquet.Int64Value(r.Subject.PID) }),
		s.write(nameSuccess, func(r *counterfoil.Record) parquet.Value {
			if r.Outcome == counterfoil.Unknown {
				return parquet.Value{}
			}
			return parquet.BooleanValue(r.Outcome == counterfoil.Success).Level(0, 1, 0)
		}),
		s.write(nameAID, func(r *counterfoil.Record) parquet.Value {
			if r.AID == counterfoil.DeriveAID(s.meta.Trail, r.Seq) {
				return parquet.Value{}
			}
			return parquet.FixedLenByteArrayValue(r.AID[:]).Level(0, 1, 0)
		}),
		s.write(nameExact, s.exactOf),
	)
}

func (s *segmentWriter) write(name string, value func(*counterfoil.Record) parquet.Value) error {
	w := s.columns[name]
	for at := 0; at < len(s.order); at += PageRows {
		s.values = s.values[:0]
		for _, row := range s.order[at:min(at+PageRows, len(s.order))] {
			s.values = append(s.values, value(&s.recs[row]))
		}
		if _, err := w.WriteRowValues(s.values); err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
	}
	return nil
}

func (s *segmentWriter) exactOf(r *counterfoil.Record) parquet.Value {
	if !s.exact {
		return parquet.ByteArrayValue(nil)
	}
	var b counterfoil.Builder
	n := 0
	b.Object("")
	for _, c := range textColumns {
		if v := c.get(r); c.name != "raw" && !utf8.ValidString(v) {
			b.String(c.name, v)
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
