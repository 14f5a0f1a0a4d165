package recv

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// CanCount: the kernel counts what it drops of a socket.
const CanCount = true

// Enlarge asks for a receive buffer. Without CAP_NET_ADMIN the kernel gives at most net.core.rmem_max.
func Enlarge(fd, bytes int) error {
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes) == nil {
		return nil
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bytes); err != nil {
		return fmt.Errorf("set the receive buffer to %d bytes: %w", bytes, err)
	}
	return nil
}

// Room is the receive buffer. The kernel doubles what was asked for, for its own overhead.
func Room(fd int) (int, error) {
	n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
	return n / 2, err
}

// Drops is how many datagrams the kernel has thrown away for want of room, or because their checksums were wrong, from struct sk_meminfo of socket(7)'s SO_MEMINFO (Linux 4.12). Unlike
// SO_RXQ_OVFL it counts without a datagram behind the loss.
func Drops(fd int) (uint32, error) {
	const dropsIndex, fields = 8, 9
	var info [fields]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0, fmt.Errorf("getsockopt SO_MEMINFO: %w", errno)
	}
	if size < uint32(unsafe.Sizeof(info)) {
		return 0, fmt.Errorf("getsockopt SO_MEMINFO gives %d bytes: this kernel does not count", size)
	}
	return info[dropsIndex], nil
}
