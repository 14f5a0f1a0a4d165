package sha256x2

// blocks goes on with the states sa and sb by n blocks of 64 bytes each, from a and from b on.
//
//go:noescape
func blocks(sa, sb *[8]uint32, a, b *byte, n int)

//go:noescape
func cpuid(leaf uint32) (eax, ebx, ecx uint32)

// hasInstructions tells whether the processor has what blocks uses: SHA, SSSE3 and SSE4.1.
func hasInstructions() bool {
	const sha, ssse3, sse41 = 1 << 29, 1 << 9, 1 << 19 // Intel SDM, volume 2, CPUID
	if leaves, _, _ := cpuid(0); leaves < 7 {
		return false
	}
	_, _, ecx := cpuid(1)
	_, ebx, _ := cpuid(7)
	return ebx&sha != 0 && ecx&ssse3 != 0 && ecx&sse41 != 0
}
