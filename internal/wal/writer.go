package wal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/klauspost/compress/s2"

	"github.com/counterfoil/counterfoil/internal/disk"
)

// chunk is how much space is asked for at once.
const chunk = 16 << 20

// Writer appends batches to a file. It belongs to one goroutine.
type Writer struct {
	f       disk.File
	name    string
	seed    uint32
	prev    uint32 // head sum of the last frame
	next    uint64 // number that the next batch must begin with, if started
	started bool
	off     int64 // where the next frame begins
	durable int64 // what is synced
	alloc   int64 // length of the file
	dirty   bool  // bytes after off may not be zero: a write failed
	broken  error // a sync failed
}

// Create makes the file name with a header, which is the caller's to define, of at most [MaxHeader] bytes. The file and
// its name are on stable storage when Create returns. A file that has the name is replaced, so look before.
func Create(fsys disk.FS, name string, header []byte) (*Writer, error) {
	if len(header) > MaxHeader {
		return nil, fmt.Errorf("create %s: header of %d bytes, at most %d are allowed", name, len(header), MaxHeader)
	}
	temp := name + disk.TempSuffix
	f, err := disk.CreateAnew(fsys, temp)
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", name, err)
	}
	w := &Writer{f: f, name: name}
	if err := w.writeHeader(header); err != nil { // for want of space, perhaps: what it has is given back
		return nil, fmt.Errorf("create %s: %w", name, errors.Join(err, f.Close(), fsys.Remove(temp)))
	}
	if err = disk.PutInPlace(fsys, temp, name); err != nil {
		return nil, fmt.Errorf("create %s: %w", name, errors.Join(err, f.Close()))
	}
	return w, nil
}

func (w *Writer) writeHeader(header []byte) error {
	payload := make([]byte, nonceLen, nonceLen+len(header))
	rand.Read(payload)
	payload = append(payload, header...)
	n := len(payload)
	h := head{kind: kindHeader, size: uint32(n), stored: uint32(n), payloadSum: checksum(payload)}
	b := make([]byte, frameLen(n))
	copy(b[headSize:], payload)
	h.put(b, nonceSeed(make([]byte, nonceLen)))
	w.seed, w.prev = nonceSeed(payload[:nonceLen]), h.sum
	if err := w.write(b); err != nil {
		return err
	}
	return w.Sync()
}

// Continue opens a file that Replay has read, to append after tail.End. What lies behind it, torn or not, is cut off. What lies
// before it is on stable storage then: who wrote it may have been killed before it was synced, or its sync may have failed, after
// which the system goes on showing what it has not written and never writes.
func Continue(fsys disk.FS, name string, tail Tail) (*Writer, error) {
	f, err := fsys.Open(name, true)
	if err != nil {
		return nil, fmt.Errorf("continue %s: %w", name, err)
	}
	w := &Writer{f: f, name: name, seed: tail.seed, prev: tail.sum, next: tail.Next, started: tail.Frames > 0,
		off: tail.End, durable: tail.End, dirty: true}
	err = w.again(tail.synced)
	if err == nil {
		err = w.clean()
	}
	if err != nil {
		return nil, fmt.Errorf("continue %s: %w", name, errors.Join(err, f.Close()))
	}
	return w, nil
}

// again writes what stands from there to the end of the frames as it stands, so that the next sync has it.
func (w *Writer) again(from int64) error {
	const step = 1 << 20
	for buf := make([]byte, min(step, w.off-from)); from < w.off; {
		b := buf[:min(step, w.off-from)]
		if _, err := w.f.ReadAt(b, from); err != nil && err != io.EOF {
			return err
		}
		if _, err := w.f.WriteAt(b, from); err != nil {
			return err
		}
		from += int64(len(b))
	}
	return nil
}

