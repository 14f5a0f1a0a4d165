package sha256x2

import (
	"crypto/fips140"
	"crypto/sha256"
	"encoding/binary"
)

const blockSize = sha256.BlockSize

// Hasher is memory to hash in. The zero value is ready. For one goroutine.
type Hasher struct {
	a, b lane
	idle [8]uint32 // state of a lane that nobody is in
}

// Sum gives the SHA-256 of a and that of b.
func (h *Hasher) Sum(a, b []byte) (x, y [sha256.Size]byte) {
	if !beside {
		return sha256.Sum256(a), sha256.Sum256(b)
	}
	h.run(a, b)
	return h.a.sum(), h.b.sum()
}

// beside tells whether two messages are hashed beside each other. Who asks for the standard library's validated module
// (GODEBUG=fips140=on) gets that.
var beside = hasInstructions() && !fips140.Enabled()

// start is the state before the first block (FIPS 180-4 §5.3.3).
var start = [8]uint32{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}

// lane is one of the messages.
type lane struct {
	state [8]uint32
	text  []byte // what comes next: whole blocks of the message, and then its end
	end   [2 * blockSize]byte
	ends  int // bytes of end that come behind text
}

// begin lays a message in. What is no whole block of it, and all of one that is short, goes to where the padding is.
func (l *lane) begin(msg []byte) {
	const padding = 1 + 8
	whole := 0
	if len(msg) > len(l.end)-padding {
		whole = len(msg) &^ (blockSize - 1)
	}
	n := copy(l.end[:], msg[whole:])
	l.ends = (n + padding + blockSize - 1) &^ (blockSize - 1)
	l.end[n] = 0x80
	clear(l.end[n+1 : l.ends-8])
	binary.BigEndian.PutUint64(l.end[l.ends-8:l.ends], uint64(len(msg))<<3)
	l.state, l.text = start, msg[:whole]
	l.advance(0)
}

// advance is behind n blocks.
func (l *lane) advance(n int) {
	if l.text = l.text[n*blockSize:]; len(l.text) == 0 {
		l.text, l.ends = l.end[:l.ends], 0
	}
}

func (l *lane) sum() (h [sha256.Size]byte) {
	for i, w := range l.state {
		binary.BigEndian.PutUint32(h[4*i:], w)
	}
	return h
}

func (h *Hasher) run(a, b []byte) {
	la, lb := &h.a, &h.b
	la.begin(a)
	lb.begin(b)
	for len(la.text) > 0 && len(lb.text) > 0 {
		n := min(len(la.text), len(lb.text)) / blockSize
		blocks(&la.state, &lb.state, &la.text[0], &lb.text[0], n)
		la.advance(n)
		lb.advance(n)
	}
	for _, l := range [...]*lane{la, lb} {
		for len(l.text) > 0 {
			n := len(l.text) / blockSize
			blocks(&l.state, &h.idle, &l.text[0], &l.text[0], n)
			l.advance(n)
		}
	}
}
