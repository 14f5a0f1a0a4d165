// Package dialect owns the contract of the rooms below it: how a foreign way to write audit records becomes events, and
// back. A dialect is pure: no clock, no file, no network, no package state that changes; what it gives is a function of
// its options and the frames it was handed, in order. That buys replay, fuzzing, goldens and `counterfoil convert`.
//
// Every room passes dialecttest.Run. docs/dialects/contract.md is the long form of this page.
package dialect

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
)

// Frame is a message as it was carried.
type Frame struct {
	Data []byte // its bytes, without the separator of the stream; valid only during the call it is passed to
	Pos  int64  // where it begins: byte offset in a file, running number of a datagram
	Type int    // what the transport says it is: the netlink message type; 0 where it says nothing
	Host string // the machine it is from, where the transport or the configuration knows it
	// Piece says why the frame is not a whole message, "part of a message that is too long"; empty: it is one. A piece is kept
	// as it is and not decoded: what it holds may look like a message.
	Piece string
	// Peer is who sent it, as the transport knows: an object, {"addr":"192.0.2.9",…}; empty where it does not. The input adds
	// it to event_data; decoders do not look at it.
	Peer counterfoil.JSON
	// Received is when the transport took it in. A decoder uses it only where the record has no time of its own.
	Received counterfoil.Time
}

// Dialect is one foreign way to write audit records.
type Dialect struct {
	Name    string // lower case, no version: "linux"
	Version int    // of the mapping; events carry Name/Version
	Doc     string // a sentence for `counterfoil dialects`, then as many lines as help

	Split   bufio.SplitFunc                              // framing on byte streams; nil: datagrams only
	Sniff   func(prefix []byte) bool                     // whether a stream that begins so looks like this dialect
	Options func() any                                   // pointer to the options with their defaults; nil: there are none
	Decode  func(opts any) (Decoder, error)              // nil: we cannot read it. opts nil: the defaults
	Encode  func(w io.Writer, opts any) (Encoder, error) // nil: we cannot write it

	Canonical bool // what Encode writes of a record of a trail is its canonical message ([counterfoil.AppendRecord]) and a LF, always

	// Mapping says what becomes what, made from the tables that the code uses. docs/dialects/NAME.md shows it between
	// the lines "<!-- mapping -->" and "<!-- /mapping -->"; go test ./internal/dialect/all -update writes it there.
	Mapping func() []Row
}

// Row is a line of a mapping table.
type Row struct {
	Theirs string // a word of the dialect: a record type, a field, an event name
	Ours   string // what it is in the canonical message: `event` and `action`, a field; classes stand as words of their own
	Note   string // conditions, losses; may be empty
}

// Decoder turns the frames of one stream into events. For one goroutine.
//
// Nothing is lost: every byte of every frame ends in the Raw of exactly one event (for a foreign dialect), in order of
// the frames within an event, frames parted by LF. A frame that cannot be understood gives an event UNPARSED
// (see [Unparsed]) and an error that says why; the error is for counters and logs, the stream goes on.
type Decoder interface {
	// Decode appends to dst the events that f completes.
	Decode(dst []counterfoil.Event, f Frame) ([]counterfoil.Event, error)
	// Flush appends the events that are still held and whose time is over at now; the zero time means all.
	Flush(dst []counterfoil.Event, now time.Time) []counterfoil.Event
	// Held says what the decoder keeps back.
	Held() Held
}

// Reuser is a [Decoder] that can use the memory of its events again.
type Reuser interface {
	// Reuse takes back the memory of all events that were given: whoever calls it looks at them no longer.
	Reuse()
}

// Sized is a [Decoder] that keeps much memory, or more with what it has seen.
type Sized interface {
	// Size says about how many bytes it keeps, but for the memory that it reads a frame with. It is asked after every frame.
	Size() int
}

// SizeOf gives about how many bytes a decoder keeps of whose frames the longest had so many: what it has read, and the memory that it reads
// with and uses again.
func SizeOf(d Decoder, longest int) int {
	const least, each = 1 << 10, 16 // bytes for each of a frame: a tree of many small values takes the most
	size := least + each*longest
	if s, ok := d.(Sized); ok {
		size += s.Size()
	}
	return size
}

// Held is what a decoder has read and not yet given: a stream may commit only positions below Pos.
type Held struct {
	Any      bool
	Pos      int64     // position of the oldest frame held
	Deadline time.Time // when Flush should be called at the latest; [Never] for what is held as long as the stream lasts
	// Frames are the positions of all frames held, ascending, valid until the next call. With them an input can start
	// again exactly where it was: it hands these frames to a new decoder and goes on behind the last one it read. nil
	// while something is held means "everything from Pos on"; after a crash events may then come twice.
	Frames []int64
}

// Never is the deadline of what is not waiting for anything: what a stream begins with, and what follows cannot be read without.
var Never = time.Unix(1<<33, 0)

// Encoder writes records in a foreign way. For one goroutine.
type Encoder interface {
	Encode(r *counterfoil.Record) (Loss, error)
	Close() error // writes what is due at the end; does not close the writer
}

// Loss lists canonical fields that had values and for which the dialect has no words: keys of the canonical message,
// those of subject and object also singly ("subject.pid"). Whatever reads back otherwise than it was is in it, raw, host
// and dialect included. The place in a trail (seq, received, via) is not asked for.
type Loss []string

// SplitLines is the framing of dialects whose frames are lines: parted by LF, which is taken off; nothing else is, so
// that a CR before it stays with the line. Bytes after the last LF are a line.
func SplitLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// Names of what cannot be understood.
const (
	UnparsedService = "COUNTERFOIL"
	UnparsedEvent   = "UNPARSED"
)

// Unparsed gives the event that keeps a frame which dialect d could not read: its bytes as raw, the reason in
// event_data, the time it was received.
func Unparsed(d *Dialect, f Frame, reason string) counterfoil.Event {
	var b counterfoil.Builder
	b.Object("")
	b.String("reason", reason)
	b.End()
	return counterfoil.Event{Major: 1, Time: f.Received, Dialect: d.ID(), Host: f.Host, Service: UnparsedService,
		Name: UnparsedEvent, Class: counterfoil.ClassOther, Category: counterfoil.CategorySystem, EventData: b.JSON(), Raw: string(f.Data)}
}

// ID is what events carry: "linux/1".
func (d *Dialect) ID() string {
	var b strings.Builder
	b.WriteString(d.Name)
	b.WriteByte('/')
	b.WriteByte('0' + byte(d.Version))
	return b.String()
}
