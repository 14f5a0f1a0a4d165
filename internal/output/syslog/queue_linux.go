package syslog

import "golang.org/x/sys/unix"

// unacknowledged gives how many bytes of a socket the peer has not acknowledged.
func unacknowledged(fd int) (int, error) { return unix.IoctlGetInt(fd, unix.SIOCOUTQ) }
