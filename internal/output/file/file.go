// Package file is the output that appends to a file on a disk of its own machine, as the audit log of Percona's server
// does: one file that grows and is put aside under a name with the time (rotate.go).
//
// A batch is synced before its cursor is kept, and the cursor has the file's size: whatever a crash or a full disk left
// behind that size is cut off and written again, so that the file has every record once, whole and in order. The file is
// locked (flock) while it is written, and nobody else may write to it.
package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/output"
)

// Options say what is written where.
type Options struct {
	FS     disk.FS // the directory
	Name   string  // of the file in it
	Path   string  // of the file, for people
	Encode output.Encode
	Reopen bool // rotating closes the file and opens the name again: somebody else has moved it
}

// sink is an open file.
type sink struct {
	Options
	lock io.Closer
	f    disk.File
	size int64  // whole records end here
	head []byte // of the file, at most headSize: it tells one file from another
	buf  bytes.Buffer
	enc  dialect.Encoder
}

const headSize = 1024

// Open opens the file, makes it if need be, and cuts off what stands behind the mark, if it is the file that the mark is
// of.
func Open(o Options, mark []byte) (output.Sink, error) {
	s := &sink{Options: o}
	if err := s.open(mark); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *sink) open(mark []byte) (err error) {
	if s.lock, err = s.FS.Lock(s.Name); errors.Is(err, disk.ErrLocked) {
		return fmt.Errorf("another program, or another output, writes to it: %w", err)
	} else if err != nil {
		return err
	}
	if s.f, err = s.FS.Open(s.Name, true); errors.Is(err, fs.ErrNotExist) {
		s.f, err = s.FS.Create(s.Name)
	}
	if err != nil {
		return err
	}
	if err := s.FS.SyncDir("."); err != nil {
		return err
	}
	if s.size, err = s.f.Size(); err != nil {
		return err
	}
	if s.head, err = headOf(s.f, s.size); err != nil {
		return err
	}
	if size, ours := s.marked(mark); ours && size < s.size {
		if err := s.f.Truncate(size); err != nil {
			return err
		}
		s.size, s.head = size, s.head[:min(size, headSize)]
	}
	encode := s.Encode
	if s.size > 0 {
		encode = s.Encode.Continue
	}
	s.enc, err = encode(&s.buf)
	return err
}

func headOf(f disk.File, size int64) ([]byte, error) {
	head := make([]byte, min(size, headSize), headSize)
	if n, err := f.ReadAt(head, 0); n < len(head) {
		return nil, err
	}
	return head, nil
}

// Mark gives the size, and the length and sum of the file's first bytes.
func (s *sink) Mark() []byte {
	b := binary.AppendUvarint(nil, uint64(s.size))
	b = binary.AppendUvarint(b, uint64(len(s.head)))
	sum := sha256.Sum256(s.head)
	return append(b, sum[:8]...)
}

// marked gives the size that a mark tells, if this file begins as the marked one did. An empty file is any.
func (s *sink) marked(mark []byte) (size int64, ours bool) {
	n, k := binary.Uvarint(mark)
	if k <= 0 {
		return 0, false
	}
	length, j := binary.Uvarint(mark[k:])
	if j <= 0 || length == 0 || length > uint64(len(s.head)) || length > n || n > uint64(s.size) {
		return 0, false
	}
	sum := sha256.Sum256(s.head[:length])
	return int64(n), bytes.Equal(mark[k+j:], sum[:8])
}

var errClosed = errors.New("it could not be opened again when it was rotated")

// Write appends records and syncs.
func (s *sink) Write(_ context.Context, records []counterfoil.Record) error {
	if s.enc == nil {
		return errClosed
	}
	s.buf.Reset()
	bad := output.EncodeInto(&s.buf, s.enc, records)
	if err := s.put(); err != nil {
		return err
	}
	return bad
}

// put writes what the encoder gave.
func (s *sink) put() error {
	if s.buf.Len() == 0 {
		return nil
	}
	text := s.buf.Bytes()
	if _, err := s.f.WriteAt(text, s.size); err != nil {
		return err
	}
	if err := s.f.Sync(); err != nil {
		return err
	}
	s.size += int64(len(text))
	s.head = append(s.head, text[:min(len(text), headSize-len(s.head))]...)
	return nil
}

// Close writes what the form has at its end, behind the mark: where the file is continued, it is cut off again.
func (s *sink) Close() error {
	var err error
	if s.enc != nil && s.size > 0 {
		s.buf.Reset()
		if err = s.enc.Close(); err == nil {
			err = s.put()
		}
	}
	return errors.Join(err, s.release())
}

func (s *sink) release() (err error) {
	if s.f != nil {
		err = s.f.Close()
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	s.enc, s.f, s.lock = nil, nil, nil
	return err
}
