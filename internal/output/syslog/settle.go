package syslog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// alive says whether the peer of a connection is still there, as far as this side knows. A syslog server sends nothing, so
// anything but silence is an end.
func alive(c net.Conn) error {
	return control(c, func(fd int) error {
		var b [1]byte
		n, _, err := unix.Recvfrom(fd, b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR), err == nil && n > 0:
			return nil
		case err != nil:
			return err
		}
		return fmt.Errorf("the peer closed the connection: %w", io.EOF)
	})
}

// settle waits until the peer's kernel has acknowledged all that was written, where this system can tell.
func settle(ctx context.Context, c net.Conn) error {
	for wait := 50 * time.Microsecond; ; wait = min(2*wait, 50*time.Millisecond) {
		var waiting int
		err := control(c, func(fd int) (err error) {
			waiting, err = unacknowledged(fd)
			return err
		})
		if err != nil {
			return err
		}
		if waiting == 0 {
			return alive(c)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the peer has not acknowledged %d bytes: %w", waiting, ctx.Err())
		case <-time.After(wait):
		}
	}
}

// control runs f on the socket.
func control(c net.Conn, f func(fd int) error) error {
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}
