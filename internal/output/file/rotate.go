package file

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"time"
)

// stamp is the time that Percona's server puts behind the name, in UTC.
const stamp = "2006-01-02T15-04-05"

// Rotate puts the file aside under NAME.YYYY-MM-DDTHH-MM-SS and begins a new one; an empty file stays. Where that name is
// taken (the file was rotated within the same second), and where renaming fails, the file goes on. With Reopen it closes
// the file and opens what now has the name.
func (s *sink) Rotate(now time.Time) (from, to string, err error) {
	if s.enc == nil {
		return "", "", errClosed
	}
	if s.Reopen {
		return "", "", cmp.Or(s.release(), s.open(nil))
	}
	if s.size == 0 {
		return "", "", nil
	}
	aside := s.Name + "." + now.UTC().Format(stamp)
	to = path.Join(path.Dir(s.Path), aside)
	names, err := s.FS.ReadDir(".")
	if err != nil {
		return s.Path, to, fmt.Errorf("rotate %s: %w", s.Path, err)
	}
	if slices.Contains(names, aside) {
		return s.Path, to, fmt.Errorf("rotate %s: there is a file %s", s.Path, to)
	}
	if err := s.FS.Rename(s.Name, aside); err != nil {
		return s.Path, to, fmt.Errorf("rotate %s: %w", s.Path, err)
	}
	if err := cmp.Or(s.Close(), s.open(nil)); err != nil { // open makes the new names durable
		return s.Path, to, fmt.Errorf("rotate %s: it is %s now, but: %w", s.Path, to, err)
	}
	return s.Path, to, nil
}
