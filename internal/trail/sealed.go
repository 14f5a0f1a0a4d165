package trail

import (
	"errors"
	"fmt"
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

	mu     sync.Mutex // guards below
	file   disk.File
	reader *segment.Reader
	kept   *contents // what retention asks of it; nil: not asked yet
}

// Rows is the number of records.
func (s *Sealed) Rows() int { return s.rows }

// Name is the file's name: below the data directory, or with the directory that it lies in.
func (s *Sealed) Name() string { return s.place.show(s.base + ".parquet") }

func (s *Sealed) sealName() string { return sealName(spanBase(s.First, s.Last)) }

func (s *Sealed) indexName() string { return s.place.show(s.base + ".idx") }

// Reader opens the columns.
func (s *Sealed) Reader() (*segment.Reader, error) {
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

// loadIndex reads the index, or builds it from the columns where it is missing, damaged or of another version. It says
// why it was built.
func (s *Sealed) loadIndex(write bool) (why error, err error) {
	data, err := disk.ReadFile(s.place.fs, s.place.file(s.base+".idx"), 1<<30)
	if err == nil {
		x, perr := segment.ParseIndex(data)
		if perr == nil && x.First >= s.First && x.Rows == s.rows {
			s.Index, s.indexBytes = x, int64(len(data))
			return nil, nil
		}
		if why = perr; why == nil {
			why = errors.New("is that of another segment")
		}
	} else if why = err; !isMissing(err) {
		return nil, err
	}
	r, err := s.Reader()
	if err != nil {
		return why, err
	}
	if s.Index, err = r.BuildIndex(); err != nil {
		return why, fmt.Errorf("%s: %w", s.Name(), err)
	}
	r.Index = s.Index
	if !write {
		return why, nil
	}
	return why, s.writeIndex()
}

func (s *Sealed) writeIndex() error {
	data := s.Index.Marshal()
	s.indexBytes = int64(len(data))
	return disk.WriteFile(s.place.fs, s.place.file(s.base+".idx"), data)
}

func (s *Sealed) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	s.cache.Drop(s.reader)
	err := s.file.Close()
	s.file, s.reader = nil, nil
	return err
}
