package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// account is an entry of accounts.json.
type account struct {
	Name     string    `json:"name"`
	Role     Role      `json:"role"`
	Password string    `json:"password"` // PHC string
	Created  time.Time `json:"created"`
	By       string    `json:"by,omitempty"`
}

func (a account) who() (string, Role, string) { return a.Name, a.Role, a.By }

// CreateAccount makes an account. It fails with ErrTaken or an *InputError.
func (s *Store) CreateAccount(ctx context.Context, name string, role Role, password, by string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if _, err := ParseRole(string(role)); err != nil {
		return err
	}
	if err := checkPassword(password); err != nil {
		return err
	}
	phc, err := s.hash.make(ctx, password)
	if err != nil {
		return err
	}
	return update(s, &s.accounts, func(all []account) ([]account, error) {
		if find(all, name) >= 0 {
			return nil, fmt.Errorf("account %q: %w", name, ErrTaken)
		}
		return append(all, account{name, role, phc, s.opts.Now().UTC(), by}), nil
	})
}

// SetPassword changes an account's password, which ends its sessions. It fails with ErrNotFound or an *InputError.
func (s *Store) SetPassword(ctx context.Context, name, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	phc, err := s.hash.make(ctx, password)
	if err != nil {
		return err
	}
	return s.changeAccount(name, func(a *account) { a.Password = phc })
}

// SetRole changes what an account may do, from its next request on. It fails with ErrNotFound or an *InputError.
func (s *Store) SetRole(name string, role Role) error {
	if _, err := ParseRole(string(role)); err != nil {
		return err
	}
	return s.changeAccount(name, func(a *account) { a.Role = role })
}

func (s *Store) changeAccount(name string, change func(*account)) error {
	return update(s, &s.accounts, func(all []account) ([]account, error) {
		i := find(all, name)
		if i < 0 {
			return nil, fmt.Errorf("account %q: %w", name, ErrNotFound)
		}
		change(&all[i])
		return all, nil
	})
}

// RemoveAccount removes an account, which ends its sessions. It fails with ErrNotFound.
func (s *Store) RemoveAccount(name string) error {
	return update(s, &s.accounts, func(all []account) ([]account, error) {
		i := find(all, name)
		if i < 0 {
			return nil, fmt.Errorf("account %q: %w", name, ErrNotFound)
		}
		return slices.Delete(all, i, i+1), nil
	})
}

// Accounts lists the accounts in the order they were made.
func (s *Store) Accounts() ([]Entry, error) {
	if err := s.Refresh(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Entry, len(s.accounts.entries))
	for i, a := range s.accounts.entries {
		all[i] = Entry{a.Name, a.Role, a.Created, a.By}
	}
	return all, nil
}

// errHaveAccounts ends EnsureAdmin without a change.
var errHaveAccounts = errors.New("there are accounts")

// EnsureAdmin makes an account with role admin and a random password if there is no account at all, and gives the
// password, which is kept nowhere.
func (s *Store) EnsureAdmin(ctx context.Context, name string) (password string, created bool, err error) {
	all, err := s.Accounts()
	if err != nil || len(all) > 0 {
		return "", false, err
	}
	if err := checkName(name); err != nil {
		return "", false, err
	}
	password = newPassword()
	phc, err := s.hash.make(ctx, password)
	if err != nil {
		return "", false, err
	}
	err = update(s, &s.accounts, func(all []account) ([]account, error) {
		if len(all) > 0 { // another process was faster
			return nil, errHaveAccounts
		}
		return []account{{name, Admin, phc, s.opts.Now().UTC(), ""}}, nil
	})
	if errors.Is(err, errHaveAccounts) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	return password, true, nil
}

// CheckPassword tells whether name and password belong together. addr is the remote address without port; failures
// are counted for it and for the name. It takes the same time for names that do not exist. It fails with
// ErrCredentials, a *ThrottledError, ctx's error, or another while the files cannot be read.
func (s *Store) CheckPassword(ctx context.Context, name, password, addr string) (Identity, error) {
	if err := s.Refresh(); err != nil {
		return Identity{}, err
	}
	name = name[:min(len(name), maxName+1)] // what is longer is no account's, and is not to be kept
	s.mu.Lock()
	attempt, err := s.throttle.begin(name, addr, s.opts.Now())
	var a account
	if i := find(s.accounts.entries, name); i >= 0 {
		a = s.accounts.entries[i]
	}
	s.mu.Unlock()
	if err != nil {
		return Identity{}, err
	}
	if len(password) > maxPassword {
		return Identity{}, ErrCredentials
	}
	ok, err := s.hash.check(ctx, a.Password, password)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil:
		s.throttle.undo(attempt) // nothing was learned about the password
		return Identity{}, err
	case !ok:
		return Identity{}, ErrCredentials
	}
	s.throttle.succeed(attempt)
	return Identity{a.Name, a.Role, "account", a.Password}, nil
}
