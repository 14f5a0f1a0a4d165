package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

const (
	largeFile = 4 << 20 // bytes from which on a file's space is given back in pieces,
	piece     = 1 << 20 // of so many
)

// remove removes a name. Where that frees the space of a large file at once, the next syncs of all other files wait for it: the file system's
// journal has to write what became free, and with the option discard the disk has to be told, which takes a third of a millisecond for each megabyte. So the
// space is given back in pieces, each of which is synced, if nobody else has the file open or another name for it.
func remove(name string) error {
	f := openLarge(name)
	if f == nil {
		return os.Remove(name)
	}
	defer f.Close()
	if err := os.Remove(name); err != nil {
		return err
	}
	giveBack(f)
	return nil
}

// openLarge opens a large file, nil if it is none, or may not be opened.
func openLarge(name string) *os.File {
	f, err := os.OpenFile(name, os.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	if i, err := f.Stat(); err != nil || !i.Mode().IsRegular() || i.Size() < largeFile {
		f.Close()
		return nil
	}
	return f
}

// giveBack shortens a file that has no name any more piece by piece, and reports whether it did. What fails is no error: the space is free when the file is closed.
func giveBack(f *os.File) bool {
	fd := int(f.Fd())
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil || s.Nlink > 0 || !isAlone(fd) {
		return false
	}
	for size := s.Size; size > 0; {
		size = max(0, (size-1)/piece*piece)
		if f.Truncate(size) != nil || sync(f) != nil {
			return false
		}
	}
	return true
}

// isAlone reports whether a file is open nowhere else: only then the kernel gives a lease for writing. Who reads the file to its end, a verification beside the daemon
// for one, keeps it as it is.
func isAlone(fd int) bool {
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		return false
	}
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK) // a file without a name is opened by nobody else
	return err == nil
}
