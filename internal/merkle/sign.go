package merkle

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/counterfoil/counterfoil/proof"
)

// Seed is the secret that a signing key is made from.
type Seed [ed25519.SeedSize]byte

// NewSeed gives a random one.
func NewSeed() (s Seed) { rand.Read(s[:]); return s }

// Signer signs a trail's checkpoints. Safe for concurrent use.
type Signer struct {
	origin, vkey string
	key          ed25519.PrivateKey
	id           uint32
}

// NewSigner makes the signer of a trail with the name origin (see proof.CheckOrigin), whose key comes from seed.
func NewSigner(origin string, seed Seed) (*Signer, error) {
	if err := proof.CheckOrigin(origin); err != nil {
		return nil, fmt.Errorf("make signer: %w", err)
	}
	key := ed25519.NewKeyFromSeed(seed[:])
	vkey, err := note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, fmt.Errorf("make signer: %w", err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("make signer: %w", err)
	}
	return &Signer{origin, vkey, key, v.KeyHash()}, nil
}

// Origin gives the name of the trail.
func (s *Signer) Origin() string { return s.origin }

// VerifierKey gives the text with which anybody checks the signatures: name+hash+key.
func (s *Signer) VerifierKey() string { return s.vkey }

// Derive gives a secret that only who has the signer's can make: a key for a purpose of its own.
func (s *Signer) Derive(purpose string) []byte {
	h := hmac.New(sha256.New, s.key.Seed())
	h.Write([]byte(purpose))
	return h.Sum(nil)
}

// SignCheckpoint gives the signed note of a tree's size and root.
func (s *Signer) SignCheckpoint(size uint64, root Hash) ([]byte, error) {
	body := proof.Checkpoint{Origin: s.origin, Size: size, Root: root}.Body()
	msg, err := note.Sign(&note.Note{Text: body}, noteSigner{s})
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint of %d records: %w", size, err)
	}
	return msg, nil
}

type noteSigner struct{ *Signer }

func (s noteSigner) Name() string                    { return s.origin }
func (s noteSigner) KeyHash() uint32                 { return s.id }
func (s noteSigner) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// Sign gives a signed note of another text, which must end in a newline. Its first line must not be the origin, so that
// it is never taken for a checkpoint.
func (s *Signer) Sign(text string) ([]byte, error) {
	if strings.HasPrefix(text, s.origin+"\n") {
		return nil, fmt.Errorf("sign note: its text begins like a checkpoint's")
	}
	return note.Sign(&note.Note{Text: text}, noteSigner{s})
}
