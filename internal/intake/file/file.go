// Package file follows a file that grows and is rotated, and goes on after a restart exactly where it stopped: every line
// comes once, in order.
//
// Rotation by rename: the old file is read to its end by its open descriptor, files that were rotated meanwhile come next,
// then the new one. Rotation by copy and truncate: the rest is read from the copy where one is found; where not, an event
// GAP says so. A file is known by device, inode and its first bytes, after a restart also by those before the place where reading
// stopped, so an inode that is used again does not deceive, nor do files that begin alike.
// Compressed files are not read. A last line without its end is read when the end comes, or when the file is rotated away.
//
// What cannot be seen: a file that is truncated and grows beyond the old size with the same first bytes within one poll.
package file

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// Options say what to follow.
type Options struct {
	Path    string
	FromEnd bool             // when it is read for the first time, begin behind its last whole line
	Split   bufio.SplitFunc  // the dialect's framing; default: lines, ended by LF
	Host    string           // of the frames; empty where the dialect knows it
	Poll    time.Duration    // how often to look for more; default 250 ms
	Now     func() time.Time // default time.Now
}

const firstBuffer = 64 << 10

// Stream is one followed file.
type Stream struct {
	opts   Options
	frames []dialect.Frame
	notes  []intake.Note

	f    *os.File // being read; nil until there is one
	part          // f's identity, and the place of its first byte
	off  int64    // in f, behind what was read into buf
	buf  []byte   // buf[r:w] was read and not given
	r, w int
	// within: what comes next belongs to a frame that is too long; left: so many bytes of it do, the last tail of which part it from the next
	within bool
	left   int64
	tail   int

	old   []part           // files before f in which the decoder holds frames
	held  []int64          // places to be given again by the first Read
	idle  bool             // the end of f was reached; look before reading on
	whole counterfoil.Time // when f was last seen whole
	since time.Time        // when the next file was first seen; zero: not yet
	said  string           // the trouble that was noted last

	prev     *os.File // the file before f: nobody should write to it any more
	prevSize int64
}

