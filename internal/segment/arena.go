package segment

import (
	"strings"
	"unsafe"
)

// Arena is the free end of a piece of memory that texts are copied into. What shares a piece goes only when all of it
// does, so that what lives long has an arena of its own.
type Arena struct {
	free  []byte
	piece int // bytes of the last
}

const (
	firstPiece = 1 << 10
	mostPiece  = 64 << 10 // bytes of an arena's pieces
)

// Keep copies a string.
func (a *Arena) Keep(s string) string {
	switch {
	case s == "":
		return ""
	case len(s) > mostPiece/8:
		return strings.Clone(s)
	case len(s) > len(a.free):
		a.piece = min(mostPiece, max(firstPiece, 2*a.piece, 2*len(s)))
		a.free = make([]byte, a.piece)
	}
	kept := a.free[:len(s)]
	a.free = a.free[len(s):]
	copy(kept, s)
	return unsafe.String(&kept[0], len(kept)) // nothing writes to what was handed out
}
