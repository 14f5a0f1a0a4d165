package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Open gives the operating system's directory tree below dir. The directory need not exist: MkdirAll(".") makes it.
// Files are made with mode 0640 and directories with 0750, less the umask.
func Open(dir string) (FS, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open directory %s: %w", dir, err)
	}
	if i, err := os.Stat(abs); err == nil && !i.IsDir() {
		return nil, fmt.Errorf("open directory %s: is not a directory", dir)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	return tree{abs}, nil
}

// tree is the operating system's FS.
type tree struct{ root string }

func (t tree) path(op, name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	return filepath.Join(t.root, filepath.FromSlash(name)), nil
}

func (t tree) open(op, name string, flag int) (File, error) {
	p, err := t.path(op, name)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(p, flag, 0o640)
	if err != nil {
		return nil, known(err)
	}
	return &file{f}, nil
}

func (t tree) Create(name string) (File, error) {
	return t.open("create", name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

func (t tree) Open(name string, write bool) (File, error) {
	if write {
		return t.open("open", name, os.O_RDWR)
	}
	f, err := t.open("open", name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	if i, err := f.(*file).f.Stat(); err != nil || i.IsDir() {
		return nil, errors.Join(err, &fs.PathError{Op: "open", Path: name, Err: unix.EISDIR}, f.Close())
	}
	return f, nil
}

func (t tree) Rename(from, to string) error {
	p, err := t.path("rename", from)
	if err != nil {
		return err
	}
	q, err := t.path("rename", to)
	if err != nil {
		return err
	}
	return known(os.Rename(p, q))
}

func (t tree) Remove(name string) error {
	p, err := t.path("remove", name)
	if err != nil {
		return err
	}
	return known(remove(p))
}

func (t tree) Link(name, second string) error {
	p, err := t.path("link", name)
	if err != nil {
		return err
	}
	q, err := t.path("link", second)
	if err != nil {
		return err
	}
	return known(os.Link(p, q))
}

func (t tree) MkdirAll(name string) error {
	p, err := t.path("mkdir", name)
	if err != nil {
		return err
	}
	return known(mkdirAll(p))
}

// mkdirAll makes p and what is missing above it, and syncs every directory that got an entry.
func mkdirAll(p string) error {
	i, err := os.Stat(p)
	switch {
	case err == nil && !i.IsDir():
		return &fs.PathError{Op: "mkdir", Path: p, Err: unix.ENOTDIR}
	case err == nil:
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	above := filepath.Dir(p)
	if above != p {
		if err := mkdirAll(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(p, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(above)
}

func (t tree) ReadDir(name string) ([]string, error) {
	p, err := t.path("readdir", name)
	if err != nil {
		return nil, err
	}
	d, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	names, err := d.Readdirnames(-1)
	slices.Sort(names)
	return names, errors.Join(err, d.Close())
}

func (t tree) SyncDir(name string) error {
	p, err := t.path("syncdir", name)
	if err != nil {
		return err
	}
	return known(syncDir(p))
}

func syncDir(p string) error {
	d, err := os.Open(p)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (t tree) Lock(name string) (io.Closer, error) {
	p, err := t.path("lock", name)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(p, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, known(err)
	}
	err = retry(func() error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) })
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return nil, errors.Join(fmt.Errorf("lock %s: %w", p, ErrLocked), f.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock %s: %w", p, err), f.Close())
	}
	return f, nil
}

func (t tree) Space() (free, total uint64, err error) {
	var s unix.Statfs_t
	if err := retry(func() error { return unix.Statfs(t.root, &s) }); err != nil {
		return 0, 0, fmt.Errorf("free space of %s: %w", t.root, err)
	}
	// Signed on FreeBSD, where root's reserve is told as a negative number.
	return uint64(max(int64(s.Bavail), 0)) * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}

// file is an open file of the operating system.
type file struct{ f *os.File }

func (f *file) ReadAt(p []byte, off int64) (int, error) { return f.f.ReadAt(p, off) }

func (f *file) WriteAt(p []byte, off int64) (int, error) {
	n, err := f.f.WriteAt(p, off)
	return n, known(err)
}

// Expect is told what will be read soon, so that the disk may begin. Nothing depends on it.
func (f *file) Expect(offset, size int64) { expect(f.f, offset, size) }

func (f *file) Close() error              { return known(f.f.Close()) }
func (f *file) Truncate(size int64) error { return known(f.f.Truncate(size)) }
func (f *file) Sync() error               { return f.named("sync", sync(f.f)) }

func (f *file) Settle(offset, size int64) error {
	return f.named("settle", settle(f.f, offset, size))
}

func (f *file) Preallocate(size int64) error {
	have, err := f.Size()
	if err != nil || size <= have {
		return err
	}
	return f.named("preallocate", preallocate(f.f, have, size))
}

func (f *file) Size() (int64, error) {
	i, err := f.f.Stat()
	if err != nil {
		return 0, err
	}
	return i.Size(), nil
}

func (f *file) named(op string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fs.PathError](err); !ok {
		err = &fs.PathError{Op: op, Path: f.f.Name(), Err: err}
	}
	return known(err)
}

// known gives an error that says "no space" the identity that callers ask for.
func known(err error) error {
	if err != nil && (errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)) {
		return fullError{err}
	}
	return err
}

type fullError struct{ error }

func (fullError) Is(target error) bool { return target == ErrFull }
func (e fullError) Unwrap() error      { return e.error }

// retry repeats a system call that a signal interrupted.
func retry(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

// Restrict makes a directory accessible to its owner only.
func (t tree) Restrict(name string) error {
	p, err := t.path("restrict", name)
	if err != nil {
		return err
	}
	return known(os.Chmod(p, 0o700))
}

// Identify gives the file system and the number that a directory has there.
func (t tree) Identify(name string) (string, error) {
	p, err := t.path("identify", name)
	if err != nil {
		return "", err
	}
	var s unix.Stat_t
	if err := retry(func() error { return unix.Stat(p, &s) }); err != nil {
		return "", &fs.PathError{Op: "identify", Path: p, Err: err}
	}
	return fmt.Sprint(s.Dev, " ", s.Ino), nil
}
