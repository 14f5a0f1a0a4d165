package trail

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"sort"
	"strings"
	"sync"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/segment"
)

const (
	segmentDir = "segment"
	sealHead   = "counterfoil segment 1"
)

// Sealed is a sealed segment. Its columns are opened when they are first asked for.
type Sealed struct {
	First, Last uint64
	Bytes       int64            // of the Parquet file
	Digest      counterfoil.Hash // SHA-256 of the Parquet file
	Root        counterfoil.Hash // of the tree with Last+1 records
	Index       *segment.Index

	name  string // of the Parquet file
	fs    disk.FS
	cache *segment.Cache

	mu     sync.Mutex // guards below
	file   disk.File
	reader *segment.Reader
}

// Rows is the number of records.
func (s *Sealed) Rows() int { return int(s.Last - s.First + 1) }

// Name is the file's name below the data directory.
func (s *Sealed) Name() string { return s.name }

func segmentName(first, last uint64) string {
	return path.Join(segmentDir, fmt.Sprintf("%016d-%016d.parquet", first, last))
}

func indexName(parquet string) string { return strings.TrimSuffix(parquet, ".parquet") + ".idx" }
func sealName(parquet string) string  { return strings.TrimSuffix(parquet, ".parquet") + ".seal" }

// text is what the seal's note says.
func (s *Sealed) text(origin string) string {
	return fmt.Sprintf("%s\n%s\n%s\n%d %x\n%d %s\n", sealHead, origin, path.Base(s.name), s.Bytes, s.Digest[:],
		s.Last+1, base64.StdEncoding.EncodeToString(s.Root[:]))
}

// readSeal reads the note of a segment.
func readSeal(fsys disk.FS, name string, id *identity) (*Sealed, error) {
	msg, err := disk.ReadFile(fsys, sealName(name), 1<<16)
	if err != nil {
		return nil, err
	}
	text, err := openNote(msg, id.vkey)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sealName(name), err)
	}
	s := &Sealed{name: name, fs: fsys}
	var digest, root string
	var size uint64
	lines := strings.Split(text, "\n")
	if len(lines) != 6 || lines[0] != sealHead {
		return nil, fmt.Errorf("%s: is no seal of this version", sealName(name))
	}
	_, err1 := fmt.Sscanf(lines[2], "%016d-%016d.parquet", &s.First, &s.Last)
	_, err2 := fmt.Sscanf(lines[3], "%d %s", &s.Bytes, &digest)
	_, err3 := fmt.Sscanf(lines[4], "%d %s", &size, &root)
	d, err4 := hex.DecodeString(digest)
	r, err5 := base64.StdEncoding.DecodeString(root)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil || len(d) != 32 || len(r) != 32 {
		return nil, fmt.Errorf("%s: is not in its one form: %w", sealName(name), err)
	}
	copy(s.Digest[:], d)
	copy(s.Root[:], r)
	if s.text(id.origin) != text {
		return nil, fmt.Errorf("%s: is that of another segment or trail, or not in its one form", sealName(name))
	}
	return s, nil
}

// listSealed finds the segments that have a seal, in order, and the files that belong to none.
func listSealed(fsys disk.FS, id *identity) (sealed []*Sealed, stray []string, err error) {
	names, err := fsys.ReadDir(segmentDir)
	if err != nil {
		return nil, nil, err
	}
	have := map[string]bool{}
	for _, n := range names {
		have[n] = true
	}
	for _, n := range names {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(n, ".parquet"), ".seal"), ".idx")
		if base == n || !have[base+".seal"] {
			stray = append(stray, path.Join(segmentDir, n))
			continue
		}
		if !strings.HasSuffix(n, ".seal") {
			continue
		}
		s, err := readSeal(fsys, path.Join(segmentDir, base+".parquet"), id)
		if err != nil {
			return nil, nil, err
		}
		sealed = append(sealed, s)
	}
	sort.Slice(sealed, func(i, j int) bool { return sealed[i].First < sealed[j].First })
	next := uint64(0)
	for _, s := range sealed {
		if s.First != next {
			return nil, nil, fmt.Errorf("%s begins with record %d where %d is next", s.name, s.First, next)
		}
		next = s.Last + 1
	}
	return sealed, stray, nil
}

// Reader opens the columns.
func (s *Sealed) Reader() (*segment.Reader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reader != nil {
		return s.reader, nil
	}
	f, err := s.fs.Open(s.name, false)
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
	if err == nil && (r.First != s.First || r.Last() != s.Last) {
		err = fmt.Errorf("holds records %d to %d", r.First, r.Last())
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, errors.Join(err, f.Close()))
	}
	r.Index = s.Index
	s.file, s.reader = f, r
	return r, nil
}

// loadIndex reads the index, or builds it from the columns where it is missing, damaged or of another version. It says
// why it was built.
func (s *Sealed) loadIndex(write bool) (why error, err error) {
	data, err := disk.ReadFile(s.fs, indexName(s.name), 1<<30)
	if err == nil {
		x, perr := segment.ParseIndex(data)
		if perr == nil && x.First == s.First && x.Rows == s.Rows() {
			s.Index = x
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
		return why, fmt.Errorf("%s: %w", s.name, err)
	}
	r.Index = s.Index
	if !write {
		return why, nil
	}
	return why, disk.WriteFile(s.fs, indexName(s.name), s.Index.Marshal())
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
