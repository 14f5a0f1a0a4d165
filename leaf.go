package counterfoil

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// Hash is a SHA-256 value.
type Hash [32]byte

// SubjectKey is the secret from which the salts of one user's records are made. Whoever destroys it makes the hidden
// halves of that user's records unconfirmable by guessing.
type SubjectKey [32]byte

// Salt is what the hidden half of one record is hashed with: the first 16 bytes of
// HMAC-SHA-256(key, seq as 8 bytes big-endian).
type Salt [16]byte

// Salt derives the salt of record seq.
func (k SubjectKey) Salt(seq uint64) Salt {
	return NewSalter(k).Salt(seq)
}

// Salter derives many salts from one key without setting up the key each time. For one goroutine.
type Salter struct{ mac hash.Hash }

// NewSalter sets up a key.
func NewSalter(k SubjectKey) *Salter { return &Salter{hmac.New(sha256.New, k[:])} }

// Salt derives the salt of record seq.
func (s *Salter) Salt(seq uint64) (salt Salt) {
	var b [8]byte
	var sum [sha256.Size]byte
	binary.BigEndian.PutUint64(b[:], seq)
	s.mac.Reset()
	s.mac.Write(b[:])
	copy(salt[:], s.mac.Sum(sum[:0]))
	return salt
}

// Leaf is what a tree commits to for one record.
type Leaf struct {
	Open   Hash // SHA-256 of the open half
	Hidden Hash // SHA-256 of the salt and the hidden half
}

// Hash gives the leaf hash, SHA-256(0x00 ‖ open ‖ hidden): RFC 6962's leaf hash of the 64 bytes open ‖ hidden.
func (l Leaf) Hash() Hash {
	var b [65]byte
	copy(b[1:], l.Open[:])
	copy(b[33:], l.Hidden[:])
	return sha256.Sum256(b[:])
}

// LeafOf computes the leaf of a canonical record whose halves are parted by the comma at index comma, as
// [AppendRecord] gives them. It writes to msg while it works and restores it.
func LeafOf(msg []byte, comma int, salt Salt) (l Leaf) {
	// The open half is closed, and the hidden half opened, where the comma stands.
	msg[comma] = '}'
	l.Open = sha256.Sum256(msg[:comma+1])
	msg[comma] = '{'
	h := sha256.New()
	h.Write(salt[:])
	h.Write(msg[comma:])
	h.Sum(l.Hidden[:0])
	msg[comma] = ','
	return l
}

// NodeHash gives an interior node of the tree, SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1).
func NodeHash(left, right Hash) Hash {
	var b [65]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[33:], right[:])
	return sha256.Sum256(b[:])
}
