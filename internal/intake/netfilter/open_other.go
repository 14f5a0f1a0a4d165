//go:build !linux

package netfilter

import (
	"errors"
	"runtime"
)

var errSystem = errors.New("netfilter exists on Linux only, and this is " + runtime.GOOS)

// OpenConntrack gives an error.
func OpenConntrack(Options, []string) (*Stream, error) { return nil, errSystem }

// OpenNFLOG gives an error.
func OpenNFLOG(Options, uint16, int) (*Stream, error) { return nil, errSystem }
