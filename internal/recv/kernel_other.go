//go:build !linux

package recv

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// CanCount: the kernel has no counter for a socket.
const CanCount = false

// Enlarge asks for a receive buffer, and for less where the kernel does not give so much.
func Enlarge(fd, bytes int) (err error) {
	for ; bytes >= 64<<10; bytes /= 2 {
		if err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bytes); err == nil {
			return nil
		}
	}
	return fmt.Errorf("set the receive buffer: %w", err)
}

// Room is the receive buffer.
func Room(fd int) (int, error) { return unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF) }

// Drops is not known on this system.
func Drops(int) (uint32, error) { return 0, nil }
