//go:build !amd64

package sha256x2

func blocks(sa, sb *[8]uint32, a, b *byte, n int) { panic("sha256x2: not on this processor") }

func hasInstructions() bool { return false }
