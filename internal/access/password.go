package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// Lengths of a password.
const (
	minPassword = 12   // characters
	maxPassword = 1024 // bytes; more is only work for the attacked
)

func checkPassword(password string) error {
	if n := len([]rune(password)); n < minPassword {
		return invalidf("password", "a password has at least %d characters; this one has %d. Three or four random words are a good one", minPassword, n)
	}
	if len(password) > maxPassword {
		return invalidf("password", "a password has at most %d bytes; this one has %d", maxPassword, len(password))
	}
	return nil
}

// params are argon2id's. The default is RFC 9106's second recommended option.
type params struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

var defaultParams = params{64 << 10, 3, 4}

// hasher computes argon2id for a few callers at a time: each takes 64 MiB.
type hasher struct {
	params params
	slots  chan struct{} // one element for each running computation
	queue  chan struct{} // one for each caller, waiting or running
}

const (
	hashesAtOnce  = 2
	hashesWaiting = 32
)

func newHasher() hasher {
	return hasher{defaultParams, make(chan struct{}, hashesAtOnce), make(chan struct{}, hashesWaiting)}
}

// acquire waits for a slot; with too many waiting it refuses at once.
func (h hasher) acquire(ctx context.Context) (release func(), err error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return nil, &ThrottledError{time.Second}
	}
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots; <-h.queue }, nil
	case <-ctx.Done():
		<-h.queue
		return nil, ctx.Err()
	}
}

// make gives the PHC string of a password.
func (h hasher) make(ctx context.Context, password string) (string, error) {
	release, err := h.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	var salt [16]byte
	rand.Read(salt[:])
	p := h.params
	key := argon2.IDKey([]byte(password), salt[:], p.time, p.memory, p.threads, 32)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.time, p.threads,
		enc.EncodeToString(salt[:]), enc.EncodeToString(key)), nil
}

// check reports whether password has the PHC string phc. For the empty phc (an unknown name) it works as long and
// says no.
func (h hasher) check(ctx context.Context, phc, password string) (bool, error) {
	p, salt, want := h.params, make([]byte, 16), make([]byte, 32)
	known := phc != ""
	if known {
		var err error
		if p, salt, want, err = parsePHC(phc); err != nil {
			return false, err
		}
	}
	release, err := h.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	got := argon2.IDKey([]byte(password), salt, p.time, p.memory, p.threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

// parsePHC reads $argon2id$v=19$m=65536,t=3,p=4$salt$hash. Bounds keep a damaged file from asking for all memory.
func parsePHC(phc string) (p params, salt, key []byte, err error) {
	part := strings.Split(phc, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, fmt.Errorf("password hash is not $argon2id$v=%d$…", argon2.Version)
	}
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil {
		return p, nil, nil, fmt.Errorf("parameters of the password hash: %w", err)
	}
	if p.memory < 8 || p.memory > 1<<20 || p.time < 1 || p.time > 16 || p.threads < 1 {
		return p, nil, nil, fmt.Errorf("parameters of the password hash are out of range: %s", part[3])
	}
	if salt, err = base64.RawStdEncoding.DecodeString(part[4]); err != nil {
		return p, nil, nil, fmt.Errorf("salt of the password hash: %w", err)
	}
	if key, err = base64.RawStdEncoding.DecodeString(part[5]); err != nil {
		return p, nil, nil, fmt.Errorf("password hash: %w", err)
	}
	if len(salt) < 8 || len(salt) > 64 || len(key) < 16 || len(key) > 64 {
		return p, nil, nil, fmt.Errorf("password hash has a salt of %d and a key of %d bytes", len(salt), len(key))
	}
	return p, salt, key, nil
}

// readable has no signs that look alike.
const readable = "abcdefghijkmnpqrstuvwxyz23456789"

// newPassword gives 20 signs of 5 bits, in groups of four: k7mq-x2hd-….
func newPassword() string {
	var b [20]byte
	rand.Read(b[:])
	var out strings.Builder
	for i, c := range b {
		if i > 0 && i%4 == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(readable[int(c)%len(readable)]) // 256 is a multiple of 32: no sign is likelier
	}
	return out.String()
}
