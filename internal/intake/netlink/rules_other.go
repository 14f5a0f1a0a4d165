//go:build !linux

package netlink

import "fmt"

// ReadKernel says that there is nothing to ask.
func ReadKernel() (Kernel, error) {
	return Kernel{}, fmt.Errorf("read the kernel's audit rules: %w", errSystem)
}
