package unix

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// credentials are those at the time of connect. The program is read now: a process that has ended or become another
// program since then shows none or the other.
func credentials(fd int) (peer, error) {
	u, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return peer{}, err
	}
	p := peer{PID: int64(u.Pid), UID: u.Uid, GID: u.Gid}
	if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", u.Pid)); err == nil {
		p.Exe = exe
	}
	return p, nil
}
