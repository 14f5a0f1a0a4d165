package syslog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/recv"
)

const (
	maxDatagram = 64 << 10 // more than IP can carry in one
	maxPeers    = 4096     // of which a socket remembers how they are written down
)

// datagrams is a socket on which each datagram is a message.
type datagrams struct {
	socket *net.UDPConn
	raw    syscall.RawConn

	// owned by run
	scratch [maxDatagram]byte
	arena   []byte // the frames' bytes
	parcel  parcel
	peers   map[netip.AddrPort]counterfoil.JSON

	// owned by the meeting's Read
	dropped uint32    // the kernel's counter when it was read last
	since   time.Time // then
	blind   bool      // that it cannot be read was said
}

func openDatagrams(address string, receive int, now time.Time) (*datagrams, error) {
	a, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, err
	}
	d := &datagrams{parcel: newParcel(), peers: map[netip.AddrPort]counterfoil.JSON{}, since: now}
	if d.socket, err = net.ListenUDP("udp", a); err != nil {
		return nil, err
	}
	d.raw, err = d.socket.SyscallConn()
	if err == nil {
		err = d.control(func(fd int) error { return recv.Enlarge(fd, receive) })
	}
	if err == nil && recv.CanCount {
		d.dropped, err = d.drops()
	}
	if err != nil {
		return nil, errors.Join(err, d.socket.Close())
	}
	return d, nil
}

func (d *datagrams) String() string { return "udp://" + d.socket.LocalAddr().String() }

func (d *datagrams) control(f func(fd int) error) (err error) {
	cerr := d.raw.Control(func(fd uintptr) { err = f(int(fd)) })
	return errors.Join(cerr, err)
}

// room is how many bytes the kernel holds of what has not been read, as one asks for it.
func (d *datagrams) room() (n int, err error) {
	err = d.control(func(fd int) (err error) {
		n, err = recv.Room(fd)
		return err
	})
	return n, err
}

func (d *datagrams) drops() (n uint32, err error) {
	err = d.control(func(fd int) (err error) {
		n, err = recv.Drops(fd)
		return err
	})
	return n, err
}

// run hands over what comes until ctx is done, and then what the kernel holds.
func (d *datagrams) run(ctx context.Context, m *meeting) error {
	// The past is a deadline that has passed.
	defer context.AfterFunc(ctx, func() { _ = d.socket.SetReadDeadline(time.Unix(1, 0)) })()
	for {
		err := d.receive(m.now)
		if !m.give(&d.parcel) {
			return nil
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return d.drain(m)
		}
		if err != nil {
			return fmt.Errorf("receive on %s: %w", d, err)
		}
	}
}

// receive waits for datagrams and takes what is there.
func (d *datagrams) receive(now func() time.Time) (err error) {
	d.parcel.frames, d.arena = d.parcel.frames[:0], d.arena[:0]
	rerr := d.raw.Read(func(fd uintptr) bool {
		err = d.take(int(fd), now)
		return err != nil || len(d.parcel.frames) > 0
	})
	return errors.Join(rerr, err)
}

// drain takes what was there when the input was told to end: nobody has to wait for a sender that goes on.
func (d *datagrams) drain(m *meeting) error {
	left, err := d.room()
	for err == nil && left > 0 {
		d.parcel.frames, d.arena = d.parcel.frames[:0], d.arena[:0]
		err = d.control(func(fd int) error { return d.take(fd, m.now) })
		if len(d.parcel.frames) == 0 || !m.give(&d.parcel) {
			break
		}
		left -= len(d.arena) + len(d.parcel.frames)
	}
	return err
}

// take receives without waiting, at most one batch.
func (d *datagrams) take(fd int, now func() time.Time) error {
	for len(d.parcel.frames) < intake.MaxFrames && len(d.arena) < intake.MaxBytes {
		n, from, err := unix.Recvfrom(fd, d.scratch[:], unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return nil
		case err != nil:
			return err
		}
		at := len(d.arena)
		d.arena = append(d.arena, d.scratch[:n]...)
		sender := addressOf(from)
		d.parcel.frames = append(d.parcel.frames, dialect.Frame{Data: d.arena[at:len(d.arena):len(d.arena)],
			Host: sender.Addr().String(), Peer: d.peerOf(sender), Received: counterfoil.TimeOf(now())})
	}
	return nil
}

func (d *datagrams) peerOf(sender netip.AddrPort) counterfoil.JSON {
	if p, ok := d.peers[sender]; ok {
		return p
	}
	if len(d.peers) >= maxPeers {
		clear(d.peers)
	}
	p := peerOf("udp", sender, nil)
	d.peers[sender] = p
	return p
}

func addressOf(a unix.Sockaddr) netip.AddrPort {
	switch a := a.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		ip := netip.AddrFrom16(a.Addr).Unmap()
		if a.ZoneId != 0 {
			ip = ip.WithZone(strconv.FormatUint(uint64(a.ZoneId), 10))
		}
		return netip.AddrPortFrom(ip, uint16(a.Port))
	}
	return netip.AddrPort{}
}

// loss gives a note where the kernel has dropped datagrams since the last call.
func (d *datagrams) loss(now time.Time) (intake.Note, bool) {
	if !recv.CanCount {
		return intake.Note{}, false
	}
	n, err := d.drops()
	if err != nil {
		said := d.blind
		d.blind = true
		return intake.Note{Name: act.InputError, Reason: fmt.Sprintf("%s: how many datagrams the kernel drops cannot be read: %v", d, err)}, !said
	}
	lost, since := n-d.dropped, d.since
	d.dropped, d.since, d.blind = n, now, false
	if lost == 0 {
		return intake.Note{}, false
	}
	return intake.Note{Name: act.Gap, Count: int64(lost), Unit: "messages", From: counterfoil.TimeOf(since),
		Reason: "the kernel dropped datagrams: its buffer was full, or their checksums were wrong",
		Data: func(b *counterfoil.Builder) {
			b.String("socket", d.String())
			if n, err := d.room(); err == nil {
				b.Int("receive_buffer", int64(n))
			}
		}}, true
}
