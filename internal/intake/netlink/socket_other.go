//go:build !linux

package netlink

import (
	"context"
	"errors"
	"runtime"
	"time"
)

var errSystem = errors.New("audit netlink exists on Linux only, and this is " + runtime.GOOS)

type socket struct{}

func openSocket(int) (*socket, error) { return nil, errSystem }

func (*socket) Close() error                                                    { return nil }
func (*socket) trouble() (overruns, cut, foreign uint64)                        { return 0, 0, 0 }
func (*socket) receive(context.Context, time.Duration, func([]byte) bool) error { return errSystem }

func openStatus() (statusReader, error) { return nil, errSystem }

func bootID() string { return "" }
