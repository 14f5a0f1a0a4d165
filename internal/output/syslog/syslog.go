// Package syslog is the output that sends each record as a syslog message (RFC 5424): over a unix datagram socket such as
// /dev/log, over UDP (RFC 5426), or over TCP with octet counting (RFC 6587).
//
//	<14>1 2026-11-22T12:00:00.123456Z web1 counterfoil 4711 UNLINK - {"aid":…}
//
// What that is worth: a datagram is delivered when the kernel has taken it, whatever becomes of it then. Over TCP a batch
// is delivered when the peer's kernel has acknowledged it; what the peer's program had not read when it ended is lost.
// Syslog has no better answer.
package syslog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/output"
)

// Options say who is told what.
type Options struct {
	Network  string // "unixgram", "udp" or "tcp"
	Address  string
	Facility int    // of every message
	Host     string // of records that name none
	PID      int
	Encode   output.Encode
	Bare     bool // what is encoded is a syslog message already
}

const (
	severity = 6 // informational, as Percona's server has it
	app      = "counterfoil"
)

// dialTime bounds how long a connection may take to be made.
const dialTime = 10 * time.Second

type sink struct {
	Options
	conn    net.Conn
	text    bytes.Buffer // what the encoder gives
	enc     dialect.Encoder
	message []byte
}

// Open connects.
func Open(ctx context.Context, o Options) (output.Sink, error) {
	s := &sink{Options: o}
	var err error
	// A message is no beginning: the header of a table would be one.
	if s.enc, err = o.Encode.Continue(&s.text); err != nil {
		return nil, err
	}
	d := net.Dialer{Timeout: dialTime}
	s.conn, err = d.DialContext(ctx, o.Network, o.Address)
	return s, err
}

// Write sends records, each as a message.
func (s *sink) Write(ctx context.Context, records []counterfoil.Record) error {
	defer s.until(ctx)()
	var err error
	if s.Network == "tcp" {
		err = s.stream(ctx, records)
	} else {
		err = s.datagrams(records)
	}
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w (%w)", err, ctx.Err())
	}
	return err
}

// until ends what is under way on the connection when ctx is done.
func (s *sink) until(ctx context.Context) (stop func()) {
	_ = s.conn.SetDeadline(time.Time{}) // fails on a closed connection only, and so will the write
	cancel := context.AfterFunc(ctx, func() { _ = s.conn.SetDeadline(time.Unix(1, 0)) })
	return func() { cancel() }
}

func (s *sink) datagrams(records []counterfoil.Record) error {
	for i := range records {
		err := s.build(&records[i])
		if err != nil {
			return &output.RecordError{Index: i, Err: err}
		}
		if _, err = s.conn.Write(s.message); errors.Is(err, syscall.EMSGSIZE) {
			return &output.RecordError{Index: i, Err: fmt.Errorf("a message of %d bytes: %w", len(s.message), err)}
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (s *sink) stream(ctx context.Context, records []counterfoil.Record) error {
	if err := alive(s.conn); err != nil {
		return err // the peer went away since the last batch, and a write would not tell
	}
	var all []byte
	var bad error
	for i := range records {
		if err := s.build(&records[i]); err != nil {
			bad = &output.RecordError{Index: i, Err: err}
			break
		}
		all = append(strconv.AppendInt(all, int64(len(s.message)), 10), ' ')
		all = append(all, s.message...)
	}
	if _, err := s.conn.Write(all); err != nil {
		return err
	}
	if err := settle(ctx, s.conn); err != nil {
		return err
	}
	return bad
}

// build makes the message of a record.
func (s *sink) build(r *counterfoil.Record) error {
	s.text.Reset()
	if _, err := s.enc.Encode(r); err != nil {
		return err
	}
	body := bytes.TrimRight(s.text.Bytes(), "\r\n")
	if s.Bare {
		s.message = append(s.message[:0], body...)
		return nil
	}
	b := append(s.message[:0], '<')
	b = strconv.AppendInt(b, int64(s.Facility*8+severity), 10)
	b = append(b, ">1 "...)
	at := len(b)
	b = r.Time.Append(b)
	b = append(b[:at+len("2026-11-22T12:00:00.123456")], 'Z') // RFC 5424 has six digits; a time has nine
	host := r.Host
	if host == "" {
		host = s.Host
	}
	for _, w := range []struct {
		text  string
		limit int
	}{{host, 255}, {app, 48}, {strconv.Itoa(s.PID), 128}, {r.Name, 32}} {
		b = append(append(b, ' '), word(w.text, w.limit)...)
	}
	b = append(b, " - "...)
	s.message = append(b, body...)
	return nil
}

// word is a text as it can stand in the header: "-" where it cannot.
func word(s string, limit int) string {
	if s == "" || len(s) > limit || slices.ContainsFunc([]byte(s), func(c byte) bool { return c <= ' ' || c > '~' }) {
		return "-"
	}
	return s
}

// Mark gives nothing: what was sent cannot be taken back.
func (s *sink) Mark() []byte { return nil }

// Close closes the connection.
func (s *sink) Close() error {
	if s.conn == nil {
		return nil
	}
	return s.conn.Close()
}
