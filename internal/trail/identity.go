package trail

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
)

const (
	identityFile = "trail"
	signerFile   = "keys/signer"
	identityHead = "counterfoil trail 1"
)

// identity is who the trail is: made once, with the directory.
type identity struct {
	id      counterfoil.TrailID
	origin  string
	vkey    string
	created counterfoil.Time
	signer  *merkle.Signer // nil for a reader that cannot see the secret
}

// newIdentity makes one and writes it. The secret is on stable storage before the file that names its public half.
func newIdentity(fsys disk.FS, node string, now counterfoil.Time) (id identity, err error) {
	rand.Read(id.id[:])
	id.origin = fmt.Sprintf("%s/counterfoil/%x", originName(node), id.id[:4])
	id.created = now
	seed := merkle.NewSeed()
	if id.signer, err = merkle.NewSigner(id.origin, seed); err != nil {
		return id, err
	}
	id.vkey = id.signer.VerifierKey()
	if err := disk.WriteFile(fsys, signerFile, []byte(hex.EncodeToString(seed[:])+"\n")); err != nil {
		return id, err
	}
	msg, err := id.signer.Sign(id.text())
	if err != nil {
		return id, err
	}
	return id, disk.WriteFile(fsys, identityFile, msg)
}

func (id *identity) text() string {
	return fmt.Sprintf("%s\n%s\n%x\n%s\n%s\n", identityHead, id.origin, id.id[:], id.created, id.vkey)
}

// originName leaves in a node's name what an origin may have.
func originName(node string) string {
	name := strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7f && !strings.ContainsRune(`+"\/`, r) {
			return r
		}
		return '_'
	}, node)
	return name[:min(len(name), 120)]
}

// readIdentity reads and checks the identity. fs.ErrNotExist if there is none.
func readIdentity(fsys disk.FS) (id identity, err error) {
	msg, err := disk.ReadFile(fsys, identityFile, 1<<16)
	if err != nil {
		return id, err
	}
	lines := strings.Split(string(msg), "\n")
	if len(lines) < 6 || lines[0] != identityHead {
		return id, fmt.Errorf("%s: is no identity of a trail of this version", identityFile)
	}
	id.origin, id.vkey = lines[1], lines[4]
	text, err := openNote(msg, id.vkey)
	if err != nil {
		return id, fmt.Errorf("%s: %w", identityFile, err)
	}
	raw, err := hex.DecodeString(lines[2])
	if err != nil || len(raw) != len(id.id) {
		return id, fmt.Errorf("%s: line 3 is no identity", identityFile)
	}
	copy(id.id[:], raw)
	if id.created, err = counterfoil.ParseTime(lines[3]); err != nil {
		return id, fmt.Errorf("%s: line 4: %w", identityFile, err)
	}
	if text != id.text() {
		return id, fmt.Errorf("%s: is not in its one form", identityFile)
	}
	return id, nil
}

// readSigner reads the secret.
func (id *identity) readSigner(fsys disk.FS) error {
	data, err := disk.ReadFile(fsys, signerFile, 1<<10)
	if err != nil {
		return err
	}
	raw, err := hex.DecodeString(strings.TrimSuffix(string(data), "\n"))
	if err != nil || len(raw) != len(merkle.Seed{}) || hex.EncodeToString(raw)+"\n" != string(data) {
		return fmt.Errorf("%s: is no seed of 32 bytes in hexadecimal, lower case", signerFile)
	}
	s, err := merkle.NewSigner(id.origin, merkle.Seed(raw))
	if err != nil {
		return err
	}
	if s.VerifierKey() != id.vkey {
		return fmt.Errorf("%s: is not the secret of the key in %s", signerFile, identityFile)
	}
	id.signer = s
	return nil
}

// openNote checks a signed note and gives its text.
func openNote(msg []byte, vkey string) (string, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return "", fmt.Errorf("verifier key: %w", err)
	}
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		return "", fmt.Errorf("signature: %w", err)
	}
	again, err := signatureLines(n)
	if err != nil || n.Text+"\n"+again != string(msg) {
		return "", errors.New("signature: something else stands beside it, or it is not in its one form")
	}
	return n.Text, nil
}

// signatureLines writes the signatures that were read, each from the bytes that it holds.
func signatureLines(n *note.Note) (string, error) {
	var b strings.Builder
	for _, s := range n.Sigs {
		sig, err := base64.StdEncoding.DecodeString(s.Base64)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "— %s %s\n", s.Name, base64.StdEncoding.EncodeToString(sig))
	}
	return b.String(), nil
}

// isMissing reports whether a file is not there.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
