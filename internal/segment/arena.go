package segment

import "strings"

// Arena is a piece of memory that texts are copied into. What shares a piece goes only when all of it does, so that what
// lives long has an arena of its own. Do not copy an arena that was used.
type Arena struct {
	piece strings.Builder // whose memory is not cleared before it is written
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
	case len(s) > a.piece.Cap()-a.piece.Len():
		n := min(mostPiece, max(firstPiece, 2*a.piece.Cap(), 2*len(s)))
		a.piece.Reset()
		a.piece.Grow(n)
	}
	at := a.piece.Len()
	a.piece.WriteString(s)
	return a.piece.String()[at:]
}
