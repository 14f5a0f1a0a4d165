// Package intake owns the ways in: the contract that every input's room fulfils, and the pump that moves what an input
// reads through a dialect into the trail. It never keeps a queue of its own: a pump waits until its batch is durable,
// and the source waits with it.
//
// Rooms: file (a file that grows and rotates), netlink (the Linux kernel's audit records), netfilter (its packet filter's flows
// and packets), syslog (messages from the network), and two that take finished events from senders who wait for an answer and therefore need no pump, unix and http.
package intake

import (
	"context"
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Bounds of one batch. A stream gives what is there, up to these, and never waits to fill a batch.
const (
	MaxFrames = 4096
	MaxBytes  = 4 << 20
)

// MaxFrame is the longest message that is carried whole, in bytes. A longer one comes in pieces, so that its bytes are kept.
const MaxFrame = 1 << 20

// TooLong is why a frame is a piece if it is one of a message longer than MaxFrame.
const TooLong = "part of a message that is too long"

// Stream is one source of frames. For one goroutine; intaketest.Run checks every room.
type Stream interface {
	// String says what is read, for messages and gap events: a path, "audit netlink".
	fmt.Stringer
	// Read gives what is there, at most about MaxFrames and MaxBytes, or waits for it. What it gives is valid until the
	// next call. Positions of frames ascend over the stream's whole life. It returns ctx's error when ctx is done, having
	// lost nothing; any other error ends the stream. Trouble that may pass (a file that is missing) is no error: the
	// stream says it in a note and goes on trying.
	Read(ctx context.Context) (Batch, error)
	// Commit says that everything below pos is durable.
	Commit(pos int64) error
	// Close releases the source.
	Close() error
}

// Batch is what one Read gives: notes, then the frames behind them.
type Batch struct {
	Notes  []Note
	Frames []dialect.Frame
}

// Resumer is a stream that knows where it stopped. The position is kept by the trail in the same write as the events,
// so that after any crash the two agree.
type Resumer interface {
	// Resume is called once, before the first Read, with what Position gave for the last batch that the trail kept; nil
	// if there was none.
	Resume(position []byte) error
	// Position describes, in at most MaxPosition bytes, what Read has given so far except for the frames that the decoder
	// holds.
	Position(held dialect.Held) []byte
	// Replays says whether the next Resume can give the held frames again. If not, the decoder is flushed at the end.
	Replays() bool
}

// MaxPosition is the most that a position may take, in bytes.
const MaxPosition = 4 << 10

// Appender is the part of the trail that takes events in; see [trail.Trail.Append] for its promises.
type Appender interface {
	Append(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error)
}

// Trail is what a pump needs of the trail.
type Trail interface {
	Appender
	// AppendAt is Append; position becomes durable with the events, or not at all.
	AppendAt(ctx context.Context, via string, events []counterfoil.Event, position []byte) (trail.Receipt, error)
	// Position gives the last position that was kept for via, nil if there is none.
	Position(via string) []byte
}

// Keeper is what a [Gate] needs of the trail.
type Keeper interface {
	Trail
	// AppendJudged is AppendAt, or Append where position is nil, of what judge makes of the events.
	AppendJudged(ctx context.Context, via string, events []counterfoil.Event, position []byte, judge trail.Judge) (trail.Receipt, error)
}
