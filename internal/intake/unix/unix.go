// Package unix takes events as JSON Lines on a unix socket. The kernel says who sends: pid, uid and gid of the peer go
// into event_data under "peer", beside what the sender claims. It answers each batch of lines after it is durable:
//
//	{"first":100,"last":105,"taken":6,"retried":0}
//	{"error":{"kind":"bad_field","message":"line 7: field \"svc\" is missing","line":7,"field":"svc"},"taken":{"lines":0}}
//
// A refused line ends nothing: lines behind it are taken. Lines are counted over the whole connection, from 1. While the
// trail is suspended the sender waits. A sender who is done half-closes the connection, reads until its end, and knows by
// the sum of "taken" in the answers without "error" that everything is kept, but for what the policy leaves out, "left_out".
package unix

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Options say where to listen.
type Options struct {
	Name     string // of the input; events carry it as via
	Host     string // of the input's own events
	Path     string
	Mode     fs.FileMode // of the socket; default 0660
	MaxConns int         // senders at a time; more wait until one is done; default 256
	Trail    intake.Appender
	Parser   func() intake.Parser // makes one
	Now      func() time.Time     // default time.Now
	Log      *slog.Logger         // default: discard
}

// Listener is an open socket.
type Listener struct {
	intake.Counter
	opts  Options
	l     *net.UnixListener
	made  os.FileInfo // the socket's file
	names names

	crowded bool // senders have to wait, and that was said; owned by Run
}

// Listen makes the socket. One that another process left behind is replaced; one that is answered is an error.
func Listen(o Options) (*Listener, error) {
	if o.Mode == 0 {
		o.Mode = 0o660
	}
	if o.MaxConns == 0 {
		o.MaxConns = 256
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Listener{opts: o}
	if err := l.listen(); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", o.Path, err)
	}
	return l, nil
}

// listen makes the socket under another name and renames it when its mode is right, so that nobody finds it open wider
// than configured, and so that a stale one is replaced at once.
func (l *Listener) listen() error {
	path := l.opts.Path
	if st, err := os.Lstat(path); err == nil {
		if st.Mode().Type() != fs.ModeSocket {
			return errors.New("something that is no socket has this name")
		}
		if c, err := net.Dial("unix", path); err == nil {
			c.Close()
			return errors.New("another process listens here")
		}
	}
	hidden := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.Remove(hidden); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s, err := net.ListenUnix("unix", &net.UnixAddr{Name: hidden, Net: "unix"})
	if err != nil {
		return err
	}
	s.SetUnlinkOnClose(false)
	if err = os.Chmod(hidden, l.opts.Mode); err == nil {
		err = os.Rename(hidden, path)
	}
	if err == nil {
		l.made, err = os.Lstat(path)
	}
	if err != nil {
		return errors.Join(err, s.Close(), ignoreGone(os.Remove(hidden)))
	}
	l.l = s
	return nil
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Run takes events until ctx is done. Every sender then gets the answers to what it sent completely, and the socket's
// file is removed. It returns nil then, and an error if the socket or the trail broke.
func (l *Listener) Run(ctx context.Context) error {
	if err := l.note(context.WithoutCancel(ctx), intake.Note{Name: act.InputStart}); err != nil {
		return errors.Join(fmt.Errorf("input %s: %w", l.opts.Name, err), l.close())
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { l.l.SetDeadline(time.Unix(1, 0)) })()
	free := make(chan struct{}, l.opts.MaxConns)
	var wg sync.WaitGroup
	var err error
	for err == nil {
		if err = l.room(ctx, free); err != nil {
			break
		}
		var c *net.UnixConn
		if c, err = l.accept(ctx); err == nil {
			wg.Go(func() {
				defer func() { <-free }()
				if err := l.serve(ctx, c); err != nil {
					cancel(err)
				}
			})
		}
	}
	if ctx.Err() != nil {
		err = nil
		if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
			err = cause
		}
	}
	cancel(nil)
	wg.Wait()
	if err == nil {
		err = l.note(context.WithoutCancel(ctx), intake.Note{Name: act.InputStop})
	}
	if err = errors.Join(err, l.close()); err != nil {
		return fmt.Errorf("input %s: %w", l.opts.Name, err)
	}
	return nil
}

