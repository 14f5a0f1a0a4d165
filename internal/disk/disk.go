// Package disk owns files that survive: the few file operations that the trail needs, said so that a disk in memory
// which crashes, fills or fails (disktest) can stand in for the real one. It knows no format.
package disk

import (
	"errors"
	"io"
)

// FS is a directory tree. Names are slash-separated and relative to the root that the FS was opened on; "." is the root.
// A name that is not of this form (see [io/fs.ValidPath]) is refused with fs.ErrInvalid.
//
// Durability is never implied: a file's bytes survive a power cut after its Sync, its name after SyncDir of the
// directory that holds it. What was written and not synced may survive in any part, in units of 512 bytes.
type FS interface {
	// Create makes a new empty file for reading and writing; it fails with fs.ErrExist if the name is taken.
	Create(name string) (File, error)
	// Open opens for reading and writing if write is true, else for reading.
	Open(name string, write bool) (File, error)
	Rename(from, to string) error // replaces to, atomically; both survive together or not at all
	Remove(name string) error     // a file or an empty directory
	// Link gives a file a second name; it fails with fs.ErrExist if that is taken. The file's space is free when both are gone.
	Link(name, second string) error
	// MkdirAll makes a directory and those above it, the root included. What it made survives: it syncs.
	MkdirAll(name string) error
	ReadDir(name string) ([]string, error) // names of the entries, sorted; a missing directory is fs.ErrNotExist
	SyncDir(name string) error
	// Lock takes an exclusive lock that ends with the process or Close. ErrLocked if another has it.
	// It makes the file if need be.
	Lock(name string) (io.Closer, error)
	// Space gives the bytes that may still be written, and how many there are in all.
	Space() (free, total uint64, err error)
}

// File is an open file.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Sync makes bytes and size durable (fdatasync where there is one). After it failed once, nothing is known about
	// what was written since the last one that did not: write the file anew or give up.
	Sync() error
	// Settle waits until the disk has what was written there, so that a later Sync has less to do at once. It makes nothing
	// durable, and its error means what one of Sync means. Where the system has no such call it does nothing.
	Settle(offset, size int64) error
	Truncate(size int64) error
	// Preallocate makes the file at least size bytes long, new bytes being zero, and asks for their space now, so that
	// writing and syncing them later changes no metadata. Where the file system cannot, it only makes the file longer.
	Preallocate(size int64) error
	Size() (int64, error)
}

// ErrLocked says that another process has the lock.
var ErrLocked = errors.New("locked by another process")

// ErrFull says that there is no space left, or that a quota is used up.
var ErrFull = errors.New("no space left on device")

// Restricter is an FS that can close a directory to other users.
type Restricter interface {
	// Restrict makes a directory accessible to its owner only.
	Restrict(name string) error
}

// Identifier is an FS that can tell whether two directories are one, whatever they are called.
type Identifier interface {
	// Identify gives what no other directory of the machine has. A missing one is fs.ErrNotExist.
	Identify(name string) (string, error)
}
