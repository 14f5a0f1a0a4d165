package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// TempSuffix ends the names of files that WriteFile has not finished. Whoever finds one after a crash may remove it.
const TempSuffix = ".tmp"

// WriteFile puts data under name, replacing what was there: after a power cut the file holds the old bytes or the new
// ones, and after WriteFile returned the new ones. An error that is ErrFull says that the old ones are there.
func WriteFile(fsys FS, name string, data []byte) error {
	temp := name + TempSuffix
	err := writeAnew(fsys, temp, data)
	if err == nil {
		err = PutInPlace(fsys, temp, name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// Prepare writes data beside the file name, durably: [Finish] needs no space for bytes any more. A file that is prepared and never
// finished may be removed.
func Prepare(fsys FS, name string, data []byte) error {
	if err := writeAnew(fsys, name+TempSuffix, data); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// Finish puts what was prepared under its name, as [WriteFile] does.
func Finish(fsys FS, name string) error {
	if err := PutInPlace(fsys, name+TempSuffix, name); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

func writeAnew(fsys FS, name string, data []byte) error {
	f, err := CreateAnew(fsys, name)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(data, 0)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// PutInPlace gives a file that was written and synced under the name temp its own name, durably. An error that is ErrFull says that
// it is temp still; after any other nobody knows.
func PutInPlace(fsys FS, temp, name string) error {
	err := fsys.Rename(temp, name)
	if err != nil {
		if f, oerr := fsys.Open(temp, false); oerr == nil {
			return errors.Join(err, f.Close())
		}
	} else {
		err = fsys.SyncDir(path.Dir(name))
	}
	if errors.Is(err, ErrFull) {
		return fmt.Errorf("%s may be there or not: %v", name, err)
	}
	return err
}

// CreateAnew is Create that first removes what has the name.
func CreateAnew(fsys FS, name string) (File, error) {
	f, err := fsys.Create(name)
	if !errors.Is(err, fs.ErrExist) {
		return f, err
	}
	if err := fsys.Remove(name); err != nil {
		return nil, err
	}
	return fsys.Create(name)
}

// ReadFile reads a whole file of at most limit bytes; a longer one is an error.
func ReadFile(fsys FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name, false)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n, err := f.Size()
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, fmt.Errorf("read %s: %d bytes are more than the %d that such a file may have", name, n, limit)
	}
	data := make([]byte, n)
	if _, err := f.ReadAt(data, 0); err != nil && !(err == io.EOF && n == 0) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}

// RemoveAll removes a directory with everything below it, if it is there.
func RemoveAll(fsys FS, dir string) error {
	names, err := fsys.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fsys.Remove(dir) // a file
	}
	for _, n := range names {
		if err := RemoveAll(fsys, path.Join(dir, n)); err != nil {
			return err
		}
	}
	return fsys.Remove(dir)
}
