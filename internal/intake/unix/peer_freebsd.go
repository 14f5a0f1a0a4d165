package unix

import "golang.org/x/sys/unix"

// credentials are those at the time of connect; FreeBSD's LOCAL_PEERCRED is read without its pid.
func credentials(fd int) (peer, error) {
	u, err := unix.GetsockoptXucred(fd, 0, unix.LOCAL_PEERCRED)
	if err != nil {
		return peer{}, err
	}
	p := peer{UID: u.Uid}
	if u.Ngroups > 0 {
		p.GID = u.Groups[0]
	}
	return p, nil
}
