package mongo

import (
	"strings"
	"unsafe"
)

// arena is memory that the texts of many events are cut from: one allocation for a hundred records, where two for each
// were a third of the cost of decoding.
type arena struct{ b strings.Builder }

const (
	arenaChunk = 64 << 10
	arenaMost  = 8 << 10 // a longer text has memory of its own
)

// string gives b as a string of its own.
func (a *arena) string(b []byte) string {
	if len(b) > arenaMost {
		return string(b)
	}
	if len(b) > a.b.Cap()-a.b.Len() {
		a.b.Reset()
		a.b.Grow(arenaChunk)
	}
	n := a.b.Len()
	a.b.Write(b)
	return a.b.String()[n:]
}

// readOnly gives the bytes of a string without a copy, to look at.
func readOnly(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
