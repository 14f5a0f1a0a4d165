// Package witness owns the part of a witness (C2SP tlog-witness): it keeps, for each trail that it watches, the last
// checkpoint it cosigned, and cosigns a newer one only if that one is proved to contain the last. A trail that was cut,
// rewritten or forked finds no witness any more. It also has the other side, the client that asks one.
//
// It keeps no records and never sees one. What it must never do is to forget: a witness whose directory is lost begins
// anew, with another key.
package witness

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/proof"
)

// Options say whom a witness watches.
type Options struct {
	Name   string           // of its key, a URL without scheme by custom; only for a new directory
	Trails []string         // verifier keys
	Now    func() time.Time // default time.Now
}

// Witness is an open directory of one. Safe for concurrent use.
type Witness struct {
	fs   disk.FS
	lock io.Closer
	now  func() time.Time
	name string
	vkey string
	hash uint32
	key  ed25519.PrivateKey

	mu     sync.Mutex // held from looking at a trail's state until the new one is on disk
	trails map[string]*watched
}

// watched is a trail: its key, and the last checkpoint that was cosigned, a zero one before the first.
type watched struct {
	vkey string
	file string
	last proof.Checkpoint
	note []byte // with the cosignature
}

// ErrName says that a new witness was given no name, or one that its key cannot carry.
var ErrName = errors.New("name of the witness")

// Errors of Add. A *[ConflictError] comes beside them.
var (
	ErrMalformed    = errors.New("the request is malformed")
	ErrUnknown      = errors.New("this witness does not watch the trail")
	ErrUnsigned     = errors.New("the checkpoint is not signed by the trail's key")
	ErrInconsistent = errors.New("the proof does not show that the trail only grew")
)

// ConflictError says that the request does not begin where this witness stands, or states another tree of the same size.
type ConflictError struct{ Size uint64 }

func (e *ConflictError) Error() string {
	return fmt.Sprintf("the last checkpoint that this witness cosigned counts %d records", e.Size)
}

const keyFile = "witness"

// Open opens the directory of a witness, or makes one with a new key.
func Open(fsys disk.FS, o Options) (w *Witness, err error) {
	w = &Witness{fs: fsys, now: o.Now, trails: map[string]*watched{}}
	if w.now == nil {
		w.now = time.Now
	}
	if err := fsys.MkdirAll("."); err != nil {
		return nil, err
	}
	if r, ok := fsys.(disk.Restricter); ok { // the key is in it
		if err := r.Restrict("."); err != nil {
			return nil, err
		}
	}
	if w.lock, err = fsys.Lock("lock"); err != nil {
		return nil, err
	}
	if err = w.readKey(o.Name); err == nil {
		err = w.watch(o.Trails)
	}
	if err != nil {
		return nil, errors.Join(err, w.lock.Close())
	}
	return w, nil
}

// Close releases the directory.
func (w *Witness) Close() error { return w.lock.Close() }

// VerifierKey is what trails and auditors need to know of this witness.
func (w *Witness) VerifierKey() string { return w.vkey }

// readKey reads the name and the seed, a line each, or makes them.
func (w *Witness) readKey(name string) error {
	data, err := disk.ReadFile(w.fs, keyFile, 1<<10)
	if errors.Is(err, fs.ErrNotExist) {
		if err := proof.CheckOrigin(name); err != nil {
			return fmt.Errorf("%w: %w", ErrName, err)
		}
		var seed [ed25519.SeedSize]byte
		rand.Read(seed[:])
		data = []byte(name + "\n" + hex.EncodeToString(seed[:]) + "\n")
		err = disk.WriteFile(w.fs, keyFile, data)
	}
	if err != nil {
		return err
	}
	lines := strings.Split(string(data), "\n")
	seed, err := hex.DecodeString(lines[min(1, len(lines)-1)])
	if err != nil || len(seed) != ed25519.SeedSize || len(lines) != 3 || lines[2] != "" {
		return fmt.Errorf("%s: is not a name and a seed of 32 bytes in hexadecimal, a line each", keyFile)
	}
	if name != "" && name != lines[0] {
		return fmt.Errorf("%s: the witness of this directory is %q, not %q", keyFile, lines[0], name)
	}
	w.name, w.key = lines[0], ed25519.NewKeyFromSeed(seed)
	if w.vkey, err = proof.WitnessKey(w.name, w.key.Public().(ed25519.PublicKey)); err != nil {
		return fmt.Errorf("%s: %w", keyFile, err)
	}
	v, err := proof.NewWitnessVerifier(w.vkey)
	if err != nil {
		return err
	}
	w.hash = v.KeyHash()
	return nil
}

