//go:build !linux && !freebsd

package unix

import (
	"errors"
	"runtime"
)

func credentials(int) (peer, error) {
	return peer{}, errors.New("peer credentials are known on Linux and FreeBSD only, and this is " + runtime.GOOS)
}
