package access

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Options say how a Store behaves. The zero value of a field means its default.
type Options struct {
	Now      func() time.Time // default time.Now
	Idle     time.Duration    // a session unused for so long ends; default 1 h
	Absolute time.Duration    // and any session after so long; default 12 h
	// Changed is called with what another process changed (`counterfoil token create` beside a running daemon), once
	// this one notices. It is called without any lock held, by the goroutine that noticed.
	Changed func([]Notice)
}

// Notice is a change of access made by another process.
type Notice struct {
	Kind string // token or account
	Verb string // created, changed or removed
	Name string
	Role Role
	By   string // who did it, where the file says so
}

// Store is the tokens, accounts and sessions of one data directory. Safe for concurrent use.
type Store struct {
	opts Options
	dir  string
	hash hasher
	csrf [32]byte // key of the CSRF tokens; as short-lived as the sessions

	mu       sync.Mutex // guards what follows
	tokens   file[token]
	accounts file[account]
	checked  time.Time // when the files were last compared with what was read
	broken   error     // why the files could not be read then
	sessions map[[32]byte]*Session
	throttle throttle
}

// refreshEvery is how long a change by another process may go unnoticed.
const refreshEvery = time.Second

// Open reads the tokens and accounts of a data directory. Missing files mean none; nothing is written.
func Open(dataDir string, opts Options) (*Store, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Idle == 0 {
		opts.Idle = time.Hour
	}
	if opts.Absolute == 0 {
		opts.Absolute = 12 * time.Hour
	}
	dir := filepath.Join(dataDir, "access")
	s := &Store{opts: opts, dir: dir, hash: newHasher(), sessions: map[[32]byte]*Session{}, throttle: newThrottle()}
	rand.Read(s.csrf[:])
	s.tokens.path = filepath.Join(dir, "tokens.json")
	s.accounts.path = filepath.Join(dir, "accounts.json")
	if err := s.tokens.load(); err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	if err := s.accounts.load(); err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	s.checked = opts.Now()
	return s, nil
}

// Refresh looks for changes by other processes, if the last look is a second old or more. Authentication does so by
// itself; a daemon calls it now and then so that changes are noticed without one. While the files cannot be read,
// nobody is let in: an old copy might hold a token that was revoked.
func (s *Store) Refresh() error {
	s.mu.Lock()
	now := s.opts.Now()
	if d := now.Sub(s.checked); d >= 0 && d < refreshEvery {
		defer s.mu.Unlock()
		return s.broken
	}
	s.mu.Unlock()
	return s.look()
}

// look compares the files with what was read, and reads those that changed.
func (s *Store) look() error {
	s.mu.Lock()
	s.checked = s.opts.Now()
	tokens, accounts := s.tokens.entries, s.accounts.entries
	s.broken = s.reload()
	notices := differences(nil, "token", tokens, s.tokens.entries)
	notices = differences(notices, "account", accounts, s.accounts.entries)
	err := s.broken
	s.mu.Unlock()
	if len(notices) > 0 && s.opts.Changed != nil {
		s.opts.Changed(notices)
	}
	return err
}

func (s *Store) reload() error {
	if err := reload(&s.tokens); err != nil {
		return fmt.Errorf("read tokens again: %w", err)
	}
	if err := reload(&s.accounts); err != nil {
		return fmt.Errorf("read accounts again: %w", err)
	}
	return nil
}

func reload[T any](f *file[T]) error {
	changed, err := f.changed()
	if err != nil || !changed {
		return err
	}
	return f.load()
}

// update changes one file: it locks out other processes, reads what is there now, and saves what change returns. What
// another process changed meanwhile is noticed as by Refresh.
func update[T entry](s *Store, f *file[T], change func([]T) ([]T, error)) error {
	unlock, err := lock(s.dir)
	if err != nil {
		return err
	}
	defer unlock()
	s.mu.Lock()
	old := f.entries
	err = f.load()
	notices := differences(nil, kindOf[T](), old, f.entries)
	if err == nil {
		var entries []T
		if entries, err = change(slices.Clone(f.entries)); err == nil {
			err = f.save(entries)
		}
	}
	s.mu.Unlock()
	if len(notices) > 0 && s.opts.Changed != nil {
		s.opts.Changed(notices)
	}
	return err
}

// entry is a row of either file.
type entry interface {
	comparable
	who() (name string, role Role, by string)
}

func kindOf[T entry]() string {
	var zero T
	if _, ok := any(zero).(token); ok {
		return "token"
	}
	return "account"
}

// differences appends what happened between two states of a file.
func differences[T entry](dst []Notice, kind string, old, now []T) []Notice {
	note := func(e T, verb string) {
		name, role, by := e.who()
		dst = append(dst, Notice{kind, verb, name, role, by})
	}
	for _, e := range now {
		switch i := find(old, name(e)); {
		case i < 0:
			note(e, "created")
		case old[i] != e:
			note(e, "changed")
		}
	}
	for _, e := range old {
		if find(now, name(e)) < 0 {
			note(e, "removed")
		}
	}
	return dst
}

func name[T entry](e T) string { n, _, _ := e.who(); return n }

// find gives the index of an entry, or -1.
func find[T entry](entries []T, wanted string) int {
	return slices.IndexFunc(entries, func(e T) bool { return name(e) == wanted })
}