// New makes a stream. Nothing is opened before Resume.
func New(o Options) *Stream {
	if o.Split == nil {
		o.Split = splitLines
	}
	if o.Poll == 0 {
		o.Poll = 250 * time.Millisecond
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Stream{opts: o, idle: true}
}

func splitLines(data []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

func (s *Stream) String() string { return s.opts.Path }

// Commit does nothing: the position is kept by the trail.
func (s *Stream) Commit(int64) error { return nil }

// Replays says yes: the file gives held frames again.
func (s *Stream) Replays() bool { return true }

// Close closes the files.
func (s *Stream) Close() error {
	var errs []error
	for _, f := range []*os.File{s.f, s.prev} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	s.f, s.prev = nil, nil
	return errors.Join(errs...)
}

// Read gives the lines there are, or waits for some.
func (s *Stream) Read(ctx context.Context) (intake.Batch, error) {
	s.frames = s.frames[:0]
	if s.replay(); len(s.frames)+len(s.notes) > 0 {
		return s.batch(), nil
	}
	for {
		if err := ctx.Err(); err != nil {
			return intake.Batch{}, err
		}
		more := s.advance()
		if len(s.frames)+len(s.notes) > 0 {
			return s.batch(), nil
		}
		if more {
			continue
		}
		timer := time.NewTimer(s.opts.Poll)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
	}
}

func (s *Stream) batch() intake.Batch {
	b := intake.Batch{Notes: s.notes, Frames: s.frames}
	s.notes = nil
	return b
}

// advance does one step towards the next frame and says whether there may be more to do at once.
func (s *Stream) advance() (more bool) {
	if s.f == nil {
		return s.begin()
	}
	if s.cut(false); len(s.frames) > 0 {
		return true
	}
	if s.idle && s.truncated() {
		return true
	}
	n, err := s.fill()
	if err != nil {
		s.trouble("read", err)
		return false
	}
	s.well("read")
	if n > 0 {
		s.idle = false
		s.cut(false)
		return true
	}
	s.idle = true
	s.refresh()
	s.watchPrev()
	return s.follow()
}

// begin opens the file for the first time.
func (s *Stream) begin() bool {
	f, err := openRegular(s.opts.Path)
	if err != nil {
		s.trouble("open", err)
		return false
	}
	s.use(f)
	s.well("open")
	return true
}

// use goes on with f from its beginning, behind the file that was read until now.
func (s *Stream) use(f *os.File) {
	if s.f != nil {
		s.retire()
		if s.prev != nil {
			s.prev.Close()
		}
		s.prev, s.prevSize = s.f, s.off
	}
	place := s.base + s.off
	s.f, s.part, s.off, s.idle, s.since = f, part{base: place}, 0, true, time.Time{}
	s.r, s.w, s.within, s.left = 0, 0, false, 0
	if st, err := f.Stat(); err == nil {
		s.dev, s.ino = inode(st)
	}
}

// retire remembers f for the frames in it that the decoder holds.
func (s *Stream) retire() {
	s.refresh()
	s.old = append(s.old, s.part)
}

// refresh lets the fingerprint cover what was read since, up to its full size.
func (s *Stream) refresh() {
	if s.f != nil {
		s.cover(s.f, s.off)
	}
}

// truncated looks whether f was cut short since its end was reached, and begins it again if so.
func (s *Stream) truncated() bool {
	st, err := s.f.Stat()
	if err != nil {
		return false
	}
	if st.Size() >= s.off && s.begins(s.f, st) {
		s.whole = counterfoil.TimeOf(s.opts.Now())
		return false
	}
	// Whoever truncates has copied first. The copy has what came in between.
	if g, name := s.copyOf(); g != nil {
		s.f.Close()
		s.f, s.idle = g, false
		if st, err := g.Stat(); err == nil {
			s.dev, s.ino = inode(st)
		}
		s.notes = append(s.notes, intake.Note{Name: act.InputStart, Reason: "the file was truncated; its rest is read from a copy",
			Data: func(b *counterfoil.Builder) { b.String("copy", name) }})
		return true
	}
	if s.cut(true); s.r < s.w {
		return true // more than one batch is left; the next call comes here again
	}
	was, is := s.off, st.Size()
	s.old = append(s.old, s.part)
	s.part = part{identity: identity{dev: s.dev, ino: s.ino}, base: s.base + s.off}
	s.off, s.idle, s.within, s.left = 0, false, false, 0
	s.notes = append(s.notes, intake.Note{Name: act.Gap, Count: intake.UnknownCount, Unit: "lines",
		Reason: "the file was truncated; lines written shortly before it may be missing", From: s.whole,
		Data: func(b *counterfoil.Builder) { b.Int("read", was); b.Int("size", is) }})
	return true
}

func (s *Stream) copyOf() (f *os.File, name string) {
	all, err := siblings(s.opts.Path)
	if err != nil {
		return nil, ""
	}
	for _, x := range slices.Backward(all) {
		if f := open(x.name, func(f *os.File, st os.FileInfo) bool { return s.isCopy(f, st, s.off) }); f != nil {
			return f, x.name
		}
	}
	return nil, ""
}

// follow goes on to the next file if f was rotated away and read to its end.
func (s *Stream) follow() bool {
	st, err := s.f.Stat()
	if err != nil {
		s.trouble("look at", err)
		return false
	}
	name, err := newer(s.opts.Path, st)
	if err != nil {
		s.trouble("look for the next file of", err)
		return false
	}
	if name == "" {
		s.since = time.Time{}
		s.well("look", "open")
		return false
	}
	next, err := openRegular(name)
	if err != nil {
		if !os.IsNotExist(err) { // else it was rotated this moment: look again
			s.trouble("open", err)
		}
		return false
	}
	if !s.isNext(next, st, name) || !s.finished(next) {
		next.Close()
		return false
	}
	if s.cut(true); s.r < s.w {
		next.Close()
		return true
	}
	s.passOver(st, name)
	s.use(next)
	s.well("look", "open")
	return true
}

// passOver says which files were begun after f and before the next, and cannot be read.
func (s *Stream) passOver(f os.FileInfo, next string) {
	const most = 16 // that are named
	names := between(s.opts.Path, f, next)
	if len(names) == 0 {
		return
	}
	s.notes = append(s.notes, intake.Note{Name: act.Gap, Count: int64(len(names)), Unit: "files",
		Reason: "files that were rotated away before they were read are compressed",
		Data: func(b *counterfoil.Builder) {
			b.Array("files")
			for _, name := range names[:min(len(names), most)] {
				b.String("", name)
			}
			b.End()
		}})
}

// isNext makes sure that no rotation came between finding the name and opening it.
func (s *Stream) isNext(next *os.File, f os.FileInfo, name string) bool {
	again, err := newer(s.opts.Path, f)
	if err != nil || again != name {
		return false
	}
	opened, err1 := next.Stat()
	named, err2 := os.Stat(name)
	return err1 == nil && err2 == nil && os.SameFile(opened, named)
}

// rotateGrace is how long the writer may go on with the old file while the new one is empty.
const rotateGrace = 2 * time.Second

// finished reports whether nothing more is to come from f: its end is still its end after the next file was seen, and the
// writer has begun with the next or has had time to.
func (s *Stream) finished(next *os.File) bool {
	now := s.opts.Now()
	if s.since.IsZero() {
		s.since = now
	}
	st, err := next.Stat()
	if err != nil || st.Size() == 0 && now.Sub(s.since) < rotateGrace {
		return false
	}
	st, err = s.f.Stat()
	return err == nil && st.Size() <= s.off
}

// watchPrev says so if somebody writes to the file before f after all.
func (s *Stream) watchPrev() {
	if s.prev == nil {
		return
	}
	if st, err := s.prev.Stat(); err == nil && st.Size() > s.prevSize {
		grown := st.Size() - s.prevSize
		s.prevSize = st.Size()
		s.notes = append(s.notes, intake.Note{Name: act.Gap, Count: grown, Unit: "bytes",
			Reason: "somebody wrote to the rotated file after the new one was begun; this is not read"})
	}
}

// trouble notes an error once, until another comes.
func (s *Stream) trouble(what string, err error) {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	text := fmt.Sprintf("%s %s: %v", what, s.opts.Path, err)
	if text != s.said {
		s.said = text
		s.notes = append(s.notes, intake.Note{Name: act.InputError, Reason: text})
	}
}

// well ends the trouble that was noted, if it was with one of these.
func (s *Stream) well(with ...string) {
	for _, what := range with {
		if strings.HasPrefix(s.said, what) {
			s.said = ""
			s.notes = append(s.notes, intake.Note{Name: act.InputStart, Reason: "the file can be read now"})
		}
	}
}
