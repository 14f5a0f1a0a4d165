package wal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/klauspost/compress/s2"

	"github.com/counterfoil/counterfoil/internal/disk"
)

// Tail is where a file ends and what was found there.
type Tail struct {
	Header []byte // what Create was given
	Frames int    // batches
	Next   uint64 // number after the last record; 0 if there is no batch
	End    int64  // length of the file in frames, in bytes
	Torn   error  // nil: the file ends cleanly. A *TornError: a frame that was never synced was cut off

	synced    int64 // of these bytes the last frame says so; of those behind nobody knows
	sum, seed uint32
}

// TornError says that the end of the file was written in part. Nothing that was acknowledged is lost.
type TornError struct {
	File   string
	Offset int64
	Reason string
}

func (e *TornError) Error() string {
	return fmt.Sprintf("%s: torn at byte %d: %s; it was never synced", e.File, e.Offset, e.Reason)
}

// CorruptError says that something that had been synced is no longer what it was.
type CorruptError struct {
	File   string
	Offset int64
	Reason string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s: damaged at byte %d: %s", e.File, e.Offset, e.Reason)
}

// Replay reads a file from its beginning and calls f for each batch with the number of its first record, the count of
// records and the bytes that Append was given, valid until f returns. It stops at the first error of f and returns it.
//
// The end of a file that a crash tore is no error: it is told in Tail.Torn. A *[CorruptError] says that the file is
// damaged before its end; the batches before that place have been given to f. Memory is bounded by the largest batch.
func Replay(fsys disk.FS, name string, f func(first uint64, count int, batch []byte) error) (Tail, error) {
	file, err := Open(fsys, name)
	if err != nil {
		return Tail{}, err
	}
	r := reader{f: file.f, name: name}
	err = r.replay(f)
	return r.tail, errors.Join(err, file.Close())
}

// File is a file that is read while its writer may be at work. It stays readable when its name is removed.
type File struct {
	f    disk.File
	name string
}

// Open opens a file for reading.
func Open(fsys disk.FS, name string) (*File, error) {
	f, err := fsys.Open(name, false)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	return &File{f, name}, nil
}

// Replay is [Replay] beside a writer: a frame that is being written looks torn or damaged for a moment, and is looked at
// again until it stays so.
func (f *File) Replay(each func(first uint64, count int, batch []byte) error) (Tail, error) {
	const looks, pause = 5, 10 * time.Millisecond
	r := reader{f: f.f, name: f.name}
	for look := 1; ; look++ {
		err := r.replay(each)
		_, doubtful := errors.AsType[*CorruptError](err)
		doubtful = doubtful || errors.Is(err, io.ErrUnexpectedEOF) || err == nil && r.tail.Torn != nil // the writer trims the file when it closes it
		if r.grown {
			look = 1
		}
		if !doubtful || look == looks {
			return r.tail, err
		}
		time.Sleep(pause)
	}
}

// Close closes the file.
func (f *File) Close() error { return f.f.Close() }

// reader reads one file.
type reader struct {
	f             disk.File
	name          string
	size          int64
	tail          Tail
	grown         bool // by the last replay
	head          [headSize]byte
	stored, plain []byte // reused
}

// replay reads from where it ended the last time to the end of the file as it is now.
func (r *reader) replay(f func(uint64, int, []byte) error) (err error) {
	if r.size, err = r.f.Size(); err != nil {
		return fmt.Errorf("replay %s: %w", r.name, err)
	}
	begin := r.tail.End
	if begin == 0 {
		if err := r.header(); err != nil {
			return err
		}
	}
	r.tail.Torn = nil
	for more := true; more && err == nil; {
		more, err = r.batch(f)
	}
	r.grown = r.tail.End > begin
	return err
}

func (r *reader) corrupt(off int64, format string, args ...any) error {
	return &CorruptError{r.name, off, fmt.Sprintf(format, args...)}
}