// watch reads what was cosigned of each trail.
func (w *Witness) watch(vkeys []string) error {
	for _, vkey := range vkeys {
		origin, _, _ := strings.Cut(vkey, "+")
		if w.trails[origin] != nil {
			return fmt.Errorf("trail %s is given twice", origin)
		}
		sum := sha256.Sum256([]byte(origin))
		t := &watched{vkey: vkey, file: hex.EncodeToString(sum[:16]) + ".checkpoint", last: proof.Checkpoint{Origin: origin, Root: emptyRoot}}
		var err error
		if t.note, err = disk.ReadFile(w.fs, t.file, 1<<16); err == nil {
			t.last, err = proof.ParseCheckpoint(t.note, vkey)
		} else if errors.Is(err, fs.ErrNotExist) {
			_, err = note.NewVerifier(vkey)
		}
		if err != nil {
			return fmt.Errorf("trail %s: %w", proof.Fingerprint(vkey), err)
		}
		w.trails[origin] = t
	}
	return nil
}

// emptyRoot is the root of a tree without leaves.
var emptyRoot = counterfoil.Hash(sha256.Sum256(nil))

// Add takes a [proof.Growth] document. If the trail only grew since the last checkpoint that was cosigned, the new one is
// kept, and then its cosignature given as a line of a signed note.
func (w *Witness) Add(doc []byte) (line []byte, err error) {
	g, err := proof.ParseGrowth(doc)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	origin, _, _ := strings.Cut(string(g.Checkpoint), "\n")
	t := w.trails[origin] // what is watched does not change after Open
	if t == nil {
		return nil, ErrUnknown
	}
	c, err := proof.ParseCheckpoint(g.Checkpoint, t.vkey)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	if g.Old > c.Size {
		return nil, fmt.Errorf("%w: old size %d is above the checkpoint's %d", ErrMalformed, g.Old, c.Size)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if g.Old != t.last.Size || g.Old == c.Size && c.Root != t.last.Root {
		return nil, &ConflictError{t.last.Size}
	}
	if err := proof.CheckConsistency(t.last.Size, t.last.Root, c.Size, c.Root, g.Path); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInconsistent, err)
	}
	line = w.cosign(c)
	cosigned := append(append([]byte(nil), g.Checkpoint...), line...)
	if len(cosigned) > 1<<16 {
		return nil, fmt.Errorf("%w: the checkpoint has too many signatures", ErrMalformed)
	}
	if err := disk.WriteFile(w.fs, t.file, cosigned); err != nil {
		return nil, err
	}
	t.last, t.note = c, cosigned
	return line, nil
}

// cosign gives the signature line of a witness.
func (w *Witness) cosign(c proof.Checkpoint) []byte {
	at := uint64(w.now().Unix())
	sig := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, w.hash), at)
	sig = append(sig, ed25519.Sign(w.key, proof.CosignedText(c.Body(), at))...)
	return fmt.Appendf(nil, "— %s %s\n", w.name, base64.StdEncoding.EncodeToString(sig))
}

// Last gives the last checkpoint of a trail that was cosigned, with the cosignature; nil if there is none.
func (w *Witness) Last(origin string) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := w.trails[origin]; t != nil {
		return t.note
	}
	return nil
}
