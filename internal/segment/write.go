package segment

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"github.com/counterfoil/counterfoil"
)

// Sizes. As many rows stand in every page of every column, so that a page number means the same rows everywhere.
const (
	MaxPageRows = 2048 // of a page of a file; rows in memory have blocks of so many
	MaxPages    = 64
	MaxRows     = MaxPageRows * MaxPages
)

// pageBytes is about what the long texts of a page have at most: to read one record, a page of them is unpacked.
const pageBytes = 2 << 20

// Meta is what a segment says of itself, in the key-value metadata of the Parquet footer.
type Meta struct {
	Trail    counterfoil.TrailID
	First    uint64 // sequence number of the first record
	Last     uint64 // of the last; numbers between may stand in other files
	Rows     int    // records
	PageRows int    // records in a page, a power of two up to MaxPageRows; in the last one the rest
	Frontier []byte // of the Merkle tree behind the last record (merkle.Frontier, marshalled)

	SplitRows int // not in the file: records from which on Write splits event data; 0: 1,024
}

// Pages is the number of pages.
func (m *Meta) Pages() int { return pagesOf(m.Rows, m.PageRows) }

// rowsOf gives the rows of a page: lo to hi-1.
func (m *Meta) rowsOf(p int) (lo, hi int) { return p * m.PageRows, min((p+1)*m.PageRows, m.Rows) }

// isPageRows reports whether pages of a file of rows can have n of them.
func isPageRows(rows, n int) bool {
	return n > 0 && n <= MaxPageRows && n&(n-1) == 0 && pagesOf(rows, n) <= MaxPages
}

// workspace is the memory that writing a segment needs, some 40 MB. While segments follow one another it is used again.
type workspace struct {
	rows  ordered
	sig   signatureBuilder
	split splitter
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// Write writes a segment of rows, which are in order of Seq, to w, and gives its index. Columns are a bijection of the
// canonical messages: Open gives back exactly these records.
func Write(w io.Writer, meta Meta, rows *Rows) (*Index, error) {
	if rows.n == 0 || rows.n > MaxRows {
		return nil, fmt.Errorf("a segment holds 1 to %d records, not %d", MaxRows, rows.n)
	}
	meta.First, meta.Last, meta.Rows, meta.PageRows = rows.Seq(0), rows.Seq(rows.n-1), rows.n, rows.pageRows()
	ws := workspaces.Get().(*workspace)
	defer workspaces.Put(ws)
	ws.rows.cluster(rows)
	defer ws.rows.release()
	s := segmentWriter{t: &ws.rows, meta: meta}
	if ws.rows.isLong(cmp.Or(meta.SplitRows, splitRows)) {
		s.split = &ws.split
		s.split.begin(len(ws.rows.cols[eventColumn].values))
		defer s.split.release()
	}
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
		parquet.KeyValueMetadata(keyTrail, fmt.Sprintf("%x", s.meta.Trail[:])),
		parquet.KeyValueMetadata(keyFirst, fmt.Sprint(s.meta.First)),
		parquet.KeyValueMetadata(keyRows, fmt.Sprint(s.meta.Rows)),
		parquet.KeyValueMetadata(keyFrontier, fmt.Sprintf("%x", s.meta.Frontier)),
	}
	last := parquet.KeyValueMetadata(keyLast, fmt.Sprint(s.meta.Last))
	switch {
	case s.split != nil:
		options = append(options, parquet.KeyValueMetadata(keyFormat, formatSplit), last)
		if s.forgotten() {
			options = append(options, parquet.KeyValueMetadata(keyForgotten, "1"))
		}
	case s.forgotten():
		options = append(options, parquet.KeyValueMetadata(keyFormat, formatForgotten), last)
	case s.meta.Last-s.meta.First+1 == uint64(s.meta.Rows):
		options = append(options, parquet.KeyValueMetadata(keyFormat, formatVersion))
	default:
		options = append(options, parquet.KeyValueMetadata(keyFormat, formatSparse), last)
	}
	if s.meta.PageRows != MaxPageRows {
		options = append(options, parquet.KeyValueMetadata(keyPageRows, fmt.Sprint(s.meta.PageRows)))
	}
	for _, name := range s.textNames() { // the index knows better, and to find them is dear
		options = append(options, parquet.SkipPageBounds(name))
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
	formatVersion   = "1"
	formatSparse    = "2" // numbers are not dense
	formatForgotten = "3" // nor need they be here; hidden halves are forgotten
	formatSplit     = "4" // nor here; event data are split
	keyFormat       = "counterfoil.segment"
	keyTrail        = "counterfoil.trail"
	keyFirst        = "counterfoil.first"
	keyLast         = "counterfoil.last"
	keyRows         = "counterfoil.rows"
	keyPageRows     = "counterfoil.page_rows" // absent: MaxPageRows
	keyForgotten    = "counterfoil.forgotten" // of formatSplit: hidden halves are forgotten
	keyFrontier     = "counterfoil.frontier"
)

type segmentWriter struct {
	t       *ordered
	meta    Meta
	columns map[string]*parquet.ColumnWriter
	plain   map[string]bool                   // text columns without a dictionary
	texts   [len(textColumns)][]parquet.Value // of coded columns: the value of each code
	same    [len(textColumns)][]parquet.Value // of columns with one value: a page of it
	inexact bool                              // some record has something in the column exact
	split   *splitter                         // nil: event data stand in one column
	empty   []parquet.Value                   // a page of a column of parts that has none there
	values  []parquet.Value
	index   *indexBuilder
}

// analyse makes the values of the coded columns and decides which have a dictionary: it is worth its bytes where values
// repeat, and costs time where there is nothing in it.
func (s *segmentWriter) analyse() {
	s.plain = map[string]bool{nameEventData: true, "raw": true}
	s.inexact = s.forgotten()
	for k := range textColumns {
		c, col := &textColumns[k], &s.t.cols[k]
		if !isCoded(k) {
			continue
		}
		s.plain[c.name] = len(col.values) == 1 && col.values[0] == "" || len(col.values) > s.t.n/2+256
		s.texts[k] = make([]parquet.Value, len(col.values))
		for code, v := range col.values {
			if !isCarried(c, v) {
				s.inexact = true
				v = strings.ToValidUTF8(v, "\ufffd")
			}
			s.texts[k][code] = parquet.ByteArrayValue(bytesOf(v))
		}
		if len(col.values) == 1 {
			s.same[k] = slices.Repeat(s.texts[k], min(s.meta.PageRows, s.t.n))
		}
	}
}

// forgotten reports whether a record's hidden half is.
func (s *segmentWriter) forgotten() bool { return s.t.hidden != nil }

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
	if s.split != nil {
		addParts(g)
	}
	if s.forgotten() { // hashes do not repeat
		g[nameExact] = parquet.Encoded(parquet.String(), &parquet.DeltaLengthByteArray)
	}
	for name, node := range g {
		if name != nameAID { // random bytes do not shrink
			g[name] = parquet.Compressed(node, zstdText) // of an optional one too
		}
	}
	return parquet.NewSchema("counterfoil", g)
}

