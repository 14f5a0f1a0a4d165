package segment

import (
	"errors"
	"fmt"
	"weak"

	"github.com/counterfoil/counterfoil/internal/pagefile"
)

// footer is what the end of a file says: what its columns are, and where their pages stand. Those of all files of a large trail are more than may be
// kept: it is in the cache, as pages are, and is read again when it is asked for.
type footer struct {
	*pagefile.File
	columns map[string]*pagefile.Column
}

// About what a column of a footer takes, and the place of a page of it.
const (
	columnBytes = 240
	placeBytes  = 4
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
	size := len(f.columns) * (columnBytes + placeBytes*r.Pages())
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
func (r *Reader) openFile() (*pagefile.File, error) {
	if f, ok := r.from.(expecter); ok {
		at := max(0, r.Size-pagefile.TailBytes)
		f.Expect(at, r.Size-at)
	}
	return pagefile.Open(r.from, r.Size)
}

// checked gives the footer of a file whose columns are what they should be.
func (r *Reader) checked(file *pagefile.File) (*footer, error) {
	if file.Rows != int64(r.Rows) {
		return nil, fmt.Errorf("has %d rows, should have %d", file.Rows, r.Rows)
	}
	f := &footer{file, make(map[string]*pagefile.Column, len(file.Columns))}
	for i := range file.Columns {
		f.columns[file.Columns[i].Name] = &file.Columns[i]
	}
	if err := errors.Join(f.checkCodecs(), r.checkColumns(f)); err != nil {
		return nil, err
	}
	return f, nil
}

// checkCodecs refuses what this program does not write.
func (f *footer) checkCodecs() error {
	for i := range f.Columns {
		if c := &f.Columns[i]; !c.CanUnpack() {
			return fmt.Errorf("column %s is compressed with %s", c.Name, c.Codec)
		}
	}
	return nil
}

// placed gives a column of the file, the places of whose pages are as they should be.
func (r *Reader) placed(f *footer, name string) (*pagefile.Column, error) {
	c := f.columns[name]
	n, err := c.Pages()
	if err != nil {
		return nil, err
	}
	if want := min(r.PageRows, r.Rows); n != r.Pages() || c.PageRows != want {
		return nil, fmt.Errorf("column %s has %d pages of %d rows, should have %d of %d", name, n, c.PageRows, r.Pages(), want)
	}
	return c, nil
}
