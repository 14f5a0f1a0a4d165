package netlink

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	readLog   = 1           // AUDIT_NLGRP_READLOG
	batch     = 64          // datagrams a system call
	maxRecord = 16 << 10    // the kernel's longest record is 8,970 bytes
	auditSet  = 1001        // AUDIT_SET
	auditGet  = 1000        // AUDIT_GET
	patience  = time.Second // for the kernel's answer to AUDIT_GET
)

// socket receives from the multicast group. For one goroutine.
type socket struct {
	file *os.File
	raw  syscall.RawConn

	headers [batch]mmsghdr
	names   [batch]unix.RawSockaddrNetlink
	vectors [batch]unix.Iovec
	buffer  []byte

	overruns, cut, foreign uint64 // since trouble was called
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	n      uint32
}

func openSocket(receive int) (*socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_AUDIT)
	if err != nil {
		return nil, explain(err)
	}
	// Force needs CAP_NET_ADMIN; without it the kernel gives what net.core.rmem_max allows.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receive) != nil {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receive); err != nil {
			unix.Close(fd)
			return nil, fmt.Errorf("set the receive buffer to %d bytes: %w", receive, err)
		}
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 1 << (readLog - 1)}); err != nil {
		unix.Close(fd)
		return nil, explain(err)
	}
	s := &socket{file: os.NewFile(uintptr(fd), "audit netlink"), buffer: make([]byte, batch*maxRecord)}
	if s.raw, err = s.file.SyscallConn(); err != nil {
		s.file.Close()
		return nil, err
	}
	for i := range s.headers {
		s.vectors[i].Base = &s.buffer[i*maxRecord]
		s.vectors[i].SetLen(maxRecord)
		h := &s.headers[i].header
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&s.names[i])), unix.SizeofSockaddrNetlink
		h.Iov = &s.vectors[i]
		h.SetIovlen(1)
	}
	return s, nil
}

func explain(err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fmt.Errorf("%w: run as root or with CAP_AUDIT_READ and CAP_AUDIT_CONTROL", err)
	case errors.Is(err, unix.EPROTONOSUPPORT):
		return fmt.Errorf("%w: this kernel was built without auditing", err)
	}
	return err
}

// Close closes the socket.
func (s *socket) Close() error { return s.file.Close() }

// trouble gives the counts since it was last called: overruns of the buffer, records cut short, messages of others.
func (s *socket) trouble() (overruns, cut, foreign uint64) {
	overruns, cut, foreign = s.overruns, s.cut, s.foreign
	s.overruns, s.cut, s.foreign = 0, 0, 0
	return overruns, cut, foreign
}

// receive hands what is there to take until that says stop, waiting up to wait or until ctx is done if there is nothing.
// It returns after an overrun, too.
func (s *socket) receive(ctx context.Context, wait time.Duration, take func([]byte) bool) error {
	if err := s.file.SetReadDeadline(time.Now().Add(max(wait, time.Microsecond))); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { s.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	got, more := 0, true
	var failed error
	err := s.raw.Read(func(fd uintptr) bool {
		for more {
			n, errno := s.recvmmsg(fd)
			switch errno {
			case 0:
			case unix.EINTR:
				continue
			case unix.EAGAIN:
				return got > 0
			case unix.ENOBUFS:
				s.overruns++
				return true
			default:
				failed = errno
				return true
			}
			got += n
			more = s.give(n, take)
		}
		return true
	})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return errors.Join(err, failed)
}

func (s *socket) recvmmsg(fd uintptr) (int, unix.Errno) {
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&s.headers[0])), batch, unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

// give hands on n datagrams. All are taken, though take may ask to stop: they were received.
func (s *socket) give(n int, take func([]byte) bool) (more bool) {
	more = true
	for i := range n {
		h := &s.headers[i]
		if h.header.Flags&unix.MSG_TRUNC != 0 {
			s.cut++
		}
		if s.names[i].Pid != 0 {
			s.foreign++
		} else if !take(s.buffer[i*maxRecord:][:h.n]) {
			more = false
		}
		h.header.Namelen = unix.SizeofSockaddrNetlink
	}
	return more
}

// statusSocket asks for the kernel's audit status. It joins no group, so that answers are not lost among records.
type statusSocket struct{ fd int }

func openStatus() (statusReader, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_AUDIT)
	if err != nil {
		return nil, explain(err)
	}
	limit := unix.NsecToTimeval(int64(patience))
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &statusSocket{fd}, nil
}

func (s *statusSocket) Close() error { return unix.Close(s.fd) }

func (s *statusSocket) read() (st status, err error) {
	err = s.ask(auditGet, unix.NLM_F_REQUEST, nil, func(kind uint16, body []byte) (done bool, err error) {
		if kind != auditGet {
			return false, nil
		}
		st, err = parseStatus(body)
		return true, err
	})
	return st, err
}

// setEnabled switches auditing on (1) or off (0), with a struct audit_status that sets this field only.
func (s *statusSocket) setEnabled(v uint32) error {
	const maskEnabled, fields = 1, 10
	body := make([]byte, 4*fields)
	binary.NativeEndian.PutUint32(body, maskEnabled)
	binary.NativeEndian.PutUint32(body[4:], v)
	return s.ask(auditSet, unix.NLM_F_REQUEST|unix.NLM_F_ACK, body, func(uint16, []byte) (bool, error) { return false, nil })
}

// ask sends a request and hands each answer to take until it is done. A refusal is its error; an acknowledgement ends it.
func (s *statusSocket) ask(kind, flags uint16, body []byte, take func(kind uint16, body []byte) (done bool, err error)) error {
	request := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(body))
	binary.NativeEndian.PutUint32(request, uint32(unix.NLMSG_HDRLEN+len(body)))
	binary.NativeEndian.PutUint16(request[4:], kind)
	binary.NativeEndian.PutUint16(request[6:], flags)
	request = append(request, body...)
	if err := unix.Sendto(s.fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return explain(err)
	}
	b := make([]byte, 1<<10)
	for {
		n, _, err := unix.Recvfrom(s.fd, b, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		if n < unix.NLMSG_HDRLEN {
			continue
		}
		answer := binary.NativeEndian.Uint16(b[4:])
		if answer != unix.NLMSG_ERROR {
			if done, err := take(answer, b[unix.NLMSG_HDRLEN:n]); done || err != nil {
				return err
			}
			continue
		}
		if n >= unix.NLMSG_HDRLEN+4 {
			if code := int32(binary.NativeEndian.Uint32(b[unix.NLMSG_HDRLEN:])); code != 0 {
				return explain(unix.Errno(-code))
			}
			if flags&unix.NLM_F_ACK != 0 {
				return nil
			}
		}
	}
}

// bootID names this boot; empty where the kernel does not say.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
