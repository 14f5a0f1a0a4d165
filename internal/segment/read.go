package segment

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"weak"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Reader reads a sealed segment. Safe for concurrent use.
type Reader struct {
	Meta
	Index   *Index // may be nil until the caller has read or built it
	Size    int64  // bytes of the file
	Forgets bool   // by the footer: hidden halves of records are forgotten

	isSplit bool // event data are

	from     io.ReaderAt
	cache    *Cache
	foot     place                              // of the footer
	unpacked int64                              // bytes of all columns when they are
	cached   map[string]*atomic.Pointer[places] // by column
	rows     place                              // of rowsBySeq
	mu       sync.Mutex                         // guards below
	dicts    map[string]*Dict
	told     [4]expected                // the newest: of a question what its filter looks at, and what its records are made from
	tell     int                        // which of them is the oldest
	runs     int                        // that Together began and that are not done
	idle     map[string][]parquet.Pages // of them: what has read pages of a column
	held     *footer                    // of them, or where it stays: see onePass
	recent   weak.Pointer[footer]       // the last that was read

	reads atomic.Int64 // pages that were read from the file
}

// Open reads the footer of a segment of size bytes. f must stay open; cache may be shared and must not be nil.
func Open(f io.ReaderAt, size int64, cache *Cache) (r *Reader, err error) {
	defer guard(&err)
	r = &Reader{Size: size, from: f, cached: map[string]*atomic.Pointer[places]{}, cache: cache, dicts: map[string]*Dict{}}
	file, err := r.openFile()
	if err != nil {
		return nil, err
	}
	if err := r.readMeta(file); err != nil {
		return nil, err
	}
	foot, err := r.checked(file)
	if err != nil {
		return nil, err
	}
	for name := range foot.chunks {
		r.cached[name] = new(atomic.Pointer[places])
	}
	r.unpacked = file.Metadata().RowGroups[0].TotalByteSize
	r.keepFooter(foot)
	return r, nil
}

// checkColumns refuses a file whose columns are not what they should be: where a value is null that may not be, a page has fewer
// values than rows.
func (r *Reader) checkColumns(file *parquet.File) error {
	for _, name := range r.columnNames() {
		leaf, ok := file.Schema().Lookup(name)
		if !ok {
			return fmt.Errorf("has no column %s", name)
		}
		kind, optional := parquet.ByteArray, false
		switch name {
		case nameSeq, nameTime, nameReceived, namePID:
			kind = parquet.Int64
		case nameSuccess:
			kind, optional = parquet.Boolean, true
		case nameAID:
			kind, optional = parquet.FixedLenByteArray, true
		}
		if strings.HasPrefix(name, partPrefix) {
			optional = true
		}
		n := leaf.Node
		if n.Optional() != optional || n.Repeated() || n.Type().Kind() != kind || name == nameAID && n.Type().Length() != len(counterfoil.AID{}) {
			return fmt.Errorf("column %s is not of the kind that it should be", name)
		}
	}
	return nil
}

// checkCodecs refuses what this program does not write. One bit makes LZ4 of zstd, and the library's decoder of that takes what
// it cannot decode for longer than the memory it has, until there is none.
func checkCodecs(file *parquet.File) error {
	for _, c := range file.Metadata().RowGroups[0].Columns {
		if codec := c.MetaData.Codec; codec != format.Uncompressed && codec != format.Zstd {
			return fmt.Errorf("column %s is compressed with %s", strings.Join(c.MetaData.PathInSchema, "."), codec)
		}
	}
	return nil
}

func (r *Reader) columnNames() []string {
	names := []string{nameSeq, nameTime, nameReceived, namePID, nameSuccess, nameAID, nameExact}
	for _, c := range textColumns {
		names = append(names, c.name)
	}
	for k := range numParts {
		if r.isSplit {
			names = append(names, partName(k))
		}
	}
	return names
}

func (r *Reader) readMeta(file *parquet.File) error {
	get := func(key string) string { v, _ := file.Lookup(key); return v }
	version := get(keyFormat)
	if !slices.Contains([]string{formatVersion, formatSparse, formatForgotten, formatSplit}, version) {
		return fmt.Errorf("is a segment of format %q, this program reads %q to %q", version, formatVersion, formatSplit)
	}
	id, err := hex.DecodeString(get(keyTrail))
	if err != nil || len(id) != len(r.Trail) {
		return fmt.Errorf("names no trail")
	}
	copy(r.Trail[:], id)
	if r.First, err = strconv.ParseUint(get(keyFirst), 10, 62); err != nil {
		return fmt.Errorf("first record: %w", err)
	}
	if r.Rows, err = strconv.Atoi(get(keyRows)); err != nil || r.Rows < 1 || r.Rows > MaxRows {
		return fmt.Errorf("has %q rows, should have 1 to %d", get(keyRows), MaxRows)
	}
	r.PageRows = MaxPageRows
	if n, ok := file.Lookup(keyPageRows); ok {
		if r.PageRows, err = strconv.Atoi(n); err != nil || !isPageRows(r.Rows, r.PageRows) {
			return fmt.Errorf("has pages of %q rows for %d records", n, r.Rows)
		}
	}
	r.isSplit = version == formatSplit
	r.Forgets = version == formatForgotten || r.isSplit && get(keyForgotten) == "1"
	r.Last = r.First + uint64(r.Rows) - 1
	if version != formatVersion {
		dense := r.Last
		if r.Last, err = strconv.ParseUint(get(keyLast), 10, 62); err != nil || r.Last < dense || r.Last == dense && version == formatSparse {
			return fmt.Errorf("last record: %q", get(keyLast))
		}
	}
	r.Frontier, err = hex.DecodeString(get(keyFrontier))
	return err
}

