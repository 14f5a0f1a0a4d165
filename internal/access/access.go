// Package access owns who may do what: roles, bearer tokens, local accounts (argon2id) and login sessions. Tokens and
// accounts are two small files in the data directory, written so that they survive; secrets are kept as hashes only.
package access

// Role is what a token or account may do. Each role includes nothing of another.
type Role string

const (
	Admin   Role = "admin"   // everything
	Auditor Role = "auditor" // read, export, prove; no change
	Viewer  Role = "viewer"  // search and read
	Sender  Role = "sender"  // send events, nothing else
)

// Right is one thing a request may need.
type Right uint8

const (
	Send Right = iota
	Read
	Export // bulk export and evidence
	Change // tokens, accounts
)

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
