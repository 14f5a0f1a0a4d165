package proof

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Cosignature is a witness's statement, as of Time, that a checkpoint is consistent with every earlier one of the trail
// that it has seen, and is the largest (C2SP tlog-cosignature, Ed25519).
type Cosignature struct {
	Witness string    // the key's name
	Time    time.Time // in whole seconds
}

// typeCosignature is the signature type of witnesses' keys, where a trail's own key has 1.
const typeCosignature = 4

// WitnessKey gives the verifier key of a witness, name+hash+key.
func WitnessKey(name string, public ed25519.PublicKey) (string, error) {
	if err := CheckOrigin(name); err != nil {
		return "", fmt.Errorf("witness: %w", err)
	}
	key := append([]byte{typeCosignature}, public...)
	return fmt.Sprintf("%s+%08x+%s", name, witnessHash(name, key), base64.StdEncoding.EncodeToString(key)), nil
}

func witnessHash(name string, key []byte) uint32 {
	h := sha256.Sum256(append([]byte(name+"\n"), key...))
	return binary.BigEndian.Uint32(h[:])
}

// NewWitnessVerifier reads a witness's verifier key. What it gives can be handed to [note.Open] beside the trail's key.
func NewWitnessVerifier(vkey string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	_, key64, _ := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.Strict().DecodeString(key64)
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != typeCosignature {
		return nil, fmt.Errorf("witness key %.100q is not name+hash+key with an Ed25519 key for cosignatures (type 04) in base64", vkey)
	}
	if again, err := WitnessKey(name, key[1:]); err != nil || again != vkey {
		return nil, fmt.Errorf("witness key %.100q: its hash does not fit its name and key", vkey)
	}
	return witnessVerifier{name, witnessHash(name, key), key[1:]}, nil
}

type witnessVerifier struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (v witnessVerifier) Name() string    { return v.name }
func (v witnessVerifier) KeyHash() uint32 { return v.hash }

func (v witnessVerifier) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig)
	return at <= math.MaxInt64 && ed25519.Verify(v.key, CosignedText(string(msg), at), sig[8:])
}

// CosignedText gives what a witness signs: body is the text of a checkpoint, at is in seconds since 1970.
func CosignedText(body string, at uint64) []byte {
	return []byte("cosignature/v1\ntime " + strconv.FormatUint(at, 10) + "\n" + body)
}

// Cosignatures checks a checkpoint with the trail's verifier key and gives the witnesses among those keys that have
// cosigned it, in the order of the keys. A cosignature by one of them that is wrong is an error; those of others are
// passed over.
func Cosignatures(msg []byte, vkey string, witnesses ...string) (Checkpoint, []Cosignature, error) {
	c, err := ParseCheckpoint(msg, vkey)
	if err != nil {
		return c, nil, err
	}
	var found []Cosignature
	for i, w := range witnesses {
		v, err := NewWitnessVerifier(w)
		if err != nil {
			return c, nil, err
		}
		if slices.Contains(witnesses[:i], w) {
			return c, nil, fmt.Errorf("witness key %s is given twice", Fingerprint(w))
		}
		n, err := note.Open(msg, note.VerifierList(v))
		if _, unsigned := errors.AsType[*note.UnverifiedNoteError](err); unsigned {
			continue
		} else if err != nil {
			return c, nil, fmt.Errorf("checkpoint: the cosignature by %s is wrong", Fingerprint(w))
		}
		sig, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
		if err != nil {
			return c, nil, fmt.Errorf("checkpoint: the cosignature by %s: %w", Fingerprint(w), err)
		}
		found = append(found, Cosignature{v.Name(), time.Unix(int64(binary.BigEndian.Uint64(sig[4:])), 0).UTC()})
	}
	return c, found, nil
}
