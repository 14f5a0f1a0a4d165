package access

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// file is a small table that several processes change: each change replaces the whole file under the lock.
// The Store's mutex guards it.
type file[T any] struct {
	path    string
	entries []T
	info    os.FileInfo // of the file that entries were read from; nil: there was none
}

// document is the file's form. Sum is the SHA-256, in hex, of the file's text with an empty sum: it is against accidents,
// and for `counterfoil verify`; whoever may write the file can make a new one.
type document[T any] struct {
	Version int    `json:"version"`
	Sum     string `json:"sum"`
	Entries []T    `json:"entries"`
}

// text gives the file's bytes.
func (d document[T]) text() ([]byte, error) {
	d.Sum = ""
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	d.Sum = hex.EncodeToString(sum[:])
	text, err = json.MarshalIndent(d, "", "  ")
	return append(text, '\n'), err
}

// changed reports whether the file on disk is another than the one read last.
func (f *file[T]) changed() (bool, error) {
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return f.info != nil, nil
	}
	if err != nil {
		return false, err
	}
	return f.info == nil || !os.SameFile(f.info, info) || f.info.Size() != info.Size() || !f.info.ModTime().Equal(info.ModTime()), nil
}

// load reads the file. On an error the entries stay as they were.
func (f *file[T]) load() error {
	h, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.entries, f.info = nil, nil
		return nil
	}
	if err != nil {
		return err
	}
	defer h.Close()
	info, err := h.Stat()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(h)
	if err != nil {
		return err
	}
	var d document[T]
	if err := json.Unmarshal(text, &d); err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	if d.Version != 1 {
		return fmt.Errorf("%s: version %d is not known; this program writes version 1", f.path, d.Version)
	}
	if want, err := d.text(); err != nil || !bytes.Equal(text, want) {
		return fmt.Errorf("%s: is damaged or was changed by hand: its sum does not fit. Bring back a copy, or remove it and make its entries again", f.path)
	}
	f.entries, f.info = d.Entries, info
	return nil
}

// save replaces the file durably. When it fails the old file is what counts, in memory too.
func (f *file[T]) save(entries []T) error {
	text, err := document[T]{Version: 1, Entries: entries}.text()
	if err != nil {
		return err
	}
	info, err := replace(f.path, text)
	if err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	f.entries, f.info = entries, info
	return nil
}

// replace puts text at path: a temporary file beside it, synced, renamed, the directory synced.
func replace(path string, text []byte) (os.FileInfo, error) {
	dir := filepath.Dir(path)
	h, err := os.CreateTemp(dir, filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(h.Name()) // does nothing once it is renamed
	defer h.Close()
	if err := giveToOwner(h, dir); err != nil {
		return nil, err
	}
	if _, err := io.Copy(h, bytes.NewReader(text)); err != nil {
		return nil, err
	}
	if err := h.Sync(); err != nil {
		return nil, err
	}
	if err := os.Rename(h.Name(), path); err != nil {
		return nil, err
	}
	if err := syncDir(dir); err != nil {
		return nil, err
	}
	return h.Stat()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// giveToOwner lets the directory's owner read what root wrote: `token create` is often run by root, the daemon is not.
func giveToOwner(h *os.File, dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && (st.Uid != 0 || st.Gid != 0) {
		return h.Chown(int(st.Uid), int(st.Gid))
	}
	return nil
}

// lock makes the directory if it is missing and waits until no other process changes it.
func lock(dir string) (unlock func(), err error) {
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	h, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := giveToOwner(h, dir); err != nil {
		h.Close()
		return nil, err
	}
	for {
		err = unix.Flock(int(h.Fd()), unix.LOCK_EX)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		h.Close()
		return nil, fmt.Errorf("lock %s: %w", h.Name(), err)
	}
	return func() { h.Close() }, nil
}

// makeDir makes the directory with the data directory's owner.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	h, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer h.Close()
	if err := giveToOwner(h, filepath.Dir(dir)); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// Check verifies that the files of a data directory are whole, and names the one that is not. Missing files are whole.
func Check(dataDir string) error {
	_, err := Open(dataDir, Options{})
	return err
}
