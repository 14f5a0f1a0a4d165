package file

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// Position says where the stream stands but for what the decoder holds.
func (s *Stream) Position(held dialect.Held) []byte {
	s.refresh()
	s.forget(held)
	p := position{end: s.place(), within: s.within, left: s.left}
	if s.f == nil {
		return p.encode()
	}
	p.files = append(slices.Clip(s.old), s.part)
	p.before = digestBefore(s.f, p.end-s.base)
	if !held.Any {
		return p.encode()
	}
	if p.held = held.Frames; p.held != nil {
		if b := p.encode(); b != nil {
			return b
		}
	}
	// Which frames are held is not known, or takes too long to say: all from the oldest on come again.
	p.end, p.held, p.within, p.left, p.before = held.Pos, nil, false, 0, nil
	b := p.encode()
	if b == nil {
		panic(fmt.Sprintf("intake/file: a position with %d files does not fit", len(p.files)))
	}
	return b
}

// forget drops the files before f in which nothing is held. More than maxOld are never kept: 32 rotations while one
// event is incomplete have no honest cause.
func (s *Stream) forget(held dialect.Held) {
	const maxOld = 32
	for len(s.old) > 0 {
		next := s.base
		if len(s.old) > 1 {
			next = s.old[1].base
		}
		if held.Any && held.Pos < next && len(s.old) <= maxOld {
			return
		}
		s.old = slices.Delete(s.old, 0, 1)
	}
}

// Resume finds the place that a position describes.
func (s *Stream) Resume(b []byte) error {
	if b == nil {
		return s.first()
	}
	p, err := decodePosition(b)
	if err != nil {
		return err
	}
	if len(p.files) == 0 {
		return nil // there was no file yet: whatever comes is read from its beginning
	}
	i := fileOf(p.files, p.end)
	s.old, s.held = slices.Clip(p.files[:i]), p.held
	f, _, err := locate(s.opts.Path, p.files[i].identity, p.end-p.files[i].base, p.before)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if f == nil {
		s.base = p.end
		at := p.end - p.files[i].base
		s.old = append(s.old, p.files[i])
		s.notes = append(s.notes, intake.Note{Name: act.Gap, Count: intake.UnknownCount, Unit: "lines",
			Reason: "the file in which reading stopped is gone, or holds something else now; what it, and files that were rotated since, got afterwards is missing",
			Data:   func(b *counterfoil.Builder) { b.Int("read", at) }})
		return nil
	}
	s.f, s.part, s.off, s.within, s.left = f, p.files[i], p.end-p.files[i].base, p.within, p.left
	if st, err := f.Stat(); err == nil {
		s.dev, s.ino = inode(st)
	}
	return nil
}

// first begins a file that was never read. It is opened at once, so that the first position already names it.
func (s *Stream) first() error {
	f, err := openRegular(s.opts.Path)
	if err != nil {
		return nil // Read says what the trouble is; what appears later is read from its beginning
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	s.use(f)
	if s.opts.FromEnd {
		s.off, err = lastLine(f, st.Size())
	}
	return err
}

// lastLine gives the offset behind the last LF before size. A line of more than intake.MaxFrame is not looked through.
func lastLine(f *os.File, size int64) (int64, error) {
	var b [4096]byte
	for end := size; end > max(0, size-intake.MaxFrame); {
		n := min(end, int64(len(b)))
		if _, err := f.ReadAt(b[:n], end-n); err != nil && err != io.EOF {
			return 0, err
		}
		for i := n - 1; i >= 0; i-- {
			if b[i] == '\n' {
				return end - n + i + 1, nil
			}
		}
		if end -= n; end == 0 {
			return 0, nil
		}
	}
	return size, nil
}

// fileOf gives the index of the file in which place stands; a place between two belongs to the newer.
func fileOf(files []part, place int64) int {
	i := len(files) - 1
	for i > 0 && files[i].base > place {
		i--
	}
	return i
}

// replay gives the frames that the decoder held when the position was kept.
func (s *Stream) replay() {
	held := s.held
	s.held = nil
	files := append(slices.Clip(s.old), s.part)
	lost := 0
	for len(held) > 0 {
		i := fileOf(files, held[0])
		n := len(held)
		if i+1 < len(files) {
			n = 0
			for n < len(held) && held[n] < files[i+1].base {
				n++
			}
		}
		lost += s.replayFile(files[i], held[:n])
		held = held[n:]
	}
	if lost > 0 {
		s.notes = append(s.notes, intake.Note{Name: act.Gap, Count: int64(lost), Unit: "lines",
			Reason: "lines of an event that was incomplete at the last stop are gone with their file"})
	}
}

// replayFile gives the frames of one file, and the number of those that are gone.
func (s *Stream) replayFile(p part, held []int64) (lost int) {
	f, _, err := locate(s.opts.Path, p.identity, held[len(held)-1]-p.base+1, nil)
	if f == nil || err != nil {
		return len(held)
	}
	defer f.Close()
	now := counterfoil.TimeOf(s.opts.Now())
	for _, place := range held {
		token, err := s.frameAt(f, place-p.base)
		if err != nil {
			lost++
			continue
		}
		s.frames = append(s.frames, dialect.Frame{Data: token, Pos: place, Host: s.opts.Host, Received: now})
	}
	return lost
}

// frameAt reads the frame at an offset.
func (s *Stream) frameAt(f *os.File, off int64) ([]byte, error) {
	for size := 8 << 10; ; size *= 4 {
		b := make([]byte, min(size, intake.MaxFrame))
		n, err := f.ReadAt(b, off)
		if err != nil && err != io.EOF || n == 0 {
			return nil, err
		}
		if advance, token, serr := s.opts.Split(b[:n], err == io.EOF); serr == nil && advance > 0 && token != nil {
			return token, nil
		}
		if size >= intake.MaxFrame || err == io.EOF {
			return b[:n], nil
		}
	}
}
