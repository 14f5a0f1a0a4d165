// Package access owns who may do what: roles, bearer tokens, local accounts (argon2id) and login sessions. Tokens and
// accounts are two small files in the data directory, written so that they survive; secrets are kept as hashes only.
//
// It never writes to the trail: who asks it for a change or a check words the event.
//
//	access/tokens.json    {"version":1,"entries":[{"name":…,"role":…,"sha256":…,"created":…,"by":…}]}
//	access/accounts.json  {"version":1,"entries":[{"name":…,"role":…,"password":"$argon2id$…","created":…,"by":…}]}
//	access/lock           held (flock) while one of them is changed
package access

import (
	"errors"
	"fmt"
	"time"
)

// Role is what a token or account may do. Each role includes nothing of another.
type Role string

const (
	Admin   Role = "admin"   // everything
	Auditor Role = "auditor" // read, export, prove; no change
	Viewer  Role = "viewer"  // search and read
	Sender  Role = "sender"  // send events, nothing else
)

// Roles lists the roles, the mightiest first.
func Roles() []Role { return []Role{Admin, Auditor, Viewer, Sender} }

// ParseRole gives the role of a name, or an error that lists the roles.
func ParseRole(name string) (Role, error) {
	for _, r := range Roles() {
		if string(r) == name {
			return r, nil
		}
	}
	return "", invalidf("role", "%q is not a role: choose admin (everything), auditor (read, export, prove), viewer (search and read) or sender (send events)", name)
}

// Right is one thing a request may need.
type Right uint8

const (
	Send Right = iota
	Read
	Export // bulk export and evidence
	Change // tokens, accounts, holds, forgetting, rotation
)

// String gives the words that complete "has no right to …".
func (x Right) String() string {
	switch x {
	case Send:
		return "send events"
	case Read:
		return "search and read"
	case Export:
		return "export and prove"
	case Change:
		return "see or change tokens, accounts and holds, forget, or rotate"
	}
	return fmt.Sprintf("do %d", uint8(x))
}

// May reports whether role r has right x.
func (r Role) May(x Right) bool {
	switch r {
	case Admin:
		return true
	case Auditor:
		return x == Read || x == Export
	case Viewer:
		return x == Read
	case Sender:
		return x == Send
	}
	return false
}

// Identity is who was recognised, and by what.
type Identity struct {
	Name string // of the token or account
	Role Role
	By   string // "token" or "account": one name may stand for one of each

	password string // PHC string of the account, under which it was recognised
}

// ErrCredentials says that a token, or a name with a password, is not known. It does not say which part is wrong.
var ErrCredentials = errors.New("unknown token, or wrong name or password")

// ErrNotFound says that there is no token or account of that name.
var ErrNotFound = errors.New("there is none of that name")

// ErrTaken says that the name is in use.
var ErrTaken = errors.New("the name is taken")

// InputError says what is wrong with a name, role or password that was given. Its text is meant for who gave it.
type InputError struct {
	Field  string // name, role or password
	Reason string // a whole sentence
}

func (e *InputError) Error() string { return e.Reason }

func invalidf(field, format string, args ...any) error {
	return &InputError{field, fmt.Sprintf(format, args...)}
}

// ThrottledError says that too many attempts failed and when the next one is looked at.
type ThrottledError struct{ RetryAfter time.Duration }

func (e *ThrottledError) Error() string {
	return fmt.Sprintf("too many failed logins: try again in %s", e.RetryAfter.Round(time.Second))
}

// maxName is the longest name of a token or account in bytes.
const maxName = 64

// checkName admits names that need no quoting anywhere: letters, digits and . _ @ - inside.
func checkName(name string) error {
	if name == "" || len(name) > maxName {
		return invalidf("name", "a name has 1 to %d characters; this one has %d", maxName, len(name))
	}
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || c != '.' && c != '_' && c != '@' && c != '-') {
			return invalidf("name", "name %q: %q may not stand at character %d; a name begins with a letter or digit and goes on with letters, digits and . _ @ -", name, c, i+1)
		}
	}
	return nil
}
