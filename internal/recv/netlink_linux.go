package recv

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Options say what a netlink socket listens to.
type Options struct {
	Protocol int    // unix.NETLINK_AUDIT, …
	Groups   uint32 // a bit for each of the first 32 multicast groups
	Receive  int    // the kernel's buffer in bytes
	Longest  int    // datagram in bytes; a longer one is cut
}

// Netlink is a netlink socket of which many datagrams are taken with one system call. For one goroutine.
type Netlink struct {
	file *os.File
	raw  syscall.RawConn

	headers []mmsghdr
	names   []unix.RawSockaddrNetlink
	vectors []unix.Iovec
	buffer  []byte
	longest int

	overruns, cut, foreign uint64 // since Trouble was called
}

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	n      uint32
}

// OpenNetlink joins the groups.
func OpenNetlink(o Options) (*Netlink, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, o.Protocol)
	if err != nil {
		return nil, err
	}
	err = Enlarge(fd, o.Receive)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: o.Groups})
	}
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	const most = 1 << 20 // bytes a system call
	batch := max(1, min(64, most/o.Longest))
	s := &Netlink{file: os.NewFile(uintptr(fd), "netlink"), longest: o.Longest, headers: make([]mmsghdr, batch), names: make([]unix.RawSockaddrNetlink, batch),
		vectors: make([]unix.Iovec, batch), buffer: make([]byte, batch*o.Longest)}
	if s.raw, err = s.file.SyscallConn(); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	for i := range s.headers {
		s.vectors[i].Base = &s.buffer[i*o.Longest]
		s.vectors[i].SetLen(o.Longest)
		h := &s.headers[i].header
		h.Name, h.Namelen = (*byte)(unsafe.Pointer(&s.names[i])), unix.SizeofSockaddrNetlink
		h.Iov = &s.vectors[i]
		h.SetIovlen(1)
	}
	return s, nil
}

// Close closes the socket.
func (s *Netlink) Close() error { return s.file.Close() }

// Trouble gives the counts since it was last called: overruns of the buffer, datagrams cut short, those of other senders than
// the kernel.
func (s *Netlink) Trouble() (overruns, cut, foreign uint64) {
	overruns, cut, foreign = s.overruns, s.cut, s.foreign
	s.overruns, s.cut, s.foreign = 0, 0, 0
	return overruns, cut, foreign
}

// Dropped is how many datagrams the kernel had no room for since the socket was opened.
func (s *Netlink) Dropped() (n uint32, err error) {
	err = s.control(func(fd int) (err error) {
		n, err = Drops(fd)
		return err
	})
	return n, err
}

func (s *Netlink) control(f func(fd int) error) (err error) {
	cerr := s.raw.Control(func(fd uintptr) { err = f(int(fd)) })
	return errors.Join(cerr, err)
}

// Ask sends a request that wants an acknowledgement and waits for it, at most a second. What the kernel refuses is a
// [unix.Errno]. What else comes meanwhile is handed to take.
func (s *Netlink) Ask(request []byte, take func([]byte)) error {
	return s.control(func(fd int) error {
		if err := unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return err
		}
		for end := time.Now().Add(time.Second); ; {
			n, _, err := unix.Recvfrom(fd, s.buffer[:s.longest], unix.MSG_DONTWAIT)
			m := s.buffer[:max(n, 0)]
			switch {
			case errors.Is(err, unix.EAGAIN):
				left := time.Until(end)
				if left <= 0 {
					return errors.New("the kernel does not answer")
				}
				if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(left.Milliseconds())+1); err != nil && !errors.Is(err, unix.EINTR) {
					return fmt.Errorf("wait for the kernel: %w", err)
				}
			case errors.Is(err, unix.EINTR):
			case err != nil:
				return err
			case len(m) >= unix.NLMSG_HDRLEN+4 && binary.NativeEndian.Uint16(m[4:]) == unix.NLMSG_ERROR:
				if code := int32(binary.NativeEndian.Uint32(m[unix.NLMSG_HDRLEN:])); code != 0 {
					return unix.Errno(-code)
				}
				return nil
			default:
				take(m)
			}
		}
	})
}

// Receive hands what is there to take until that says stop, waiting up to wait or until ctx is done if there is nothing.
// It returns after an overrun, too.
func (s *Netlink) Receive(ctx context.Context, wait time.Duration, take func([]byte) bool) error {
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

func (s *Netlink) recvmmsg(fd uintptr) (int, unix.Errno) {
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&s.headers[0])), uintptr(len(s.headers)), unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

// give hands on n datagrams. All are taken, though take may ask to stop: they were received.
func (s *Netlink) give(n int, take func([]byte) bool) (more bool) {
	more = true
	for i := range n {
		h := &s.headers[i]
		if h.header.Flags&unix.MSG_TRUNC != 0 {
			s.cut++
		}
		if s.names[i].Pid != 0 {
			s.foreign++
		} else if !take(s.buffer[i*s.longest:][:h.n]) {
			more = false
		}
		h.header.Namelen = unix.SizeofSockaddrNetlink
	}
	return more
}
