package trail

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// Sealed is a sealed file. Its columns are opened when they are first asked for.
type Sealed struct {
	First, Last uint64           // range of records that was sealed together: this file holds all of them, or some
	Bytes       int64            // of the Parquet file
	Digest      counterfoil.Hash // SHA-256 of the Parquet file
	Index       *segment.Index

	rows       int
	base       string // of the file's name, before ".parquet"
	place      *place // the directory that has it
	indexBytes int64
	cache      *segment.Cache

	mu        sync.Mutex // guards below
	file      disk.File
	reader    *segment.Reader
	indexFile disk.File // open as long as Index reads from it
	kept      *contents // what retention asks of it; nil: not asked yet
	removed   bool      // it counts no more, and its names are gone
}

// unopened gives the file as a seal names it, in a directory that may have it.
func (s *Sealed) unopened(in *place, cache *segment.Cache) *Sealed {
	return &Sealed{First: s.First, Last: s.Last, Bytes: s.Bytes, Digest: s.Digest, rows: s.rows, base: s.base, place: in, cache: cache}
}

// Rows is the number of records.
func (s *Sealed) Rows() int { return s.rows }

// Name is the file's name: below the data directory, or with the directory that it lies in.
func (s *Sealed) Name() string { return s.place.show(s.base + ".parquet") }

func (s *Sealed) sealName() string { return sealName(spanBase(s.First, s.Last)) }

func (s *Sealed) indexName() string { return s.place.show(s.base + ".idx") }

// Reader opens the columns, and refuses an index that speaks of other pages.
func (s *Sealed) Reader() (*segment.Reader, error) {
	r, err := s.columns()
	if err == nil && s.Index != nil && s.Index.PageRows != r.PageRows {
		return nil, fmt.Errorf("%s has pages of %d records, %s speaks of %d (counterfoil trail repair makes that file again)", s.Name(), r.PageRows, s.indexName(), s.Index.PageRows)
	}
	return r, err
}

// columns opens the columns, whatever the index says.
func (s *Sealed) columns() (*segment.Reader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reader != nil {
		return s.reader, nil
	}
	f, err := s.place.fs.Open(s.place.file(s.base+".parquet"), false)
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err == nil && size != s.Bytes {
		err = fmt.Errorf("has %d bytes, should have %d", size, s.Bytes)
	}
	var r *segment.Reader
	if err == nil {
		r, err = segment.Open(f, size, s.cache)
	}
	if err == nil && (r.First < s.First || r.Last > s.Last || r.Rows != s.rows) {
		err = fmt.Errorf("holds %d records, %d to %d", r.Rows, r.First, r.Last)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name(), errors.Join(err, f.Close()))
	}
	r.Index = s.Index
	s.file, s.reader = f, r
	return r, nil
}

// loadIndex opens the index, or builds it from the columns where it is missing, damaged or of another version. It says
// why it was built. What of it is damaged and only read later is then built as well, and written if write is true.
func (s *Sealed) loadIndex(write bool, log *slog.Logger) (why error, err error) {
	defer func() {
		if s.reader != nil { // opened before, as those of the newest files are; nobody searches yet
			s.reader.Index = s.Index
		}
	}()
	why, err = s.openIndex(write, log)
	if why == nil || err != nil {
		return nil, err
	}
	if err := s.buildIndex(write); err != nil || !write {
		return why, err
	}
	_, err = s.openIndex(write, log)
	return why, err
}

// openIndex reads the head of the index file and leaves the file open. damage is why it is not to be used.
func (s *Sealed) openIndex(write bool, log *slog.Logger) (damage, err error) {
	f, err := s.place.fs.Open(s.place.file(s.base+".idx"), false)
	if isMissing(err) {
		return err, nil
	} else if err != nil {
		return nil, err
	}
	size, err := f.Size()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	x, damage := segment.OpenIndex(f, size, s.cache, func(damage error) *segment.Index { return s.mendIndex(damage, write, log) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if damage == nil && (x.First < s.First || x.Rows != s.rows || s.reader != nil && x.PageRows != s.reader.PageRows) {
		damage = errors.New("is that of another segment")
	}
	if damage != nil {
		return damage, f.Close()
	}
	err = s.closeIndex()
	s.Index, s.indexFile, s.indexBytes = x, f, size
	return nil, err
}

// buildIndex makes the index from the columns.
func (s *Sealed) buildIndex(write bool) error {
	r, err := s.columns()
	if err != nil {
		return err
	}
	if s.Index, err = r.BuildIndex(); err != nil {
		return fmt.Errorf("%s: %w", s.Name(), err)
	}
	r.Index = s.Index
	if !write {
		return nil
	}
	return s.writeIndex()
}

// mendIndex makes the index again when a look-up meets damage; nil if the columns do not give it. Whoever asked is
// answered from memory, whether or not it can be written.
func (s *Sealed) mendIndex(damage error, write bool, log *slog.Logger) *segment.Index {
	if errors.Is(damage, fs.ErrClosed) {
		return nil
	}
	r, err := s.columns()
	if err != nil {
		return nil // the columns say so themselves when they are read
	}
	x, err := r.BuildIndex()
	if err != nil {
		return nil
	}
	s.mu.Lock()
	if write = write && !s.removed; write { // what was removed does not come back
		err = disk.WriteFile(s.place.fs, s.place.file(s.base+".idx"), x.Marshal())
	}
	s.mu.Unlock()
	log.Warn("an index is damaged: it was made again", "file", s.indexName(), "damage", damage, "written", write, "err", err)
	return x
}

func (s *Sealed) writeIndex() error {
	data := s.Index.Marshal()
	s.indexBytes = int64(len(data))
	return disk.WriteFile(s.place.fs, s.place.file(s.base+".idx"), data)
}

func (s *Sealed) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.closeIndex()
	if s.file == nil {
		return err
	}
	s.cache.Drop(s.reader)
	err = errors.Join(err, s.file.Close())
	s.file, s.reader = nil, nil
	return err
}

// closeIndex closes the index file, if it is open. s.mu is held.
func (s *Sealed) closeIndex() (err error) {
	if s.indexFile != nil {
		err = s.indexFile.Close()
		s.indexFile = nil
	}
	return err
}
