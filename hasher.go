package counterfoil

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"

	"github.com/counterfoil/counterfoil/internal/sha256x2"
)

// Hasher hashes many leaves and nodes, two beside each other, which takes a processor little longer than one. The zero value is ready.
// For one goroutine.
type Hasher struct {
	two   sha256x2.Hasher
	first unhashed // waits for a second
	waits bool
	macs  [2]macTexts
	pair  [2][1 + 2*sha256.Size]byte // of leaves or nodes
}

// unhashed is a record whose leaf is wanted.
type unhashed struct {
	to    *Hash
	msg   []byte
	comma int
	salt  Salting
}

// Salting says what a record's hidden half is hashed with: the salt that Key has for record Seq, or where there is one Given.
type Salting struct {
	Key   SubjectKey
	Seq   uint64
	Given *Salt
}

// Salt gives the salt.
func (s *Salting) Salt() Salt {
	if s.Given != nil {
		return *s.Given
	}
	return s.Key.Salt(s.Seq)
}

// Leaf writes to *to the hash of what [LeafOf] gives for a record, now or when the next one comes, or with Finish. Until then to and msg
// belong to the hasher, which writes to msg and restores it.
func (h *Hasher) Leaf(to *Hash, msg []byte, comma int, salt Salting) {
	u := unhashed{to, msg, comma, salt}
	if !h.waits {
		h.first, h.waits = u, true
		return
	}
	h.waits = false
	if h.first.isUsual() && u.isUsual() {
		h.leaves(&h.first, &u)
	} else {
		h.first.alone()
		u.alone()
	}
}

// Finish hashes the leaf that waits, if one does.
func (h *Hasher) Finish() {
	if h.waits {
		h.waits = false
		h.first.alone()
	}
}

// Drop forgets the leaf that waits.
func (h *Hasher) Drop() { h.waits = false }

func (u *unhashed) alone() { *u.to = LeafOf(u.msg, u.comma, u.salt.Salt()).Hash() }

// isUsual leaves out the rare record that has less to be hashed.
func (u *unhashed) isUsual() bool { return u.salt.Given == nil && !isForgotten(u.msg, u.comma) }

// leaves does for two records what LeafOf does for one.
func (h *Hasher) leaves(a, b *unhashed) {
	h.macs[0].key(&a.salt)
	h.macs[1].key(&b.salt)
	saltA, saltB := h.salts()
	a.msg[a.comma], b.msg[b.comma] = '}', '}'
	openA, openB := h.two.Sum(a.msg[:a.comma+1], b.msg[:b.comma+1])
	wasA, wasB := a.put(saltA), b.put(saltB)
	hiddenA, hiddenB := h.two.Sum(a.msg[a.comma-len(saltA):], b.msg[b.comma-len(saltB):])
	a.restore(wasA)
	b.restore(wasB)
	*a.to, *b.to = h.pairs(0, openA, hiddenA, openB, hiddenB)
}

// put puts the salt before the hidden half and gives what was there.
func (u *unhashed) put(s Salt) (was Salt) {
	u.msg[u.comma] = '{'
	before := u.msg[u.comma-len(s) : u.comma]
	was = Salt(before)
	copy(before, s[:])
	return was
}

func (u *unhashed) restore(was Salt) {
	copy(u.msg[u.comma-len(was):], was[:])
	u.msg[u.comma] = ','
}

// macTexts is the two texts that HMAC-SHA-256 hashes; the second ends in the hash of the first.
type macTexts struct {
	inner [sha256.BlockSize + 8]byte
	outer [sha256.BlockSize + sha256.Size]byte
}

func (m *macTexts) key(s *Salting) {
	copy(m.inner[:], innerPad)
	copy(m.outer[:], outerPad)
	subtle.XORBytes(m.inner[:], m.inner[:], s.Key[:])
	subtle.XORBytes(m.outer[:], m.outer[:], s.Key[:])
	binary.BigEndian.PutUint64(m.inner[sha256.BlockSize:], s.Seq)
}

func (h *Hasher) salts() (a, b Salt) {
	m, n := &h.macs[0], &h.macs[1]
	x, y := h.two.Sum(m.inner[:], n.inner[:])
	copy(m.outer[sha256.BlockSize:], x[:])
	copy(n.outer[sha256.BlockSize:], y[:])
	x, y = h.two.Sum(m.outer[:], n.outer[:])
	return Salt(x[:len(a)]), Salt(y[:len(b)])
}

// pairs hashes two pairs, with the byte that leaves or nodes have before them.
func (h *Hasher) pairs(kind byte, leftA, rightA, leftB, rightB Hash) (a, b Hash) {
	x, y := &h.pair[0], &h.pair[1]
	x[0], y[0] = kind, kind
	copy(x[1:], leftA[:])
	copy(x[33:], rightA[:])
	copy(y[1:], leftB[:])
	copy(y[33:], rightB[:])
	return h.two.Sum(x[:], y[:])
}

// Above replaces a row of nodes by the row above it: each two of them by what [NodeHash] gives. Their number must be a multiple of four,
// or two.
func (h *Hasher) Above(row []Hash) []Hash {
	if len(row) == 2 {
		row[0] = NodeHash(row[0], row[1])
		return row[:1]
	}
	for i := 0; i < len(row); i += 4 {
		row[i/2], row[i/2+1] = h.pairs(1, row[i], row[i+1], row[i+2], row[i+3])
	}
	return row[:len(row)/2]
}
