package syslog

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// accepting is a socket on which connections come in.
type accepting struct {
	transport string // "tcp" or "tls"
	socket    *net.TCPListener
	tls       *tls.Config // nil: none
	l         *Listener
	until     time.Time // no connection gets its turn after; zero while the input goes on; owned by run
}

const (
	handshakeTime = 30 * time.Second       // a sender has for TLS to begin
	acceptAgain   = 200 * time.Millisecond // between tries where this machine has no descriptors or memory
	lastAccept    = 50 * time.Millisecond  // for those who wait when the input is told to end
)

func (a *accepting) String() string { return a.transport + "://" + a.socket.Addr().String() }

// run serves connections until ctx is done, and then those that are open to their end. Those that wait to be accepted are open:
// their senders may have sent all they have to say.
func (a *accepting) run(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = a.socket.SetDeadline(time.Now().Add(lastAccept)) })()
	var open sync.WaitGroup
	defer open.Wait()
	for said := false; ; {
		c, err := a.socket.AcceptTCP()
		switch {
		case err == nil:
			if said = false; a.slot(ctx, c) {
				open.Go(func() {
					defer func() { <-a.l.slots }()
					defer c.Close()
					a.serve(ctx, c)
				})
			}
			continue
		case ctx.Err() != nil:
			return a.socket.Close() // now, so that senders are refused while others come to their end
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("accept on %s: %w", a, err)
		case !said: // no descriptors, no memory: this passes, and senders wait
			said = true
			a.l.meeting.say(intake.Note{Name: act.InputError, Reason: fmt.Sprintf("no connection can be accepted at the moment: %v", err)})
		}
		select {
		case <-ctx.Done():
		case <-time.After(acceptAgain):
		}
	}
}

// slot waits until one more connection may be open. That some have to wait is said once, until one has not.
func (a *accepting) slot(ctx context.Context, c *net.TCPConn) bool {
	select {
	case a.l.slots <- struct{}{}:
		a.l.crowded.Store(false)
		return true
	default:
	}
	if !a.l.crowded.Swap(true) {
		a.l.meeting.say(intake.Note{Name: act.InputError, Data: a.about(c),
			Reason: fmt.Sprintf("%d connections are open; more wait until one ends", cap(a.l.slots))})
	}
	select {
	case a.l.slots <- struct{}{}:
		return true
	case <-ctx.Done():
	}
	return a.lastSlot(c)
}

// lastSlot waits for one that ends now that the input does: the sender may have sent all it has to say.
func (a *accepting) lastSlot(c *net.TCPConn) bool {
	if a.until.IsZero() {
		a.until = time.Now().Add(atLatest)
	}
	select {
	case a.l.slots <- struct{}{}:
		_ = a.socket.SetDeadline(time.Now().Add(lastAccept)) // for those behind it
		return true
	case <-time.After(time.Until(a.until)):
		a.l.meeting.say(intake.Note{Name: act.InputError, Data: a.about(c), Reason: "a connection that waited for others to end was not read: the input ended"})
		_ = c.Close()
		return false
	}
}

// about says whom a note is of.
func (a *accepting) about(c net.Conn) func(*counterfoil.Builder) {
	peer := peerOf(a.transport, remote(c), nil)
	return func(b *counterfoil.Builder) { b.Value("peer", peer) }
}

func remote(c net.Conn) netip.AddrPort {
	a := c.RemoteAddr().(*net.TCPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// serve reads one connection to its end.
func (a *accepting) serve(ctx context.Context, tcp *net.TCPConn) {
	c := connection{socket: tcp, idle: a.l.opts.Idle, meeting: a.l.meeting, parcel: newParcel()}
	var cert *x509.Certificate
	if a.tls != nil {
		s := tls.Server(tcp, a.tls)
		begin, cancel := context.WithTimeout(context.WithoutCancel(ctx), handshakeTime)
		defer cancel()
		defer context.AfterFunc(ctx, func() { time.AfterFunc(quiet, cancel) })() // its sender may be about to say all it has
		if err := s.HandshakeContext(begin); err != nil {
			if ctx.Err() == nil {
				a.l.refuse(a.about(tcp), err)
			}
			return
		}
		if certs := s.ConnectionState().PeerCertificates; len(certs) > 0 {
			cert = certs[0]
		}
		c.socket = s
		defer s.Close() // answers the sender's close_notify, as RFC 5425 wants
	}
	sender := remote(tcp)
	c.host, c.peer = sender.Addr().String(), peerOf(a.transport, sender, cert)
	c.run(ctx)
}

// refuse counts a connection that TLS did not begin on; TLS tells the sender why.
func (l *Listener) refuse(who func(*counterfoil.Builder), err error) {
	l.Refused.Add(1)
	l.meeting.refused(who, err)
}
