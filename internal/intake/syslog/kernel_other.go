//go:build !linux

package syslog

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// canCount: the kernel has no counter for a socket.
const canCount = false

// enlarge asks for a receive buffer, and for less where the kernel does not give so much.
func enlarge(fd, bytes int) (err error) {
	for ; bytes >= 64<<10; bytes /= 2 {
		if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bytes); err == nil {
			return nil
		}
	}
	return fmt.Errorf("set the receive buffer: %w", err)
}

// room is the receive buffer.
func room(fd int) (int, error) { return unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF) }

func drops(int) (uint32, error) { return 0, nil }
