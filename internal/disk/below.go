package disk

import (
	"io"
	"io/fs"
	"path"
)

// Below gives the part of fsys under dir, which need not be there yet.
func Below(fsys FS, dir string) FS { return below{fsys, dir} }

type below struct {
	fs  FS
	dir string
}

func (b below) at(name string) string {
	if !fs.ValidPath(name) {
		return name // which the disk refuses
	}
	return path.Join(b.dir, name)
}

func (b below) Create(name string) (File, error)           { return b.fs.Create(b.at(name)) }
func (b below) Open(name string, write bool) (File, error) { return b.fs.Open(b.at(name), write) }
func (b below) Rename(from, to string) error               { return b.fs.Rename(b.at(from), b.at(to)) }
func (b below) Remove(name string) error                   { return b.fs.Remove(b.at(name)) }
func (b below) Link(name, second string) error             { return b.fs.Link(b.at(name), b.at(second)) }
func (b below) MkdirAll(name string) error                 { return b.fs.MkdirAll(b.at(name)) }
func (b below) ReadDir(name string) ([]string, error)      { return b.fs.ReadDir(b.at(name)) }
func (b below) SyncDir(name string) error                  { return b.fs.SyncDir(b.at(name)) }
func (b below) Lock(name string) (io.Closer, error)        { return b.fs.Lock(b.at(name)) }
func (b below) Space() (free, total uint64, err error)     { return b.fs.Space() }

// Identify is that of the disk, if it has one; "" is no answer.
func (b below) Identify(name string) (string, error) {
	if i, ok := b.fs.(Identifier); ok {
		return i.Identify(b.at(name))
	}
	return "", nil
}
