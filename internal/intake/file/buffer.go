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
	if s.w == 0 && len(s.buf) > intake.MaxBytes {
		s.buf = nil // a long frame does not keep its memory
	}
	if s.w == len(s.buf) && len(s.buf) < longest {
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

// longest is how far the end of a frame is looked for, in bytes: what journald takes from a user in one entry, and MongoDB in a document.
// Where the end is not known, what is inside of a frame can look like frames.
const longest = 40 << 20

// cut gives the frames in buf; last says that no bytes will follow them. One longer than intake.MaxFrame comes in pieces.
func (s *Stream) cut(last bool) {
	now, start := counterfoil.TimeOf(s.opts.Now()), s.r
	for len(s.frames) < intake.MaxFrames && s.r-start < intake.MaxBytes && s.r < s.w {
		data := s.buf[s.r:s.w]
		if s.left > 0 {
			s.piece(data, now)
			continue
		}
		n, token, err := s.opts.Split(data, last)
		piece := ""
		if s.within {
			piece = intake.TooLong
		}
		switch {
		case err != nil, last && n == 0:
			n, token = min(len(data), intake.MaxFrame), data[:min(len(data), intake.MaxFrame)]
		case n == 0 && len(data) >= longest:
			n, token = intake.MaxFrame, data[:intake.MaxFrame]
			piece, s.within = intake.TooLong, true
		case n > intake.MaxFrame && len(token) > intake.MaxFrame:
			s.left, s.tail, s.within = int64(n), 0, false
			if &token[0] == &data[0] {
				s.tail = n - len(token)
			}
			continue
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

// piece gives the next bytes of a frame that is too long, of which left are to come; the last tail of them part it from the next.
func (s *Stream) piece(data []byte, now counterfoil.Time) {
	n := int(min(s.left, int64(len(data)), intake.MaxFrame))
	if text := data[:max(0, min(n, int(s.left)-s.tail))]; len(text) > 0 {
		s.frames = append(s.frames, dialect.Frame{Data: text, Pos: s.place(), Host: s.opts.Host, Received: now, Piece: intake.TooLong})
	}
	s.left -= int64(n)
	s.r += n
}

// place is where buf[r] stands.
func (s *Stream) place() int64 { return s.base + s.off - int64(s.w-s.r) }
