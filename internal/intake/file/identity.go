package file

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// identity tells one file from another that has its name or its inode. It is what a position remembers of a file.
type identity struct {
	dev, ino uint64
	n        int64   // bytes the fingerprint covers, at most maxPrint
	sum      [8]byte // of SHA-256 of the first n bytes
}

// maxPrint bytes tell audit logs apart: their first record has a time and a serial number.
const maxPrint = 1024

func inode(st os.FileInfo) (dev, ino uint64) {
	s := st.Sys().(*syscall.Stat_t)
	return uint64(s.Dev), uint64(s.Ino)
}

func print(f io.ReaderAt, n int64) (sum [8]byte, err error) {
	var b [maxPrint]byte
	if k, err := f.ReadAt(b[:n], 0); int64(k) < n {
		return sum, err
	}
	return digest(b[:n]), nil
}

func digest(b []byte) (sum [8]byte) {
	h := sha256.Sum256(b)
	copy(sum[:], h[:])
	return sum
}

// cover lets the fingerprint cover n bytes, at most maxPrint, if the file still begins with those that it covers: what was written
// after it was truncated is no part of it.
func (id *identity) cover(f io.ReaderAt, n int64) {
	if n = min(n, maxPrint); n <= id.n {
		return
	}
	var b [maxPrint]byte
	if k, _ := f.ReadAt(b[:n], 0); int64(k) == n && (id.n == 0 || digest(b[:id.n]) == id.sum) {
		id.n, id.sum = n, digest(b[:n])
	}
}

// is reports whether the open file is the one that id remembers.
func (id identity) is(f *os.File, st os.FileInfo) bool {
	dev, ino := inode(st)
	return dev == id.dev && ino == id.ino && id.begins(f, st)
}

// begins reports whether the file begins with the bytes that id remembers.
func (id identity) begins(f *os.File, st os.FileInfo) bool {
	if id.n == 0 || st.Size() < id.n {
		return id.n == 0
	}
	sum, err := print(f, id.n)
	return err == nil && sum == id.sum
}

// digestBefore is of what stands before an offset: the last bytes that were read, as many as tell files apart. nil where they cannot be
// read. Files that begin alike differ there.
func digestBefore(f io.ReaderAt, off int64) *[8]byte {
	var b [maxPrint]byte
	n := min(off, maxPrint)
	if k, err := f.ReadAt(b[:n], off-n); int64(k) < n && err != nil {
		return nil
	}
	sum := digest(b[:n])
	return &sum
}

// isCopy reports whether the file has the content that id remembers under another inode: it was copied, or its device
// has another number since the last boot. Only a full fingerprint is evidence enough.
func (id identity) isCopy(f *os.File, st os.FileInfo, size int64) bool {
	return id.n == maxPrint && st.Size() >= size && id.begins(f, st)
}

// openRegular opens a regular file. Anything else could block, and has no positions; it may also take the name after it was looked at, so
// it is looked at again when it is open, which does not wait for a writer of a pipe.
func openRegular(name string) (*os.File, error) {
	st, err := os.Stat(name)
	var f *os.File
	if err == nil && st.Mode().IsRegular() {
		if f, err = os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
			st, err = f.Stat()
		}
	}
	if err == nil && !st.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errors.New("not a regular file")}
	}
	if err != nil && f != nil {
		f.Close()
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// open opens name for which the test says yes, nil otherwise.
func open(name string, test func(*os.File, os.FileInfo) bool) *os.File {
	f, err := openRegular(name)
	if err != nil {
		return nil
	}
	if st, err := f.Stat(); err == nil && test(f, st) {
		return f
	}
	f.Close()
	return nil
}

// locate opens the file that id remembers, whatever it is called now: by inode, else by content if size bytes of it or
// more are there. Where before is known, that stands before size in it, if it is so long. nil if it is gone.
func locate(path string, id identity, size int64, before *[8]byte) (f *os.File, name string, err error) {
	alike := func(f *os.File, st os.FileInfo) bool {
		if before == nil || st.Size() < size {
			return true
		}
		sum := digestBefore(f, size)
		return sum != nil && *sum == *before
	}
	tests := []func(*os.File, os.FileInfo) bool{
		func(f *os.File, st os.FileInfo) bool { return id.is(f, st) && alike(f, st) },
		func(f *os.File, st os.FileInfo) bool { return id.isCopy(f, st, size) && alike(f, st) },
	}
	for _, test := range tests {
		name, err = find(path, func(name string) bool { f = open(name, test); return f != nil })
		if f != nil || err != nil {
			return f, name, err
		}
	}
	return nil, "", nil
}
