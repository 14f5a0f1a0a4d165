package proof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/counterfoil/counterfoil"
)

// Checkpoint is a statement of a tree's size and root. Signed, as a C2SP signed note, it is what proofs lead to.
type Checkpoint struct {
	Origin string // name of the trail, unique; also the name of the key that signs
	Size   uint64 // records
	Root   counterfoil.Hash
}

// Body gives the text that is signed (C2SP tlog-checkpoint): origin, size in decimal and root in base64, a line each.
func (c Checkpoint) Body() string {
	return c.Origin + "\n" + strconv.FormatUint(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// CheckOrigin returns an error if s cannot be an origin: printable ASCII without space, '+', '"' and '\', 1 to 200 bytes.
func CheckOrigin(s string) error {
	if s == "" || len(s) > 200 {
		return fmt.Errorf("origin of %d bytes; 1 to 200 are allowed", len(s))
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '+' || c == '"' || c == '\\' {
			return fmt.Errorf("origin %q: only printable ASCII without space, +, \" and \\ is allowed", s)
		}
	}
	return nil
}

// maxNote bounds a signed checkpoint, witnesses' signatures included.
const maxNote = 64 << 10

// ParseCheckpoint reads a signed note and checks its signature with a verifier key (vkey text, name+hash+key). The key's
// name must be the origin. Signatures by others, witnesses for example, may stand beside it and are not checked.
//
// It is strict: text that means the same and is not what [Checkpoint.Body] and the note format write is refused.
func ParseCheckpoint(msg []byte, vkey string) (Checkpoint, error) {
	c, _, err := openCheckpoint(msg, vkey)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	return c, nil
}

// openCheckpoint also tells how many signatures were not checked.
func openCheckpoint(msg []byte, vkey string) (c Checkpoint, unchecked int, err error) {
	if len(msg) > maxNote {
		return c, 0, fmt.Errorf("%d bytes, more than the %d that a note may have", len(msg), maxNote)
	}
	v, err := newVerifier(vkey)
	if err != nil {
		return c, 0, err
	}
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		if _, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
			return c, 0, fmt.Errorf("is not signed by key %s", Fingerprint(vkey))
		}
		if _, ok := errors.AsType[*note.InvalidSignatureError](err); ok {
			return c, 0, fmt.Errorf("the signature by key %s is wrong", Fingerprint(vkey))
		}
		return c, 0, err
	}
	if again := formatNote(n); again != string(msg) {
		return c, 0, errors.New("the note is not in its one form")
	}
	if c, err = parseBody(n.Text); err != nil {
		return Checkpoint{}, 0, err
	}
	if c.Origin != v.Name() {
		return Checkpoint{}, 0, fmt.Errorf("origin %q is signed by a key of %q", c.Origin, v.Name())
	}
	return c, len(n.UnverifiedSigs), nil
}

func parseBody(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return c, fmt.Errorf("the body has %d lines where origin, size and root belong", strings.Count(text, "\n"))
	}
	c.Origin = lines[0]
	if err := CheckOrigin(c.Origin); err != nil {
		return c, err
	}
	if c.Size, err = strconv.ParseUint(lines[1], 10, 63); err != nil {
		return c, fmt.Errorf("size %.30q is no number of records", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != len(c.Root) {
		return c, fmt.Errorf("root %.60q is not 32 bytes in base64", lines[2])
	}
	copy(c.Root[:], root)
	if c.Body() != text {
		return c, errors.New("the body is not in its one form")
	}
	return c, nil
}

// formatNote writes a note with the signatures that were read, each from the bytes that it holds.
func formatNote(n *note.Note) string {
	var b strings.Builder
	b.WriteString(n.Text + "\n")
	for _, s := range append(n.Sigs[:len(n.Sigs):len(n.Sigs)], n.UnverifiedSigs...) {
		sig, err := base64.StdEncoding.DecodeString(s.Base64)
		if err != nil {
			return ""
		}
		fmt.Fprintf(&b, "— %s %s\n", s.Name, base64.StdEncoding.EncodeToString(sig))
	}
	return b.String()
}

// CheckKey returns an error if vkey cannot be a trail's verifier key: name+hash+key with an Ed25519 key, in its one form.
func CheckKey(vkey string) error {
	_, err := newVerifier(vkey)
	return err
}

// newVerifier reads a vkey, which must be in its one form.
func newVerifier(vkey string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	_, key64, _ := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.Strict().DecodeString(key64)
	if err != nil || len(key) != 33 || key[0] != 1 {
		return nil, fmt.Errorf("verifier key %.100q is not name+hash+key with an Ed25519 key in base64", vkey)
	}
	if again, err := note.NewEd25519VerifierKey(name, key[1:]); err != nil || again != vkey {
		return nil, fmt.Errorf("verifier key %.100q: its hash does not fit its name and key", vkey)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("verifier key %.100q: %w", vkey, err)
	}
	return v, nil
}

// Fingerprint gives what people compare when they compare verifier keys: name and key hash, "name+1a2b3c4d".
func Fingerprint(vkey string) string {
	name, rest, _ := strings.Cut(vkey, "+")
	hash, _, _ := strings.Cut(rest, "+")
	return name + "+" + hash
}
