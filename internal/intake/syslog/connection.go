package syslog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// connection is a sender on TCP or TLS. For one goroutine.
type connection struct {
	socket  halfCloser
	peer    counterfoil.JSON
	host    string
	idle    time.Duration
	meeting *meeting

	framing framing
	buf     []byte // buf[r:w] was read and is not given
	r, w    int
	full    bool // the last read took all the room there was
	parcel  parcel
	last    time.Time // nothing is read after; zero while the input goes on
}

// halfCloser is a connection that can be ended in one direction.
type halfCloser interface {
	net.Conn
	CloseWrite() error
}

const (
	firstBuffer = 16 << 10
	someBuffer  = 256 << 10 // what a busy connection is read with
	mostBuffer  = intake.MaxFrame + maxHead

	// When the input is told to end, a sender is taken to have ended when it is quiet for so long, and at the latest after:
	quiet    = 200 * time.Millisecond
	atLatest = 2 * time.Second
)

// run hands over what comes until the sender ends, or is silent for too long, or ctx is done.
func (c *connection) run(ctx context.Context) {
	defer context.AfterFunc(ctx, func() {
		_ = c.socket.CloseWrite() // a sender that looks stops here, and nothing is lost
		_ = c.socket.SetReadDeadline(time.Now().Add(quiet))
	})()
	for {
		if !c.give() {
			return
		}
		c.makeRoom()
		err := c.limit(ctx)
		if err == nil {
			var n int
			n, err = c.socket.Read(c.buf[c.w:])
			c.w += n
			c.full = c.w == len(c.buf)
		}
		if err != nil {
			c.end(ctx, err)
			return
		}
	}
}

// limit says how long the next read may take.
func (c *connection) limit(ctx context.Context) error {
	now := time.Now()
	var at time.Time
	if c.idle > 0 {
		at = now.Add(c.idle)
	}
	if err := c.socket.SetReadDeadline(at); err != nil || ctx.Err() == nil {
		return err // what ends the input sets its deadline after ctx is done, so behind this one
	}
	if c.last.IsZero() {
		c.last = now.Add(atLatest)
	}
	if at = now.Add(quiet); at.After(c.last) {
		at = c.last
	}
	return c.socket.SetReadDeadline(at)
}

// give hands over the whole messages that were read. false: nobody takes them.
func (c *connection) give() bool {
	for c.r < c.w {
		c.cut()
		if len(c.parcel.frames) == 0 {
			break
		}
		if !c.meeting.give(&c.parcel) {
			return false
		}
	}
	return true
}

func (c *connection) cut() {
	c.parcel.frames = c.parcel.frames[:0]
	now := counterfoil.TimeOf(c.meeting.now())
	for c.r < c.w && len(c.parcel.frames) < intake.MaxFrames {
		before := c.framing.how
		n, message, piece := c.framing.next(c.buf[c.r:c.w])
		if c.framing.how == mistaken && before != mistaken {
			c.complain()
		}
		if n == 0 {
			return
		}
		if c.r += n; len(message) > 0 {
			c.parcel.frames = append(c.parcel.frames, c.frame(message, now, piece))
		}
	}
}

func (c *connection) frame(message []byte, now counterfoil.Time, piece string) dialect.Frame {
	return dialect.Frame{Data: message, Host: c.host, Peer: c.peer, Received: now, Piece: piece}
}

// complain says that the sender counts wrongly, and asks it to connect anew, which one that looks understands.
func (c *connection) complain() {
	_ = c.socket.CloseWrite()
	c.meeting.say(intake.Note{Name: act.InputError, Data: func(b *counterfoil.Builder) { b.Value("peer", c.peer) },
		Reason: "a sender counted the octets of a message wrongly: the rest of its connection is kept and not decoded"})
}

// makeRoom moves what is not given to the beginning, and fits the buffer to what comes.
func (c *connection) makeRoom() {
	c.w = copy(c.buf, c.buf[c.r:c.w])
	c.r = 0
	size := len(c.buf)
	switch {
	case size == 0, c.w == 0 && size > someBuffer:
		size = firstBuffer
	case c.w == size:
		size = min(2*size, mostBuffer)
	case c.full && size < someBuffer:
		size *= 2
	}
	if size != len(c.buf) {
		buf := make([]byte, size)
		copy(buf, c.buf[:c.w])
		c.buf = buf
	}
}

// end keeps what is there of a message that will not be whole.
func (c *connection) end(ctx context.Context, err error) {
	if !c.give() {
		return
	}
	message, missing := c.framing.rest(c.buf[c.r:c.w])
	if len(message) == 0 {
		return
	}
	why := fmt.Sprintf("the connection broke (%v)", err)
	switch {
	case errors.Is(err, io.EOF):
		why = "the connection ended"
	case ctx.Err() != nil:
		why = "the input ended"
	case errors.Is(err, os.ErrDeadlineExceeded):
		why = fmt.Sprintf("the connection was silent for %v and was closed", c.idle)
	}
	why += " inside of a message"
	if missing > 0 {
		why += fmt.Sprintf(", %d bytes before its end", missing)
	}
	c.parcel.frames = append(c.parcel.frames[:0], c.frame(message, counterfoil.TimeOf(c.meeting.now()), why))
	c.meeting.give(&c.parcel)
}
