package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// token is an entry of tokens.json.
type token struct {
	Name    string    `json:"name"`
	Role    Role      `json:"role"`
	SHA256  string    `json:"sha256"` // of the whole secret, in hex
	Created time.Time `json:"created"`
	By      string    `json:"by,omitempty"`
}

func (t token) who() (string, Role, string) { return t.Name, t.Role, t.By }

// Entry describes a token or an account, without its secret.
type Entry struct {
	Name    string    `json:"name"`
	Role    Role      `json:"role"`
	Created time.Time `json:"created"`
	By      string    `json:"by,omitempty"` // who made it
}

// TokenPrefix begins every token's secret, so that scanners of leaked secrets know one.
const TokenPrefix = "cf_"

// secretDigits is the length of 32 bytes in base 62.
const secretDigits = 43

// CreateToken makes a token and gives its secret, which is kept nowhere: "cf_" and 43 letters and digits (256 bits).
// by says who asked for it. It fails with ErrTaken or an *InputError.
func (s *Store) CreateToken(name string, role Role, by string) (secret string, err error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	if _, err := ParseRole(string(role)); err != nil {
		return "", err
	}
	secret = newSecret()
	err = update(s, &s.tokens, func(all []token) ([]token, error) {
		if find(all, name) >= 0 {
			return nil, fmt.Errorf("token %q: %w; revoke that one first, or choose another name", name, ErrTaken)
		}
		return append(all, token{name, role, digest(secret), s.opts.Now().UTC(), by}), nil
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// RevokeToken ends a token at once. It fails with ErrNotFound.
func (s *Store) RevokeToken(name string) error {
	return update(s, &s.tokens, func(all []token) ([]token, error) {
		i := find(all, name)
		if i < 0 {
			return nil, fmt.Errorf("token %q: %w", name, ErrNotFound)
		}
		return slices.Delete(all, i, i+1), nil
	})
}

// Tokens lists the tokens in the order they were made.
func (s *Store) Tokens() ([]Entry, error) {
	if err := s.Refresh(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Entry, len(s.tokens.entries))
	for i, t := range s.tokens.entries {
		all[i] = Entry{t.Name, t.Role, t.Created, t.By}
	}
	return all, nil
}

// CheckToken tells whose token secret is. It fails with ErrCredentials, or with another error while the files cannot
// be read.
func (s *Store) CheckToken(secret string) (Identity, error) {
	if err := s.Refresh(); err != nil {
		return Identity{}, err
	}
	if !strings.HasPrefix(secret, TokenPrefix) {
		return Identity{}, ErrCredentials
	}
	if id, ok := s.findToken(secret); ok {
		return id, nil
	}
	// It may have been made by another process a moment ago: whoever made it uses it at once.
	if err := s.look(); err != nil {
		return Identity{}, err
	}
	if id, ok := s.findToken(secret); ok {
		return id, nil
	}
	return Identity{}, ErrCredentials
}

func (s *Store) findToken(secret string) (Identity, bool) {
	sum := []byte(digest(secret))
	s.mu.Lock()
	defer s.mu.Unlock()
	found := -1
	for i := range s.tokens.entries { // all of them: the time tells nothing about which one came close
		if subtle.ConstantTimeCompare(sum, []byte(s.tokens.entries[i].SHA256)) == 1 {
			found = i
		}
	}
	if found < 0 {
		return Identity{}, false
	}
	t := s.tokens.entries[found]
	return Identity{Name: t.Name, Role: t.Role, By: "token"}, true
}

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func newSecret() string {
	var b [32]byte
	rand.Read(b[:])
	text := new(big.Int).SetBytes(b[:]).Text(62)
	return TokenPrefix + strings.Repeat("0", secretDigits-len(text)) + text
}