func timestamp() parquet.Node { return parquet.TimestampAdjusted(parquet.Nanosecond, true) }

// received is the same for all records of a batch: a dictionary where batches were large, else deltas.
func (s *segmentWriter) received() parquet.Node {
	if s.t.batches <= s.t.n/16+1 {
		return parquet.Encoded(timestamp(), &parquet.RLEDictionary)
	}
	return parquet.Encoded(timestamp(), &parquet.DeltaBinaryPacked)
}

// writePages writes page by page, all columns of one before the next: texts come from memory once for the page and its
// part of the index.
func (s *segmentWriter) writePages(sig *signatureBuilder) error {
	s.values = make([]parquet.Value, 0, s.meta.PageRows)
	if s.split != nil {
		s.empty = make([]parquet.Value, s.meta.PageRows)
	}
	s.index = newIndexBuilder(s.meta, &s.t.Rows, sig)
	if s.split != nil {
		s.index.look = s.look
	}
	for p := range s.meta.Pages() {
		lo, hi := s.meta.rowsOf(p)
		s.t.bringTogether(lo, hi)
		s.index.page(lo, hi)
		if err := s.writePage(lo, hi); err != nil {
			return fmt.Errorf("page %d: %w", p, err)
		}
	}
	return nil
}

func (s *segmentWriter) writePage(lo, hi int) error {
	if s.split != nil {
		if err := s.writeSplit(lo, hi); err != nil {
			return err
		}
	}
	for k := range textColumns {
		if s.split != nil && k == dataColumn {
			continue
		}
		if err := s.column(textColumns[k].name, s.textValues(k, lo, hi)); err != nil {
			return err
		}
	}
	return errors.Join(
		s.column(nameSeq, s.ints(s.t.seqs, lo, hi)),
		s.column(nameTime, s.ints(s.t.times, lo, hi)),
		s.column(nameReceived, s.ints(s.t.received, lo, hi)),
		s.column(namePID, s.ints(s.t.pids, lo, hi)),
		s.column(nameSuccess, s.successes(lo, hi)),
		s.column(nameAID, s.aids(lo, hi)),
		s.column(nameExact, s.exacts(lo, hi)),
	)
}

func (s *segmentWriter) textValues(k, lo, hi int) []parquet.Value {
	values := s.values[:0]
	switch col := &s.t.cols[k]; {
	case s.same[k] != nil:
		return s.same[k][:hi-lo]
	case col.codes != nil:
		for _, code := range col.codes[lo:hi] {
			values = append(values, s.texts[k][code])
		}
	case col.each != nil:
		return s.strings(col.each[lo:hi])
	default:
		for range hi - lo {
			values = append(values, parquet.ByteArrayValue(nil))
		}
	}
	return values
}

func (s *segmentWriter) strings(column []string) []parquet.Value {
	values := s.values[:0]
	for _, v := range column {
		values = append(values, parquet.ByteArrayValue(bytesOf(v)))
	}
	return values
}

func (s *segmentWriter) ints(column []int64, lo, hi int) []parquet.Value {
	values := s.values[:0]
	for i := lo; i < hi; i++ {
		v := int64(0)
		if column != nil {
			v = column[i]
		}
		values = append(values, parquet.Int64Value(v))
	}
	return values
}

func (s *segmentWriter) successes(lo, hi int) []parquet.Value {
	values := s.values[:0]
	for _, o := range s.t.outcomes[lo:hi] {
		var v parquet.Value
		if o != counterfoil.Unknown {
			v = parquet.BooleanValue(o == counterfoil.Success).Level(0, 1, 0)
		}
		values = append(values, v)
	}
	return values
}

func (s *segmentWriter) aids(lo, hi int) []parquet.Value {
	values := s.values[:0]
	for i := lo; i < hi; i++ {
		var v parquet.Value
		if s.t.aids != nil && !s.t.aids[i].IsZero() {
			v = parquet.FixedLenByteArrayValue(s.t.aids[i][:]).Level(0, 1, 0)
		}
		values = append(values, v)
	}
	return values
}

func (s *segmentWriter) exacts(lo, hi int) []parquet.Value {
	values := s.values[:0]
	for i := lo; i < hi; i++ {
		v := parquet.ByteArrayValue(nil)
		if s.inexact {
			v = s.exact(i)
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

// stringOf shares b's memory.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf shares s's memory: parquet-go takes byte slices and copies them before it returns, and writes to none.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