// header reads the first frame. A file has its name only once that frame is safe, so that any fault is damage.
func (r *reader) header() error {
	h, reason, err := r.frame(0, nonceSeed(make([]byte, nonceLen)))
	switch {
	case err != nil:
		return err
	case reason != "":
		return r.corrupt(0, "no header: %s", reason)
	case h.kind != kindHeader || h.prev != 0 || h.durable != 0:
		return r.corrupt(0, "the first frame is no header")
	}
	r.tail.Header = bytes.Clone(r.stored[nonceLen:])
	r.tail.seed, r.tail.sum = nonceSeed(r.stored[:nonceLen]), h.sum
	r.tail.End = frameLen(int(h.stored))
	r.tail.synced = r.tail.End
	return nil
}

// batch reads the next frame and tells whether there was one.
func (r *reader) batch(f func(uint64, int, []byte) error) (more bool, err error) {
	off := r.tail.End
	h, reason, err := r.frame(off, r.tail.seed)
	if err != nil {
		return false, err
	}
	if reason == "" {
		switch {
		case h.kind == kindHeader:
			reason = "a second header"
		case h.prev != r.tail.sum:
			reason = "the frame does not follow from the one before"
		case h.durable > off:
			reason = "the frame says that more was synced than there was"
		case r.tail.Frames > 0 && h.first != r.tail.Next:
			reason = fmt.Sprintf("the batch begins with record %d where %d is next", h.first, r.tail.Next)
		}
		if reason != "" { // its sums fit: no power cut does that
			return false, r.corrupt(off, "%s", reason)
		}
	}
	if reason != "" {
		return false, r.end(off, reason)
	}
	batch := r.stored
	if h.kind == kindS2 {
		if batch, err = r.decode(h); err != nil {
			return false, r.corrupt(off, "the sums fit and the S2 block does not decode: %v", err)
		}
	}
	if err := f(h.first, int(h.count), batch); err != nil {
		return false, err
	}
	r.tail.Frames++
	r.tail.synced = max(r.tail.synced, h.durable)
	r.tail.Next, r.tail.sum, r.tail.End = h.first+uint64(h.count), h.sum, off+frameLen(int(h.stored))
	return true, nil
}

// frame reads the frame at off; its payload goes to r.stored. A reason says why there is none.
func (r *reader) frame(off int64, seed uint32) (h head, reason string, err error) {
	if off+headSize > r.size {
		return h, "the file ends before a whole frame head", nil
	}
	if err := r.read(r.head[:], off); err != nil {
		return h, "", err
	}
	h, ok := parseHead(r.head[:], seed)
	switch {
	case !hasMagic(r.head[:]):
		return h, "no frame begins here", nil
	case !ok:
		return h, "the checksum of the frame head does not fit", nil
	case frameLen(int(h.stored)) > r.size-off:
		return h, "the frame is longer than the file", nil
	}
	n := int(frameLen(int(h.stored))) - headSize
	r.stored = slices.Grow(r.stored[:0], n)[:n]
	if err := r.read(r.stored, off+headSize); err != nil {
		return h, "", err
	}
	for _, c := range r.stored[h.stored:] {
		if c != 0 {
			return h, "the padding is not zero", nil
		}
	}
	if r.stored = r.stored[:h.stored]; checksum(r.stored) != h.payloadSum {
		return h, "the checksum of the payload does not fit", nil
	}
	return h, "", nil
}

func (r *reader) decode(h head) ([]byte, error) {
	n, err := s2.DecodedLen(r.stored)
	if err != nil {
		return nil, err
	}
	if n != int(h.size) {
		return nil, fmt.Errorf("it says %d bytes where the head says %d", n, h.size)
	}
	r.plain = slices.Grow(r.plain[:0], n)[:n]
	return s2.Decode(r.plain, r.stored)
}

func (r *reader) read(p []byte, off int64) error {
	if _, err := r.f.ReadAt(p, off); err != nil && err != io.EOF {
		return fmt.Errorf("replay %s at byte %d: %w", r.name, off, err)
	} else if err == io.EOF && off+int64(len(p)) > r.size {
		return fmt.Errorf("replay %s at byte %d: %w", r.name, off, io.ErrUnexpectedEOF)
	}
	return nil
}
