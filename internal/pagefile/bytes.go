package pagefile

import (
	"math/bits"
	"sync"
)

// Memory that pages are read into is used again, by size: a page of texts has a megabyte, one of outcomes some hundred bytes, and a record may need
// thirty of them at the same time.

const (
	leastBytes = 10 // bits of the least size
	sizes      = 18
	padding    = 64 // bytes behind each, so that what unpacks bits may read over the end
)

var memories [sizes]sync.Pool // of *[]byte

// takeBytes gives n bytes with anything in them.
func takeBytes(n int) []byte {
	class := max(0, bits.Len(uint(max(n, 1)-1))-leastBytes)
	if class >= sizes {
		return make([]byte, n, n+padding)
	}
	if b, ok := memories[class].Get().(*[]byte); ok {
		return (*b)[:n]
	}
	return make([]byte, n, 1<<(class+leastBytes)+padding)
}

// giveBytes gives them back. What is larger or smaller by now than any that is taken is the collector's.
func giveBytes(b []byte) {
	class := bits.Len(uint(max(cap(b)-padding, 0))) - 1 - leastBytes
	if class >= 0 && class < sizes {
		memories[class].Put(&b)
	}
}
