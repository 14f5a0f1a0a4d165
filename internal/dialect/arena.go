package dialect

import "unsafe"

// Arena is memory that the texts of many events are cut from: one allocation for a hundred events, where some for each are much of
// the cost of decoding. The zero value is ready. For one goroutine.
type Arena struct {
	free   []byte   // of the last piece
	pieces [][]byte // those that texts since the last Reset are in; only of who resets
	spare  [][]byte // those that may be used again
	resets bool
}

const (
	arenaPiece = 64 << 10
	arenaMost  = arenaPiece / 8 // a longer text has memory of its own
	arenaSpare = 64             // pieces that stay, which is more than the events of a batch take
)

// String gives b as a string of its own.
func (a *Arena) String(b []byte) string {
	n := len(b)
	switch {
	case n == 0:
		return ""
	case n > arenaMost:
		return string(b)
	case n > len(a.free):
		a.free = a.piece()
	}
	s := a.free[:n]
	a.free = a.free[n:]
	copy(s, b)
	return unsafe.String(&s[0], n) // nothing writes to it before Reset
}

func (a *Arena) piece() (p []byte) {
	if n := len(a.spare); n > 0 {
		p, a.spare = a.spare[n-1], a.spare[:n-1]
	} else {
		p = make([]byte, arenaPiece)
	}
	if a.resets {
		a.pieces = append(a.pieces, p)
	}
	return p
}

// Reset takes back the memory of all texts that were given.
func (a *Arena) Reset() {
	a.spare = append(a.spare, a.pieces[:min(len(a.pieces), arenaSpare-len(a.spare))]...)
	clear(a.pieces)
	a.pieces, a.free, a.resets = a.pieces[:0], nil, true
}
