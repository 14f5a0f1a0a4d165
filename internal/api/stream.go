package api

import (
	"fmt"
	"net/http"
	"sync"
)

// headBuffer is how much of an answer is held back before its headers are sent: short answers carry in headers what
// long ones carry in trailers, and can still become an error. Of what follows so much is sent at a time as streamBuffer says.
const headBuffer, streamBuffer = 64 << 10, 256 << 10

// buffers holds those of answers that have ended, for the next: fresh memory is dear.
var buffers sync.Pool // of *[]byte

// stream is an answer of any length.
type stream struct {
	w     http.ResponseWriter
	still func() error // why the caller may not have the next piece, asked before each but the first; nil: never
	buf   []byte
	sent  bool
	err   error // of the first write that failed, since the caller is gone, or still's
}

func (s *stream) Write(p []byte) (int, error) {
	err := s.append(func(buf []byte) []byte { return append(buf, p...) })
	return len(p), err
}

// append writes what f appends.
func (s *stream) append(f func([]byte) []byte) error {
	if s.buf == nil {
		if b, ok := buffers.Get().(*[]byte); ok {
			s.buf = (*b)[:0]
		}
	}
	s.buf = f(s.buf)
	if len(s.buf) >= streamBuffer || !s.sent && len(s.buf) >= headBuffer {
		s.send()
	}
	return s.err
}

func (s *stream) send() {
	if s.err == nil && s.sent && s.still != nil {
		s.err = s.still()
	}
	if s.err == nil {
		s.sent = true
		_, s.err = s.w.Write(s.buf)
	}
	s.buf = s.buf[:0]
}

// note gives facts about the whole answer, once it is known: headers if nothing was sent yet, else trailers.
func (s *stream) note(name, value string) {
	if s.sent {
		name = http.TrailerPrefix + name
	}
	s.w.Header().Set(name, value)
}

// end sends what is left. Nothing may be written behind it; err says whether the answer is whole.
func (s *stream) end() {
	if !s.sent {
		s.w.Header().Set("Content-Length", fmt.Sprint(len(s.buf)))
	}
	s.send()
	b := s.buf
	if s.buf = nil; cap(b) > 0 && cap(b) <= 2*streamBuffer {
		buffers.Put(&b)
	}
}
