package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// sync writes the bytes and the size; a new time of change does not cost a journal commit.
func sync(f *os.File) error {
	return retry(func() error { return unix.Fdatasync(int(f.Fd())) })
}

// expect begins to read into the page cache. That it could not says nothing: the read itself will.
func expect(f *os.File, offset, size int64) {
	_ = unix.Fadvise(int(f.Fd()), offset, size, unix.FADV_WILLNEED)
}

// settle gives the error of writing: the kernel tells it once, and the next sync would not.
func settle(f *os.File, offset, size int64) error {
	const flags = unix.SYNC_FILE_RANGE_WAIT_BEFORE | unix.SYNC_FILE_RANGE_WRITE | unix.SYNC_FILE_RANGE_WAIT_AFTER
	err := retry(func() error { return unix.SyncFileRange(int(f.Fd()), offset, size, flags) })
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EPERM) {
		return nil // the system has no such call, or a sandbox does not let us make it
	}
	return err
}

func preallocate(f *os.File, have, size int64) error {
	err := retry(func() error { return unix.Fallocate(int(f.Fd()), 0, have, size-have) })
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return f.Truncate(size)
	}
	return err
}
