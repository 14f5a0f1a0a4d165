package disktest

import (
	"errors"
	"io"
	"sync"

	"github.com/counterfoil/counterfoil/internal/disk"
)

// ErrFail is what a call gives that [Fail] lets fail.
var ErrFail = errors.New("disktest: this call fails")

// Faults is a disk of which one call fails. Safe for concurrent use.
type Faults struct {
	fs    disk.FS
	at    int
	did   bool
	mu    sync.Mutex // guards all below
	calls int
	spare bool
	held  int
}

// Fail gives fsys with its n-th call (from 0), those on its files counted too, failing with ErrFail: without having done
// anything, or if did is true after having done it. A call that opens a file and fails after it did leaves it closed. What a Sync
// that fails so should have written to a [Memory] is not written by a later one either, as on Linux: it has to be written again.
func Fail(fsys disk.FS, n int, did bool) *Faults { return &Faults{fs: fsys, at: n, did: did} }

// Calls gives the number of calls so far. If it is at most n nothing failed.
func (d *Faults) Calls() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls
}

// Held gives the number of files and locks that are open.
func (d *Faults) Held() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.held
}

// hold counts files and locks that are opened, and with -1 those that are closed.
func (d *Faults) hold(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.held += n
}

// Spare lets every call pass, and counts none, until it is called with false: for a test that looks at what there is.
func (d *Faults) Spare(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.spare = on
}

// do makes a call, or lets it fail.
func (d *Faults) do(call func() error) error {
	d.mu.Lock()
	fails := d.calls == d.at && !d.spare
	if !d.spare {
		d.calls++
	}
	d.mu.Unlock()
	switch {
	case !fails:
		return call()
	case d.did:
		return errors.Join(ErrFail, call())
	}
	return ErrFail
}

func (d *Faults) open(call func() (disk.File, error)) (disk.File, error) {
	var f disk.File
	err := d.do(func() (err error) { f, err = call(); return err })
	if err != nil {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
		return nil, err
	}
	d.hold(1)
	return &faultyFile{d, f}, nil
}

func (d *Faults) Create(name string) (disk.File, error) {
	return d.open(func() (disk.File, error) { return d.fs.Create(name) })
}

func (d *Faults) Open(name string, write bool) (disk.File, error) {
	return d.open(func() (disk.File, error) { return d.fs.Open(name, write) })
}

func (d *Faults) Rename(from, to string) error {
	return d.do(func() error { return d.fs.Rename(from, to) })
}

func (d *Faults) Remove(name string) error { return d.do(func() error { return d.fs.Remove(name) }) }
func (d *Faults) Link(name, second string) error {
	return d.do(func() error { return d.fs.Link(name, second) })
}
func (d *Faults) MkdirAll(name string) error {
	return d.do(func() error { return d.fs.MkdirAll(name) })
}
func (d *Faults) SyncDir(name string) error { return d.do(func() error { return d.fs.SyncDir(name) }) }

func (d *Faults) ReadDir(name string) (names []string, err error) {
	if err := d.do(func() (err error) { names, err = d.fs.ReadDir(name); return err }); err != nil {
		return nil, err
	}
	return names, nil
}

func (d *Faults) Lock(name string) (c io.Closer, err error) {
	if err := d.do(func() (err error) { c, err = d.fs.Lock(name); return err }); err != nil {
		if c != nil {
			err = errors.Join(err, c.Close())
		}
		return nil, err
	}
	d.hold(1)
	return &faultyLock{d, c}, nil
}

// faultyLock is counted; ending it does not fail.
type faultyLock struct {
	d *Faults
	io.Closer
}

func (l *faultyLock) Close() error {
	l.d.hold(-1)
	return l.Closer.Close()
}

func (d *Faults) Space() (free, total uint64, err error) {
	err = d.do(func() (err error) { free, total, err = d.fs.Space(); return err })
	return free, total, err
}

type faultyFile struct {
	d *Faults
	f disk.File
}

func (f *faultyFile) ReadAt(p []byte, off int64) (n int, err error) {
	err = f.d.do(func() (err error) { n, err = f.f.ReadAt(p, off); return err })
	return n, err
}

func (f *faultyFile) WriteAt(p []byte, off int64) (n int, err error) {
	err = f.d.do(func() (err error) { n, err = f.f.WriteAt(p, off); return err })
	return n, err
}

func (f *faultyFile) Sync() error {
	done := false
	err := f.d.do(func() error { done = true; return f.f.Sync() })
	if m, ok := f.f.(*file); ok && !done {
		m.lose()
	}
	return err
}

func (f *faultyFile) Settle(offset, size int64) error {
	return f.d.do(func() error { return f.f.Settle(offset, size) })
}
func (f *faultyFile) Truncate(size int64) error {
	return f.d.do(func() error { return f.f.Truncate(size) })
}
func (f *faultyFile) Preallocate(size int64) error {
	return f.d.do(func() error { return f.f.Preallocate(size) })
}

func (f *faultyFile) Size() (n int64, err error) {
	err = f.d.do(func() (err error) { n, err = f.f.Size(); return err })
	return n, err
}

// Close closes even where it fails, as the kernel does.
func (f *faultyFile) Close() error {
	closed := false
	f.d.hold(-1)
	err := f.d.do(func() error { closed = true; return f.f.Close() })
	if !closed {
		err = errors.Join(err, f.f.Close())
	}
	return err
}
