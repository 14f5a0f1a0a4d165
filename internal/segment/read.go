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

	"github.com/parquet-go/parquet-go/format"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/pagefile"
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
	told     [4]expected                  // the newest: of a question what its filter looks at, and what its records are made from
	tell     int                          // which of them is the oldest
	runs     int                          // that Together began and that are not done
	idle     map[string][]*pagefile.Ahead // of them, by column: what was read ahead
	held     *footer                      // of them, or where it stays: see onePass
	recent   weak.Pointer[footer]         // the last that was read

	reads atomic.Int64 // pages that were read from the file
}

// Open reads the footer of a segment of size bytes. f must stay open; cache may be shared and must not be nil.
func Open(f io.ReaderAt, size int64, cache *Cache) (r *Reader, err error) {
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
	for name := range foot.columns {
		r.cached[name] = new(atomic.Pointer[places])
	}
	r.unpacked = file.Unpacked
	r.keepFooter(foot)
	return r, nil
}

// checkColumns refuses a file whose columns are not what they should be: where a value is null that may not be, a page has fewer
// values than rows.
func (r *Reader) checkColumns(f *footer) error {
	for _, name := range r.columnNames() {
		c := f.columns[name]
		if c == nil {
			return fmt.Errorf("has no column %s", name)
		}
		kind, optional := format.ByteArray, strings.HasPrefix(name, partPrefix)
		switch name {
		case nameSeq, nameTime, nameReceived, namePID:
			kind = format.Int64
		case nameSuccess:
			kind, optional = format.Boolean, true
		case nameAID:
			kind, optional = format.FixedLenByteArray, true
		}
		if c.Optional != optional || c.Type != kind || name == nameAID && c.Length != len(counterfoil.AID{}) {
			return fmt.Errorf("column %s is not of the kind that it should be", name)
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

func (r *Reader) readMeta(file *pagefile.File) error {
	get := func(key string) string { return file.Says[key] }
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
	if n, ok := file.Says[keyPageRows]; ok {
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
	for i := range foot.Columns {
		c := &foot.Columns[i]
		name := c.Name
		if columnNamed[name] == filter.ColEventData { // its parts too
			name = nameEventData
		}
		m[name] += c.Bytes
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

// dict gives the dictionary of a column. It is kept in the cache if it is asked to be and can be, and in any case while pages are read together.
func (r *Reader) dict(name string, keep bool) (*Dict, error) {
	if words := r.knownDict(name); words != nil {
		return words, nil
	}
	foot, err := r.footer()
	if err != nil {
		return nil, err
	}
	read, err := foot.ReadDictionary(foot.columns[name])
	if err != nil {
		return nil, err
	}
	words, isNew := r.keepDict(name, &Dict{all: stringOf(read.Texts), bounds: read.Ends, numbers: read.Ints}, keep)
	if isNew && r.cache.limit > onePass { // the cache, which may forget it, is not asked with the lock
		at := r.placesOf(name)
		kept := r.cache.put(&at.dictionary, &cached{size: words.size(), gone: func() {
			r.forget(name)
			r.cache.clearPages(at)
		}})
		if !kept {
			r.forget(name)
		}
	}
	return words, nil
}

func (r *Reader) knownDict(name string) *Dict {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dicts[name]
}

// keepDict gives that which another has read meanwhile, if one has, so that all have the same. It reports whether this one is to be kept now.
func (r *Reader) keepDict(name string, words *Dict, keep bool) (all *Dict, isNew bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known := r.dicts[name]; known != nil {
		return known, false
	}
	if keep || r.runs > 0 {
		r.dicts[name] = words
	}
	return words, keep
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
func (r *Reader) page(name string, p int, decode func(*pagefile.Page) (v any, size int64, err error)) (v any, err error) {
	at := r.placesOf(name)
	if v := at.pages[p].get(); v != nil {
		return v, nil
	}
	err = r.read(name, p, func(page *pagefile.Page) error {
		var size int64
		var err error
		if v, size, err = decode(page); err != nil {
			return err
		}
		x := &cached{v: v, size: size}
		if hasDict(v) {
			x.dict = at.dictionary.Load()
			if x.dict == nil && r.cache.limit > onePass {
				return nil // a page would keep a dictionary for which there is no room
			}
		}
		r.cache.put(&at.pages[p], x)
		return nil
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
func (r *Reader) read(name string, p int, f func(*pagefile.Page) error) (err error) {
	defer guard(&err)
	page, err := r.open(name, p)
	if err != nil {
		return err
	}
	defer page.Close()
	return f(page)
}

// open gives page p of a column, to be closed. What is damaged may panic, here and when it is read: see guard.
func (r *Reader) open(name string, p int) (*pagefile.Page, error) {
	r.reads.Add(1)
	foot, err := r.footer()
	if err != nil {
		return nil, err
	}
	column, err := r.placed(foot, name)
	if err != nil {
		return nil, err
	}
	ahead := r.take(name)
	page, err := foot.Read(column, p, ahead)
	r.leave(name, ahead)
	if err != nil {
		return nil, err
	}
	if lo, hi := r.rowsOf(p); page.Rows != hi-lo {
		defer page.Close()
		return nil, fmt.Errorf("column %s, page %d has %d rows, should have %d", name, p, page.Rows, hi-lo)
	}
	return page, nil
}

// guard turns a panic of the Parquet library, which trusts lengths in a damaged file, into an error that names it.
func guard(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("damaged Parquet: %v", v)
	}
}
