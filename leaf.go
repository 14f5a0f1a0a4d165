package counterfoil

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
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
	// HMAC (RFC 2104) written out: without a state for each key there is nothing to keep, and to fetch from memory.
	var m macTexts
	m.key(&Salting{Key: k, Seq: seq})
	h := sha256.Sum256(m.inner[:])
	copy(m.outer[sha256.BlockSize:], h[:])
	h = sha256.Sum256(m.outer[:])
	return Salt(h[:16])
}

var (
	innerPad = strings.Repeat("\x36", sha256.BlockSize)
	outerPad = strings.Repeat("\x5c", sha256.BlockSize)
)

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
// [AppendRecord] gives them. It writes to msg while it works and restores it. Of a forgotten half the message has the hash
// itself, and the salt is not asked for.
func LeafOf(msg []byte, comma int, salt Salt) (l Leaf) {
	// The open half is closed, and the hidden half opened, where the comma stands.
	msg[comma] = '}'
	l.Open = sha256.Sum256(msg[:comma+1])
	if isForgotten(msg, comma) {
		msg[comma] = ','
		if _, err := hex.Decode(l.Hidden[:], msg[comma+len(hiddenKey):][:2*len(l.Hidden)]); err != nil {
			panic("counterfoil: LeafOf of a message that AppendRecord did not write: " + err.Error())
		}
		return l
	}
	msg[comma] = '{'
	// The salt goes where the end of the open half stands: what is hashed is then one piece. No open half is shorter.
	before := msg[comma-len(salt) : comma]
	was := Salt(before)
	copy(before, salt[:])
	l.Hidden = sha256.Sum256(msg[comma-len(salt):])
	copy(before, was[:])
	msg[comma] = ','
	return l
}

// isForgotten tells of a canonical message whether the commitment stands in the place of its hidden half, which begins with "addr".
func isForgotten(msg []byte, comma int) bool { return msg[comma+2] == hiddenKey[2] }

// NodeHash gives an interior node of the tree, SHA-256(0x01 ‖ left ‖ right) (RFC 6962 §2.1).
func NodeHash(left, right Hash) Hash {
	var b [65]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[33:], right[:])
	return sha256.Sum256(b[:])
}