// Append writes a batch of count records, numbered from first, with one write. It is not durable before Sync.
//
// The batch is any bytes, at most [MaxBatch] of them. After an error nothing was appended, and Append may be tried
// again: when the disk was full (disk.ErrFull), with success as soon as there is space. (Where the disk refuses to take back
// what it has written in part as well, a crash before the next success may bring up the batch that failed.)
func (w *Writer) Append(batch []byte, first uint64, count int) error {
	switch {
	case w.broken != nil:
		return fmt.Errorf("append to %s after a failed sync: %w", w.name, w.broken)
	case len(batch) > MaxBatch:
		return fmt.Errorf("append to %s: batch of %d bytes, at most %d are allowed", w.name, len(batch), MaxBatch)
	case count < 1 || count > math.MaxInt32 || first > math.MaxUint64-uint64(count):
		return fmt.Errorf("append to %s: batch of %d records from %d", w.name, count, first)
	case w.started && first != w.next:
		return fmt.Errorf("append to %s: batch begins with record %d where %d is next", w.name, first, w.next)
	}
	h := head{kind: kindS2, first: first, count: uint32(count), size: uint32(len(batch)), prev: w.prev, durable: w.durable}
	b := w.frame(batch, &h)
	err := w.write(b)
	frames.Put(&b)
	if err != nil {
		return fmt.Errorf("append to %s: %w", w.name, err)
	}
	w.prev, w.next, w.started = h.sum, first+uint64(count), true
	return nil
}

// frames holds the memory of frames, for the next one of any file.
var frames sync.Pool // of *[]byte

// frame builds a frame.
func (w *Writer) frame(batch []byte, h *head) []byte {
	var b []byte
	if last, ok := frames.Get().(*[]byte); ok {
		b = (*last)[:cap(*last)]
	}
	if need := headSize + s2.MaxEncodedLen(len(batch)) + sector; len(b) < need {
		b = make([]byte, need+need/4)
	}
	payload := s2.Encode(b[headSize:], batch)
	if len(payload) >= len(batch) {
		h.kind = kindPlain
		payload = b[headSize : headSize+copy(b[headSize:], batch)]
	}
	h.stored, h.payloadSum = uint32(len(payload)), checksum(payload)
	b = b[:frameLen(len(payload))]
	clear(b[headSize+len(payload):])
	h.put(b, w.seed)
	return b
}

// write puts a frame at the end of the file. Where that fails it takes back at once what may have been written, so that a
// crash later does not bring up a batch whose sender was told that it failed.
func (w *Writer) write(b []byte) error {
	if w.dirty {
		if err := w.clean(); err != nil {
			return err
		}
	}
	err := w.grow(w.off + int64(len(b)))
	if err == nil {
		_, err = w.f.WriteAt(b, w.off)
	}
	if err != nil {
		w.dirty = true
		return errors.Join(err, w.clean())
	}
	w.off += int64(len(b))
	return nil
}

// grow makes the file long enough for end: by whole chunks, or where there is no space for that by what is needed.
func (w *Writer) grow(end int64) error {
	if end <= w.alloc {
		return nil
	}
	size := (end + chunk - 1) / chunk * chunk
	err := w.f.Preallocate(size)
	if errors.Is(err, disk.ErrFull) {
		size = (end + sector - 1) / sector * sector
		err = w.f.Preallocate(size)
	}
	if err == nil {
		w.alloc = size
	}
	return err
}

// clean makes every byte from off on zero, durably: a torn or refused frame must not be found by a later reader.
func (w *Writer) clean() error {
	if err := w.f.Truncate(w.off); err != nil {
		return err
	}
	w.alloc = w.off
	if err := w.f.Sync(); err != nil {
		w.broken = err
		return err
	}
	w.dirty = false
	return nil
}

// Sync makes everything appended durable. After it failed once the writer refuses everything: what is on the disk is
// known only after a restart.
func (w *Writer) Sync() error {
	if w.broken != nil {
		return fmt.Errorf("sync %s after a failed sync: %w", w.name, w.broken)
	}
	if err := w.f.Sync(); err != nil {
		w.broken = err
		return fmt.Errorf("sync %s: %w", w.name, err)
	}
	w.durable = w.off
	return nil
}

// Finish sees, before another file goes on, that nothing is found here behind what was appended: what an Append that failed has
// left is taken back. Nothing more is appended after it.
func (w *Writer) Finish() error {
	err := w.broken
	if err == nil && w.dirty {
		err = w.clean()
	}
	if err != nil {
		return fmt.Errorf("finish %s: %w", w.name, err)
	}
	return nil
}

// Len gives the bytes in frames.
func (w *Writer) Len() int64 { return w.off }

// Trim gives back the space that was asked for in advance and not used. Nothing more is appended after it.
func (w *Writer) Trim() error {
	if w.broken != nil {
		return nil // what is on the disk is for recovery to find out
	}
	if err := w.f.Truncate(w.off); err != nil {
		return fmt.Errorf("trim %s: %w", w.name, err)
	}
	w.alloc = w.off
	return w.Sync()
}

// Close closes the file without Sync.
func (w *Writer) Close() error { return w.f.Close() }