// room waits until one more sender may be connected. That some have to wait is said once, until there is room again.
func (l *Listener) room(ctx context.Context, free chan struct{}) error {
	select {
	case free <- struct{}{}:
		l.crowded = l.crowded && len(free) == cap(free)
		return nil
	default:
	}
	if !l.crowded {
		l.crowded = true
		if err := l.note(context.WithoutCancel(ctx), intake.Note{Name: act.InputError, Reason: fmt.Sprintf("%d senders are connected; more wait until one ends", cap(free))}); err != nil {
			return err
		}
	}
	select {
	case free <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// accept waits for a sender. A lack of descriptors or memory passes; senders wait until then.
func (l *Listener) accept(ctx context.Context) (*net.UnixConn, error) {
	for said := false; ; said = true {
		c, err := l.l.AcceptUnix()
		passes := false
		for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
			passes = passes || errors.Is(err, e)
		}
		if !passes {
			return c, err
		}
		if !said {
			l.opts.Log.Error("no connection can be accepted at the moment", "input", l.opts.Name, "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(backoff):
		}
	}
}

// backoff is the time between tries of what may pass.
const backoff = 200 * time.Millisecond

// patient waits while the trail is suspended. An append that has begun is not given up.
type patient struct {
	intake.Appender
	counter *intake.Counter
}

func (p patient) Append(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error) {
	for first := true; ; first = false {
		r, err := p.Appender.Append(context.WithoutCancel(ctx), via, events)
		if !errors.Is(err, trail.ErrSuspended) || ctx.Err() != nil {
			return r, err
		}
		if first {
			p.counter.Waits.Add(1)
		}
		select {
		case <-ctx.Done():
		case <-time.After(backoff):
		}
	}
}

// close removes the socket's file unless another has taken its place.
func (l *Listener) close() error {
	err := l.l.Close()
	if st, serr := os.Lstat(l.opts.Path); serr == nil && os.SameFile(st, l.made) {
		err = errors.Join(err, ignoreGone(os.Remove(l.opts.Path)))
	}
	return err
}

// note says what the input has to say of itself. A suspended trail does not keep senders from being answered so.
func (l *Listener) note(ctx context.Context, n intake.Note) error {
	e := n.Event(counterfoil.TimeOf(l.opts.Now()), l.opts.Host, l.opts.Name, l.opts.Path)
	_, err := l.opts.Trail.Append(ctx, l.opts.Name, []counterfoil.Event{e})
	if errors.Is(err, trail.ErrSuspended) || errors.Is(err, trail.ErrDropped) || errors.Is(err, trail.ErrClosed) {
		l.opts.Log.Warn("the trail takes nothing in; not recorded", "input", l.opts.Name, "event", n.Name, "reason", n.Reason)
		return nil
	}
	return err
}

// Sizes of what a connection is read into.
const (
	firstBuffer = 16 << 10
	usualBuffer = 1 << 20
)

// errEnd ends a connection that its sender cannot go on with.
var errEnd = errors.New("end of connection")

// serve takes one sender's lines. It returns an error only if the trail is broken.
func (l *Listener) serve(ctx context.Context, c *net.UnixConn) error {
	defer c.Close()
	defer context.AfterFunc(ctx, func() {
		c.SetReadDeadline(time.Unix(1, 0))
		c.SetWriteDeadline(time.Now().Add(lastAnswer))
	})()
	p, err := peerOf(c)
	if err != nil {
		answer(ctx, c, refusal{Error: problem{Kind: "peer", Message: fmt.Sprintf("the kernel does not say who you are: %v", err)}})
		return nil
	}
	s := sender{l: l, c: c, peer: p, said: p.json(), lines: intake.Lines{Trail: patient{l.opts.Trail, &l.Counter}, Parser: l.opts.Parser(), Counter: &l.Counter}}
	s.lines.Edit = s.mark
	buf, n := make([]byte, firstBuffer), 0
	for {
		m, rerr := c.Read(buf[n:])
		n += m
		end := bytes.LastIndexByte(buf[n-m:n], '\n') + 1 // what was there before has none
		if end > 0 {
			end += n - m
		}
		if rerr == io.EOF {
			end = n // the last line may lack its LF
		}
		if err := s.take(ctx, string(buf[:end])); err != nil {
			return s.ended(err)
		}
		n = copy(buf, buf[end:n])
		switch {
		case rerr != nil:
			if rerr != io.EOF && n > 0 {
				l.opts.Log.Warn("a connection broke off within a line, which was not taken", "input", l.opts.Name, "pid", p.PID, "bytes", n)
			}
			return nil
		case n > intake.MaxLine:
			l.Refused.Add(1)
			answer(ctx, c, refusal{Error: problem{Kind: intake.KindLong, Message: fmt.Sprintf("line %d: is longer than %d bytes", s.lines.Line+1, intake.MaxLine), Line: s.lines.Line + 1}})
			return nil
		case n == len(buf):
			buf = append(make([]byte, 0, 2*n), buf...)[:2*n]
		case n == 0 && len(buf) > usualBuffer: // a long line does not keep its memory
			buf = make([]byte, firstBuffer)
		}
	}
}

// sender is one connection.
type sender struct {
	l     *Listener
	c     *net.UnixConn
	peer  peer
	said  counterfoil.JSON // peer, for event_data
	lines intake.Lines
}

// ended makes of an error what concerns others than this sender.
func (s *sender) ended(err error) error {
	if errors.Is(err, errEnd) || errors.Is(err, trail.ErrClosed) || errors.Is(err, trail.ErrSuspended) || errors.Is(err, trail.ErrDropped) {
		return nil
	}
	return err
}

// take keeps the lines of text and answers.
func (s *sender) take(ctx context.Context, text string) error {
	for text != "" {
		var taken intake.Taken
		rest, err := s.lines.Take(ctx, s.l.opts.Name, text, &taken)
		if taken.Lines > 0 {
			if answer(ctx, s.c, replyTo(&taken)) != nil {
				return errEnd
			}
		}
		var line *intake.LineError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &line):
			if answer(ctx, s.c, refusal{Error: problem{Kind: line.Kind, Message: line.Error(), Line: line.Line, Field: line.Field}}) != nil {
				return errEnd
			}
			text = rest
		default:
			kind := "internal"
			switch {
			case errors.Is(err, trail.ErrBroken):
				kind = "broken"
			case errors.Is(err, trail.ErrClosed):
				kind = "closing"
			case errors.Is(err, trail.ErrSuspended):
				kind = "suspended"
			case errors.Is(err, trail.ErrDropped):
				kind = "dropped"
			}
			answer(ctx, s.c, refusal{Error: problem{Kind: kind, Message: err.Error()}})
			return err
		}
	}
	return nil
}

// mark adds to an event what the kernel says of its sender.
func (s *sender) mark(e *counterfoil.Event) {
	if e.User == "" {
		e.User = s.l.names.of(s.peer.UID, s.l.opts.Now())
	}
	intake.AddPeer(e, s.said)
}
