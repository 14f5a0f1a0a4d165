package file

import (
	"io"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// fill reads on. n is 0 at the end of the file. What was read is of f only if f still begins as before: bytes that came after it was
// truncated, and grew beyond the place of reading, are left for truncated to find.
func (s *Stream) fill() (n int, err error) {
	if s.r > 0 {
		s.w = copy(s.buf, s.buf[s.r:s.w])
		s.r = 0
	}
	if s.w == len(s.buf) && len(s.buf) < intake.MaxBytes {
		grown := make([]byte, max(firstBuffer, 2*len(s.buf)))
		copy(grown, s.buf[:s.w])
		s.buf = grown
	}
	n, err = s.f.ReadAt(s.buf[s.w:], s.off)
	if n > 0 && s.off == 0 {
		s.n = min(int64(n), maxPrint)
		s.sum = digest(s.buf[s.w:][:s.n])
	} else if n > 0 && s.n > 0 {
		if sum, perr := print(s.f, s.n); perr == nil && sum != s.sum || perr == io.EOF {
			n = 0
		}
	}
	s.w += n
	s.off += int64(n)
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// cut gives the frames in buf; last says that no bytes will follow them.
func (s *Stream) cut(last bool) {
	now, start := counterfoil.TimeOf(s.opts.Now()), s.r
	for len(s.frames) < intake.MaxFrames && s.r-start < intake.MaxBytes && s.r < s.w {
		data := s.buf[s.r:s.w]
		n, token, err := s.opts.Split(data, last)
		piece := ""
		if s.within {
			piece = intake.TooLong
		}
		switch {
		case err != nil, last && n == 0:
			n, token = min(len(data), intake.MaxFrame), data[:min(len(data), intake.MaxFrame)]
		case n == 0 && len(data) >= intake.MaxFrame, n > intake.MaxFrame && len(token) > intake.MaxFrame:
			n, token = intake.MaxFrame, data[:intake.MaxFrame]
			piece, s.within = intake.TooLong, true
		case n == 0:
			return
		case token != nil:
			s.within = false
		}
		if token != nil {
			s.frames = append(s.frames, dialect.Frame{Data: token, Pos: s.place(), Host: s.opts.Host, Received: now, Piece: piece})
		}
		s.r += n
	}
}

// place is where buf[r] stands.
func (s *Stream) place() int64 { return s.base + s.off - int64(s.w-s.r) }
