// Package netfilter takes what Linux's packet filter says by netlink: the events of its connection tracking, and the packets
// that its rules log (NFLOG). It sees the network namespace that it is opened in. Frames are for the dialect router: one
// netlink message each, whole from its header on, with the header's type.
//
// The kernel sends once and does not repeat. What its buffer had no room for it counts, message by message, and each message
// is one event or packet: so a GAP has the number. Between two runs nobody listens; a GAP says so, of unknown size.
package netfilter

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// Options say how to listen.
type Options struct {
	Host    string           // of the frames
	Receive int              // socket buffer in bytes; default 16 MiB
	Poll    time.Duration    // how often losses are looked for; default 5 s
	Now     func() time.Time // default time.Now
}

// source is what is listened to.
type source struct {
	name      string
	unit      string        // of what is lost
	subsystem uint16        // of nfnetlink, the high byte of a message's type
	silent    func() string // why the kernel tells nothing, "": it does
}

// socket is a [recv.Netlink], which exists on Linux only.
type socket interface {
	Receive(ctx context.Context, wait time.Duration, take func([]byte) bool) error
	Trouble() (overruns, cut, foreign uint64)
	Dropped() (uint32, error)
	Close() error
}

// Stream is one source.
type Stream struct {
	opts   Options
	of     source
	socket socket

	frames []dialect.Frame
	notes  []intake.Note
	arena  []byte // the frames' bytes
	pos    int64  // frames so far

	next    time.Time // of the next look at the kernel's counter
	dropped uint32    // that counter when it was read last
	since   time.Time // then
	said    string    // the trouble that was noted last
}

func newStream(o Options, of source) *Stream {
	if o.Receive == 0 {
		o.Receive = 16 << 20
	}
	if o.Poll == 0 {
		o.Poll = 5 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Stream{opts: o, of: of, since: o.Now()}
}

func (s *Stream) String() string { return s.of.name }

// Commit does nothing: the kernel does not repeat.
func (s *Stream) Commit(int64) error { return nil }

// Replays says no.
func (s *Stream) Replays() bool { return false }

// Close closes the socket.
func (s *Stream) Close() error { return s.socket.Close() }

const positionVersion = 1

var errPosition = errors.New("the stored position is damaged or was written by a newer version")

// Resume says since when nobody has listened.
func (s *Stream) Resume(position []byte) error {
	if position == nil {
		return nil
	}
	if len(position) < 2 || position[0] != positionVersion {
		return errPosition
	}
	at, n := binary.Varint(position[1:])
	if n <= 0 {
		return errPosition
	}
	s.notes = append(s.notes, intake.Note{Name: act.Gap, Count: intake.UnknownCount, Unit: s.of.unit, From: counterfoil.Time(at),
		Reason: "counterfoil was not listening to the kernel"})
	return nil
}

// Position is the time when the kernel's counter was read last: what it dropped since is not told.
func (s *Stream) Position(dialect.Held) []byte {
	return binary.AppendVarint([]byte{positionVersion}, int64(counterfoil.TimeOf(s.since)))
}

// Read gives the messages there are, or waits for some.
func (s *Stream) Read(ctx context.Context) (intake.Batch, error) {
	s.frames, s.arena = s.frames[:0], s.arena[:0]
	for {
		if err := ctx.Err(); err != nil {
			if s.look(s.opts.Now()); len(s.notes) > 0 {
				return s.batch(), nil // the error comes again
			}
			return intake.Batch{}, err
		}
		if now := s.opts.Now(); !now.Before(s.next) {
			s.next = now.Add(s.opts.Poll)
			s.look(now)
		}
		err := s.socket.Receive(ctx, s.next.Sub(s.opts.Now()), s.take)
		if len(s.frames)+len(s.notes) > 0 {
			return s.batch(), nil // an error comes again
		}
		if err != nil {
			return intake.Batch{}, fmt.Errorf("receive from %s: %w", s.of.name, err)
		}
	}
}

func (s *Stream) batch() intake.Batch {
	b := intake.Batch{Notes: s.notes, Frames: s.frames}
	s.notes = nil
	return b
}

// take keeps the messages of a datagram and says whether there is room for more.
func (s *Stream) take(data []byte) (more bool) {
	const header = 16
	now := counterfoil.TimeOf(s.opts.Now())
	for len(data) >= header {
		size := int(binary.NativeEndian.Uint32(data))
		if size < header || size > len(data) {
			break // the datagram was cut, which Trouble counts
		}
		if kind := binary.NativeEndian.Uint16(data[4:]); kind>>8 == s.of.subsystem {
			at := len(s.arena)
			s.arena = append(s.arena, data[:size]...)
			s.frames = append(s.frames, dialect.Frame{Data: s.arena[at:len(s.arena):len(s.arena)], Pos: s.pos, Type: int(kind), Host: s.opts.Host, Received: now})
			s.pos++
		}
		data = data[min((size+3)&^3, len(data)):]
	}
	return len(s.frames) < intake.MaxFrames && len(s.arena) < intake.MaxBytes
}

// look notes what the kernel dropped, and what keeps it from saying anything.
func (s *Stream) look(now time.Time) {
	_, cut, foreign := s.socket.Trouble()
	n, err := s.socket.Dropped()
	reason := ""
	if err != nil {
		reason = fmt.Sprintf("how many messages the kernel drops cannot be read: %v", err)
		n = s.dropped
	} else {
		reason = s.of.silent()
	}
	switch {
	case reason == s.said:
	case reason == "":
		s.notes = append(s.notes, intake.Note{Name: act.InputStart, Reason: "the trouble is over"})
	default:
		s.notes = append(s.notes, intake.Note{Name: act.InputError, Reason: reason})
	}
	s.said = reason
	lost, since := n-s.dropped, s.since
	s.dropped, s.since = n, now
	if uint64(lost)+cut+foreign == 0 {
		return
	}
	s.notes = append(s.notes, intake.Note{Name: act.Gap, Count: int64(lost) + int64(cut), Unit: s.of.unit, From: counterfoil.TimeOf(since),
		Reason: "messages of the kernel were lost", Data: func(b *counterfoil.Builder) {
			b.Uint("dropped", uint64(lost))
			if cut > 0 {
				b.Uint("cut_short", cut)
			}
			if foreign > 0 {
				b.Uint("not_from_the_kernel", foreign)
			}
		}})
}
