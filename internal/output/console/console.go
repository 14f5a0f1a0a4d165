// Package console is the output that writes to the program's standard output, one batch after the other.
package console

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/output"
)

// Stream is a writer that several outputs share and that may block: a pipe that nobody reads.
type Stream struct {
	w    io.Writer
	turn chan struct{} // holds a token while nobody writes
}

// NewStream makes w one that can be waited for.
func NewStream(w io.Writer) *Stream {
	s := &Stream{w, make(chan struct{}, 1)}
	s.turn <- struct{}{}
	return s
}

// write writes p, which must not change any more, or gives up when ctx is done: then it may still be written later, and
// the next write waits for that.
func (s *Stream) write(ctx context.Context, p []byte) error {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return fmt.Errorf("an earlier batch is not taken yet: %w", ctx.Err())
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.w.Write(p)
		s.turn <- struct{}{}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("nobody takes it: %w", ctx.Err())
	}
}

type sink struct {
	stream *Stream
	buf    bytes.Buffer
	enc    dialect.Encoder
}

// Open makes a sink of a stream.
func Open(stream *Stream, encode output.Encode) (output.Sink, error) {
	s := &sink{stream: stream}
	var err error
	s.enc, err = encode(&s.buf)
	return s, err
}

// Write writes records at once.
func (s *sink) Write(ctx context.Context, records []counterfoil.Record) error {
	bad := output.EncodeInto(&s.buf, s.enc, records)
	text := bytes.Clone(s.buf.Bytes())
	s.buf.Reset()
	if len(text) > 0 {
		if err := s.stream.write(ctx, text); err != nil {
			return err
		}
	}
	return bad
}

// Mark gives nothing: what was written cannot be taken back.
func (s *sink) Mark() []byte { return nil }

// Close does nothing: the stream is shared.
func (s *sink) Close() error { return nil }
