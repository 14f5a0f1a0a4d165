package syslog

import "golang.org/x/sys/unix"

// fionwrite is FreeBSD's FIONWRITE, _IOR('f', 119, int).
const fionwrite = 0x40046677

// unacknowledged gives how many bytes of a socket the peer has not acknowledged.
func unacknowledged(fd int) (int, error) { return unix.IoctlGetInt(fd, fionwrite) }
