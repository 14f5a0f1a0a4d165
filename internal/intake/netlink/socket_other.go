//go:build !linux

package netlink

import (
	"errors"
	"runtime"
)

var errSystem = errors.New("audit netlink exists on Linux only, and this is " + runtime.GOOS)

func openSocket(int) (socket, error) { return nil, errSystem }

func openStatus() (statusReader, error) { return nil, errSystem }

func bootID() string { return "" }
