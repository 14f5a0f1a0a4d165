// Package syslog takes messages from the network: datagrams (RFC 5426), connections with either framing of RFC 6587, and the
// same over TLS (RFC 5425). Every event has in event_data.peer who sent it, as the transport knows:
//
//	{"addr":"192.0.2.9","certificate":"sha256:…","name":"web1.example.org","port":51514,"transport":"tls"}
//
// It has no queue. Each connection, and each socket for datagrams, hands over what it has read and reads on when that is
// durable; senders on connections wait meanwhile, datagrams wait in the kernel's buffer. What the kernel had no room for, it
// counts: that is a GAP with the number. syslog itself acknowledges nothing, so what a sender has handed to its kernel is lost
// when either end breaks.
package syslog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/counterfoil/counterfoil/internal/intake"
)

// Options say where to listen.
type Options struct {
	Sockets     []Socket
	TLS         Files         // for sockets of transport "tls"
	Connections int           // open at a time, default 512; more wait until one ends
	Idle        time.Duration // a connection that is silent for so long is closed; 0: never
	Receive     int           // the kernel's buffer for datagrams in bytes, default 16 MiB
	Poll        time.Duration // how often losses are looked for, default 5 s
}

// Socket is one place to listen.
type Socket struct {
	Transport string // "udp", "tcp" or "tls"
	Address   string // HOST:PORT
}

// Listener is open sockets and the pump that moves what comes in.
type Listener struct {
	*intake.Pump
	opts      Options
	meeting   *meeting
	datagrams []*datagrams
	accepting []*accepting
	slots     chan struct{} // one for each connection
	crowded   atomic.Bool   // connections have to wait, and that was said
}

// Listen opens the sockets. p is a pump without a stream whose decoder is one of [intake.PerSender].
func Listen(o Options, p *intake.Pump) (*Listener, error) {
	if o.Connections == 0 {
		o.Connections = 512
	}
	if o.Receive == 0 {
		o.Receive = 16 << 20
	}
	if o.Poll == 0 {
		o.Poll = 5 * time.Second
	}
	l := &Listener{Pump: p, opts: o, meeting: newMeeting(o.Poll, p.Now), slots: make(chan struct{}, o.Connections)}
	p.Stream = l.meeting
	for _, s := range o.Sockets {
		if err := l.open(s); err != nil {
			return nil, errors.Join(fmt.Errorf("listen on %s://%s: %w", s.Transport, s.Address, err), l.close())
		}
	}
	l.meeting.name = strings.Join(l.Addresses(), " ")
	l.meeting.say(l.listening())
	return l, nil
}

func (l *Listener) open(s Socket) error {
	if s.Transport == "udp" {
		d, err := openDatagrams(s.Address, l.opts.Receive, l.Now())
		if err == nil {
			l.datagrams = append(l.datagrams, d)
			l.meeting.watched = append(l.meeting.watched, d)
		}
		return err
	}
	a := &accepting{transport: s.Transport, l: l}
	if s.Transport == "tls" {
		k, err := newKeys(l.opts.TLS, l.meeting.say)
		if err != nil {
			return err
		}
		a.tls = &tls.Config{GetConfigForClient: k.forClient}
	}
	address, err := net.ResolveTCPAddr("tcp", s.Address)
	if err != nil {
		return err
	}
	if a.socket, err = net.ListenTCP("tcp", address); err == nil {
		l.accepting = append(l.accepting, a)
	}
	return err
}

// Addresses gives the places it listens on, in the order of [Options], as transport://HOST:PORT.
func (l *Listener) Addresses() (list []string) {
	d, a := l.datagrams, l.accepting
	for _, s := range l.opts.Sockets {
		if s.Transport == "udp" {
			list, d = append(list, d[0].String()), d[1:]
		} else {
			list, a = append(list, a[0].String()), a[1:]
		}
	}
	return list
}

// Run takes messages until ctx is done, or the trail or a socket breaks. What has arrived by then is taken, too: connections are
// half-closed and read until their sender closes them or is silent.
func (l *Listener) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.meeting.stopping = ctx.Done()
	var sources, ended sync.WaitGroup
	for _, d := range l.datagrams {
		sources.Go(func() { l.meeting.failed(d.run(ctx, l.meeting)) })
	}
	for _, a := range l.accepting {
		sources.Go(func() { l.meeting.failed(a.run(ctx)) })
	}
	ended.Go(func() {
		sources.Wait()
		close(l.meeting.ended)
	})
	err := l.Pump.Run(ctx)
	cancel()
	close(l.meeting.gone)
	ended.Wait()
	if n := l.meeting.lost.Load(); n > 0 {
		err = errors.Join(err, fmt.Errorf("input %s: %d messages that were read are lost", l.Name, n), l.tellLost(ctx, n))
	}
	return errors.Join(err, l.close())
}

func (l *Listener) close() (err error) {
	for _, d := range l.datagrams {
		err = errors.Join(err, d.socket.Close())
	}
	for _, a := range l.accepting {
		if cerr := a.socket.Close(); !errors.Is(cerr, net.ErrClosed) {
			err = errors.Join(err, cerr)
		}
	}
	return err
}
