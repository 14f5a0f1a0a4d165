// Package bsm is the room of Basic Security Module audit trails as their bytes: what FreeBSD's and macOS's auditd and
// Solaris keep in /var/audit, and what an audit pipe gives.
//
// What tokens are is told in internal/bsm, what records mean in internal/bsm/event; the room puts them together. bsm.go
// has the Dialect, decode.go reads, encode.go writes. Not understood, and kept as bytes: X11, label, ACL and other tokens
// of Trusted Solaris, and Apple's certificate hashes. docs/dialects/bsm.md is the long form of this page.
package bsm
