package convert

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

const (
	firstBuffer = 256 << 10
	batchFrames = 512      // a read gives the events of at most so many frames
	maxPiece    = 1 << 20  // in such pieces is kept what is longer than any record
	longest     = 40 << 20 // how far the end of a record is looked for: where it is not known, what is inside can look like records
)

// stream reads the files of one input, one behind the other, with one decoder: an event may begin in one file and end in
// the next. A frame may not: it ends where its file ends.
type stream struct {
	run   *run
	files []string // not opened yet
	name  string   // of the file that is open, or was last
	src   *source  // nil: none is open

	dialect *dialect.Dialect // nil until the first file with something in it was sniffed
	decoder dialect.Decoder

	buf       []byte
	r, w      int   // buf[r:w] is read and not decoded
	eof       bool  // src has no more
	base, off int64 // of the file in the stream, of buf[r] in the file
	line      int   // of buf[counted], from 1
	counted   int   // up to here the lines of buf are in line
	overlong  bool  // what comes belongs to a record that was too long
}

func (r *run) stream(in Input) *stream { return &stream{run: r, files: in, dialect: r.job.From} }

// read appends some events. io.EOF: there are no more.
func (s *stream) read(dst []counterfoil.Event) ([]counterfoil.Event, error) {
	before := len(dst)
	for {
		if s.src == nil {
			if len(s.files) == 0 {
				return s.end(dst)
			}
			if err := s.open(); err != nil {
				return dst, err
			}
		}
		if s.decoder != nil {
			if dst = s.cut(dst); len(dst) > before {
				return dst, nil
			}
		}
		var err error
		switch {
		case s.eof && s.r == s.w:
			err = s.close()
		case s.decoder == nil:
			err = s.begin()
		default:
			err = s.fill()
		}
		if err != nil {
			return dst, err
		}
	}
}

// end gives what the decoder still holds, once.
func (s *stream) end(dst []counterfoil.Event) ([]counterfoil.Event, error) {
	if s.decoder == nil {
		return dst, io.EOF
	}
	before := len(dst)
	dst = s.decoder.Flush(dst, time.Time{})
	s.decoder = nil
	s.count(dst[before:], true)
	if len(dst) == before {
		return dst, io.EOF
	}
	return dst, nil
}

func (s *stream) open() (err error) {
	s.name, s.files = s.files[0], s.files[1:]
	if s.src, err = s.run.open(s.name); err != nil {
		return err
	}
	s.base, s.off, s.line, s.counted, s.eof, s.overlong = s.base+s.off, 0, 1, s.r, false, false
	return nil
}

// reuse lets the decoder have the memory of all events that were read.
func (s *stream) reuse() {
	if d, ok := s.decoder.(dialect.Reuser); ok {
		d.Reuse()
	}
}

func (s *stream) close() error {
	if s.src == nil {
		return nil
	}
	err := s.src.close()
	s.src = nil
	return err
}

// fill reads on.
func (s *stream) fill() error {
	if err := s.run.ctx.Err(); err != nil {
		return err
	}
	if s.r > 0 {
		s.countLines()
		s.w = copy(s.buf, s.buf[s.r:s.w])
		s.r, s.counted = 0, 0
	}
	if s.w == len(s.buf) {
		grown := make([]byte, max(firstBuffer, 2*len(s.buf)))
		copy(grown, s.buf[:s.w])
		s.buf = grown
	}
	if !s.src.regular {
		if err := s.run.out.Flush(); err != nil { // whoever waits for the result has it before we wait
			return fmt.Errorf("write: %w", err)
		}
	}
	n, err := s.src.Read(s.buf[s.w:])
	s.w += n
	s.run.report(s.src)
	if err == io.EOF {
		s.eof = true
	} else if err != nil {
		at := ""
		if s.src.form != "" {
			at = " of what it holds"
		}
		return fmt.Errorf("read %s at byte %d%s: %w", s.name, s.off+int64(s.w-s.r), at, err)
	}
	return nil
}

// countLines brings line up to buf[r].
func (s *stream) countLines() int {
	s.line += bytes.Count(s.buf[s.counted:s.r], []byte{'\n'})
	s.counted = s.r
	return s.line
}

// cut decodes the frames that stand in buf, until there are events.
func (s *stream) cut(dst []counterfoil.Event) []counterfoil.Event {
	before := len(dst)
	for frames := 0; s.r < s.w && (frames < batchFrames || len(dst) == before); frames++ {
		data := s.buf[s.r:s.w]
		n, token, err := s.dialect.Split(data, s.eof)
		switch {
		case err != nil:
			dst, n = s.keep(dst, data[:min(len(data), maxPiece)], err.Error())
		case n == 0 && len(data) > longest:
			s.overlong = true
			dst, n = s.keep(dst, data[:maxPiece], tooLong)
		case n == 0 && s.eof:
			dst, n = s.keep(dst, data[:min(len(data), maxPiece)], "the input ends inside of a record")
		case n == 0:
			return dst
		case token != nil && (s.overlong || len(token) > counterfoil.MaxMessage):
			s.overlong = false
			for rest := token; len(rest) > 0; rest = rest[min(len(rest), maxPiece):] {
				dst, _ = s.keep(dst, rest[:min(len(rest), maxPiece)], tooLong)
			}
		case token != nil:
			dst = s.decode(dst, token)
		}
		s.r += n
		s.off += int64(n)
	}
	return dst
}

var tooLong = fmt.Sprintf("part of a record that is longer than %d bytes", counterfoil.MaxMessage)

func (s *stream) frame(data []byte) dialect.Frame {
	return dialect.Frame{Data: data, Pos: s.base + s.off, Received: s.run.received}
}

func (s *stream) decode(dst []counterfoil.Event, data []byte) []counterfoil.Event {
	s.run.sum.Frames++
	before := len(dst)
	dst, err := s.decoder.Decode(dst, s.frame(data))
	s.count(dst[before:], err != nil)
	return dst
}

// keep makes an event of bytes that are no frame.
func (s *stream) keep(dst []counterfoil.Event, data []byte, reason string) ([]counterfoil.Event, int) {
	s.run.sum.Frames++
	dst = append(dst, dialect.Unparsed(s.dialect, s.frame(data), reason))
	s.count(dst[len(dst)-1:], true)
	return dst, len(data)
}

// count counts events that were read; failed says that one may be UNPARSED because it was not understood here. A
// canonical message may tell of what another did not understand.
func (s *stream) count(events []counterfoil.Event, failed bool) {
	sum := &s.run.sum
	sum.Events += len(events)
	for i := 0; failed && i < len(events); i++ {
		e := &events[i]
		if e.Service != dialect.UnparsedService || e.Name != dialect.UnparsedEvent {
			continue
		}
		if sum.Unparsed++; sum.Unparsed > 1 {
			continue
		}
		place := fmt.Sprintf("%s, line %d, byte %d", s.name, s.countLines(), s.off)
		if strings.IndexByte(e.Raw, 0) >= 0 { // lines mean nothing in a binary log
			place = fmt.Sprintf("%s, byte %d", s.name, s.off)
		}
		sum.First = place + ": " + e.EventData.Member("reason").Text()
	}
}
