package unix

import (
	"net"
	"os/user"
	"strconv"
)

// peerOf asks the kernel who opened the connection.
func peerOf(c *net.UnixConn) (p peer, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return p, err
	}
	if cerr := raw.Control(func(fd uintptr) { p, err = credentials(int(fd)) }); cerr != nil {
		return p, cerr
	}
	return p, err
}

func lookup(uid uint32) (string, error) {
	u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return "", err
	}
	return u.Username, nil
}
