package segment

import (
	"errors"
	"fmt"
	"weak"

	"github.com/parquet-go/parquet-go"
)

// footer is what the end of a file says: what its columns are, and where their pages stand. It takes a tenth of a megabyte of memory, so that
// those of all files of a large trail are more than may be kept: it is in the cache, as pages are, and is read again when it is asked for.
type footer struct {
	file   *parquet.File
	chunks map[string]parquet.ColumnChunk
}

// About what a column of a footer takes, and a page of it, whose place is read when the column is.
const (
	columnBytes = 1600
	placeBytes  = 24
)

// footer gives that of the file.
func (r *Reader) footer() (f *footer, err error) {
	if c := r.foot.Load(); c != nil { // not used, as the cache sees it: pages, for which it would be read, are better kept
		return c.v.(*footer), nil
	}
	held, recent := r.footersAround()
	if held != nil {
		return held, nil
	}
	if recent == nil {
		defer guard(&err)
		file, err := r.openFile()
		if err != nil {
			return nil, err
		}
		if recent, err = r.checked(file); err != nil {
			return nil, err
		}
	}
	r.keepFooter(recent)
	return recent, nil
}

// footersAround gives the footer that stays while pages are read together, and one that nobody has collected yet; nil where there is none.
func (r *Reader) footersAround() (held, recent *footer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held, r.recent.Value()
}

// keepFooter keeps a footer in the cache, if that has room, and in any case while pages are read together.
func (r *Reader) keepFooter(f *footer) {
	size := len(f.chunks) * (columnBytes + placeBytes*r.Pages())
	if r.cache.limit > onePass {
		r.cache.put(&r.foot, &cached{v: f, size: int64(size), spare: true})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recent = weak.Make(f)
	if r.runs > 0 || r.cache.limit <= onePass {
		r.held = f
	}
}

// openFile reads the end of the file.
func (r *Reader) openFile() (*parquet.File, error) {
	if f, ok := r.from.(expecter); ok {
		at := max(0, r.Size-footerBytes)
		f.Expect(at, r.Size-at)
	}
	return parquet.OpenFile(r.from, r.Size, parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true), parquet.ReadBufferSize(4<<10))
}

// checked gives the footer of a file whose columns are what they should be.
func (r *Reader) checked(file *parquet.File) (*footer, error) {
	if n := len(file.RowGroups()); n != 1 || file.NumRows() != int64(r.Rows) {
		return nil, fmt.Errorf("has %d row groups with %d rows, should have 1 with %d", n, file.NumRows(), r.Rows)
	}
	if err := errors.Join(checkCodecs(file), r.checkColumns(file)); err != nil {
		return nil, err
	}
	f := &footer{file, map[string]parquet.ColumnChunk{}}
	chunks := file.RowGroups()[0].ColumnChunks()
	for i, path := range file.Schema().Columns() {
		f.chunks[path[0]] = chunks[i]
	}
	return f, nil
}