// PageUnpacked is about how many bytes a page of all columns has when it is unpacked.
func (r *Reader) PageUnpacked() int64 { return r.unpacked / int64(r.Pages()) }

// ColumnBytes gives what each column takes in the file; event_data with its parts.
func (r *Reader) ColumnBytes() (map[string]int64, error) {
	foot, err := r.footer()
	if err != nil {
		return nil, err
	}
	m := map[string]int64{}
	for _, c := range foot.file.Metadata().RowGroups[0].Columns {
		name := c.MetaData.PathInSchema[0]
		if columnNamed[name] == filter.ColEventData { // its parts too
			name = nameEventData
		}
		m[name] += c.MetaData.TotalCompressedSize
	}
	return m, nil
}

// constant gives the value of a text column that is the same in the whole segment.
func (r *Reader) constant(col filter.Column) (string, bool) {
	if r.Index == nil || r.Index.Constant[col] == nil {
		return "", false
	}
	return *r.Index.Constant[col], true
}

// dict gives the dictionary of a text column, nil if it has none.
func (r *Reader) dict(name string, d parquet.Dictionary) *Dict {
	words, isNew := r.keepDict(name, d)
	if isNew && r.cache.limit > onePass { // the cache, which may forget it, is not asked with the lock
		p := r.placesOf(name)
		kept := r.cache.put(&p.dictionary, &cached{size: words.size(), gone: func() {
			r.forget(name)
			r.cache.clearPages(p)
		}})
		if !kept {
			r.forget(name)
		}
	}
	return words
}

// keepDict also tells whether it is new.
func (r *Reader) keepDict(name string, d parquet.Dictionary) (words *Dict, isNew bool) {
	r.mu.Lock()
	defer r.mu.Unlock() // what is damaged may panic
	if words, ok := r.dicts[name]; ok {
		return words, false
	}
	data := d.Page().Data()
	words = copyDict(data.ByteArray())
	r.dicts[name] = words
	return words, true
}

// forget lets go of a dictionary, when nobody reads many pages any more: see apart.
func (r *Reader) forget(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs == 0 {
		delete(r.dicts, name)
	}
}

// page reads one page of a column through the cache and hands it to decode, whose result is what is cached.
func (r *Reader) page(name string, p int, decode func(parquet.Page) (any, int64)) (v any, err error) {
	at := r.placesOf(name)
	if v := at.pages[p].get(); v != nil {
		return v, nil
	}
	err = r.read(name, p, func(page parquet.Page) {
		var size int64
		v, size = decode(page)
		x := &cached{v: v, size: size}
		if hasDict(v) {
			x.dict = at.dictionary.Load()
			if x.dict == nil && r.cache.limit > onePass {
				return // a page would keep a dictionary for which there is no room
			}
		}
		r.cache.put(&at.pages[p], x)
	})
	return v, err
}

// hasDict reports whether a page that is kept holds its column's dictionary.
func hasDict(page any) bool {
	switch v := page.(type) {
	case *Runs:
		return true
	case *Text:
		return v.Dict != nil
	}
	return false
}

// read hands page p of a column to f, whose memory is used again when f returns.
func (r *Reader) read(name string, p int, f func(parquet.Page)) (err error) {
	defer guard(&err)
	page, err := r.open(name, p)
	if err != nil {
		return err
	}
	defer page.close()
	f(page.Page)
	page.whole = true
	return nil
}

// openPage is a page whose memory is used again when it is closed.
type openPage struct {
	parquet.Page
	r     *Reader
	name  string
	from  parquet.Pages
	whole bool // nothing in it was found to be damaged
}

// open gives page p of a column. What is damaged may panic, here and when it is read: see guard.
func (r *Reader) open(name string, p int) (o *openPage, err error) {
	r.reads.Add(1)
	foot, err := r.footer()
	if err != nil {
		return nil, err
	}
	chunk := foot.chunks[name]
	if _, err := chunk.OffsetIndex(); err != nil { // without it the library would look for the page from the first one on
		return nil, fmt.Errorf("column %s: the places of its pages: %w", name, err)
	}
	o = &openPage{r: r, name: name, from: r.take(name)}
	if o.from == nil {
		o.from = chunk.Pages()
	}
	opened := false
	defer func() {
		if !opened {
			o.close()
		}
	}()
	lo, hi := r.rowsOf(p)
	if err := o.from.SeekToRow(int64(lo)); err != nil {
		return nil, fmt.Errorf("column %s, page %d: %w", name, p, err)
	}
	if o.Page, err = o.from.ReadPage(); err != nil {
		o.Page = nil
		return nil, fmt.Errorf("column %s, page %d: %w", name, p, err)
	}
	if o.NumRows() != int64(hi-lo) {
		return nil, fmt.Errorf("column %s, page %d has %d rows, should have %d", name, p, o.NumRows(), hi-lo)
	}
	opened = true
	return o, nil
}

func (o *openPage) close() {
	if o.Page != nil {
		parquet.Release(o.Page)
	}
	if !o.whole || !o.r.leave(o.name, o.from) {
		o.from.Close()
	}
}

// guard turns a panic of the Parquet library, which trusts lengths in a damaged file, into an error that names it.
func guard(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("damaged Parquet: %v", v)
	}
}
