// Package output owns the ways out: the contract that every output's room fulfils, and the runner that brings records from
// the trail to it. The trail is the queue: an output is a reader of it with a cursor of its own, so that a destination
// that is slow or gone costs no memory and never holds intake up.
//
// Rooms: file, console, syslog. outputtest.Run checks every room.
package output

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Bounds of one batch. A runner gives what is there, up to these, and never waits to fill a batch.
const (
	MaxRecords = 4096
	MaxBytes   = 4 << 20 // about, of what the records say
)

// Sink is an open destination. For one goroutine. After an error other than a [*RecordError] the runner closes it and
// opens another with the mark that was kept last: whatever reached the destination behind that mark comes again.
type Sink interface {
	// Write brings records to the destination, in order, and returns when they are as safe there as it can tell. It ends
	// soon after ctx does.
	Write(ctx context.Context, records []counterfoil.Record) error
	// Mark describes, in at most MaxMark bytes, where the destination stands behind the last Write, so that what comes
	// behind it can be taken back; nil where that cannot be done. It is kept in the same write as the cursor.
	Mark() []byte
	// Close releases the destination.
	Close() error
}

// Source is the trail as an output sees it.
type Source interface {
	View() View
	Changed() <-chan struct{} // closed when something is committed after the call
}

// View is what was committed at one moment.
type View interface {
	// Size is the number behind the newest record.
	Size() uint64
	// Gone counts the records from number from on and before to that are not there any more, and gives the first and the
	// last of them.
	Gone(from, to uint64) (count, first, last uint64, err error)
	// Read calls yield with the records that the output wants, of the numbers from to before to, ascending.
	// Each is lent for the call.
	Read(ctx context.Context, from, to uint64, yield func(*counterfoil.Record) bool) error
	Close()
}

// MaxMark is the most that a mark may take, in bytes.
const MaxMark = 4 << 10

// Rotator is a sink whose destination can be begun anew.
type Rotator interface {
	// Rotate gives what was put aside and its new name, "" where there was nothing to put aside. After an error the old
	// one goes on, unless the error is fatal to the sink: then the next Write says so.
	Rotate(now time.Time) (from, to string, err error)
}

// RecordError says that the destination will never take records[Index]. Those before it were delivered, those behind it
// were not looked at.
type RecordError struct {
	Index int
	Err   error
}

func (e *RecordError) Error() string { return e.Err.Error() }
func (e *RecordError) Unwrap() error { return e.Err }

// Encode makes what writes records in a dialect.
type Encode func(w io.Writer) (dialect.Encoder, error)

// Continue makes an encoder for a destination that has begun already: what a form has at its beginning (the header of a
// table) is not written again.
func (e Encode) Continue(w io.Writer) (dialect.Encoder, error) {
	s := &silenced{w: w, silent: true}
	enc, err := e(s)
	if err != nil {
		return nil, err
	}
	first := counterfoil.Record{Event: counterfoil.Event{Major: 1, Service: dialect.UnparsedService, Name: dialect.UnparsedEvent}}
	if _, err := enc.Encode(&first); err != nil {
		return nil, fmt.Errorf("begin an encoder: %w", err)
	}
	s.silent = false
	return enc, nil
}

// EncodeInto writes records with an encoder that writes into buf. Where one cannot be written it gives a [*RecordError], and buf holds
// those before it, whole.
func EncodeInto(buf *bytes.Buffer, enc dialect.Encoder, records []counterfoil.Record) error {
	for i := range records {
		before := buf.Len()
		if _, err := enc.Encode(&records[i]); err != nil {
			buf.Truncate(before)
			return &RecordError{Index: i, Err: err}
		}
	}
	return nil
}

// silenced is a writer that says nothing while it is silent.
type silenced struct {
	w      io.Writer
	silent bool
}

func (s *silenced) Write(p []byte) (int, error) {
	if s.silent {
		return len(p), nil
	}
	return s.w.Write(p)
}
