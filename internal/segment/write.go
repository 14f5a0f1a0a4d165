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
	"github.com/counterfoil/counterfoil/internal/pagefile"
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
	s.file = pagefile.NewWriter(s.schema(), "counterfoil version 1(build )", s.says())
	defer s.file.Close()
	for _, name := range s.textNames() { // the index knows better, and to find them is dear
		s.file.Column(name).SkipBounds()
	}
	if err := s.writePages(sig); err != nil {
		return err
	}
	_, err := s.file.WriteTo(w)
	return err
}

// says is the key-value metadata.
func (s *segmentWriter) says() map[string]string {
	says := map[string]string{
		keyTrail:    fmt.Sprintf("%x", s.meta.Trail[:]),
		keyFirst:    fmt.Sprint(s.meta.First),
		keyLast:     fmt.Sprint(s.meta.Last),
		keyRows:     fmt.Sprint(s.meta.Rows),
		keyFrontier: fmt.Sprintf("%x", s.meta.Frontier),
	}
	switch {
	case s.split != nil:
		says[keyFormat] = formatSplit
		if s.forgotten() {
			says[keyForgotten] = "1"
		}
	case s.forgotten():
		says[keyFormat] = formatForgotten
	case s.meta.Last-s.meta.First+1 == uint64(s.meta.Rows):
		says[keyFormat] = formatVersion
		delete(says, keyLast)
	default:
		says[keyFormat] = formatSparse
	}
	if s.meta.PageRows != MaxPageRows {
		says[keyPageRows] = fmt.Sprint(s.meta.PageRows)
	}
	return says
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
	file    *pagefile.Writer
	plain   map[string]bool            // text columns without a dictionary
	words   [len(textColumns)][]string // of coded columns: the value of each code, as the column carries it
	altered [len(textColumns)]bool     // of coded columns: some are not as they came, and two of them may be the same
	inexact bool                       // some record has something in the column exact
	split   *splitter                  // nil: event data stand in one column
	page    pageMemory
	index   *indexBuilder
}

// pageMemory is for a page of a column. What is in nothing stays zero.
type pageMemory struct {
	levels  []byte
	texts   []string
	bools   []bool
	fixed   []byte
	nothing struct {
		levels []byte
		texts  []string
		codes  []uint32
		ints   []int64
	}
}

func newPageMemory(rows int) (m pageMemory) {
	m = pageMemory{levels: make([]byte, rows), texts: make([]string, 0, rows), bools: make([]bool, 0, rows)}
	m.nothing.levels, m.nothing.texts = make([]byte, rows), make([]string, rows)
	m.nothing.codes, m.nothing.ints = make([]uint32, rows), make([]int64, rows)
	return m
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
		s.words[k] = col.values
		for code, v := range col.values {
			if isCarried(c, v) {
				continue
			}
			if !s.altered[k] {
				s.inexact, s.altered[k], s.words[k] = true, true, slices.Clone(col.values)
			}
			s.words[k][code] = strings.ToValidUTF8(v, "\ufffd")
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
	s.page = newPageMemory(s.meta.PageRows)
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
		if err := s.writeTexts(k, lo, hi); err != nil {
			return err
		}
	}
	return errors.Join(
		s.writeInts(nameSeq, s.t.seqs, lo, hi),
		s.writeInts(nameTime, s.t.times, lo, hi),
		s.writeInts(nameReceived, s.t.received, lo, hi),
		s.writeInts(namePID, s.t.pids, lo, hi),
		s.writeSuccess(lo, hi),
		s.writeAIDs(lo, hi),
		s.writeExact(lo, hi),
	)
}

func (s *segmentWriter) writeTexts(k, lo, hi int) error {
	col, to, nothing := &s.t.cols[k], s.file.Column(textColumns[k].name), &s.page.nothing
	if !isCoded(k) {
		if col.each == nil {
			return to.Texts(nothing.texts[:hi-lo], nil)
		}
		return to.Texts(col.each[lo:hi], nil)
	}
	codes := part(col.codes, lo, hi)
	if codes == nil {
		codes = nothing.codes[:hi-lo]
	}
	if !s.plain[textColumns[k].name] && !s.altered[k] {
		return to.Codes(codes, s.words[k])
	}
	texts := s.page.texts[:0]
	for _, code := range codes {
		texts = append(texts, s.words[k][code])
	}
	return to.Texts(texts, nil)
}

func (s *segmentWriter) writeInts(name string, column []int64, lo, hi int) error {
	if column == nil {
		return s.file.Column(name).Ints(s.page.nothing.ints[:hi-lo], nil)
	}
	return s.file.Column(name).Ints(column[lo:hi], nil)
}

func (s *segmentWriter) writeSuccess(lo, hi int) error {
	levels, values := s.page.levels[:hi-lo], s.page.bools[:0]
	for i, o := range s.t.outcomes[lo:hi] {
		levels[i] = 0
		if o != counterfoil.Unknown {
			levels[i] = 1
			values = append(values, o == counterfoil.Success)
		}
	}
	return s.file.Column(nameSuccess).Bools(values, levels)
}

func (s *segmentWriter) writeAIDs(lo, hi int) error {
	levels, values := s.page.levels[:hi-lo], s.page.fixed[:0]
	clear(levels)
	for i, aid := range part(s.t.aids, lo, hi) {
		if !aid.IsZero() {
			levels[i] = 1
			values = append(values, aid[:]...)
		}
	}
	s.page.fixed = values
	return s.file.Column(nameAID).Fixed(values, levels)
}

func (s *segmentWriter) writeExact(lo, hi int) error {
	texts := s.page.nothing.texts[:hi-lo]
	if s.inexact {
		texts = s.page.texts[:hi-lo]
		for i := range texts {
			texts[i] = s.exact(lo + i)
		}
	}
	return s.file.Column(nameExact).Texts(texts, nil)
}

// stringOf shares b's memory.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf shares s's memory: nobody writes to it.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
