package file

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rotation renames PATH to PATH.1 and PATH.1 to PATH.2 (higher is older), or PATH to PATH-20261122 and the like (higher
// is newer). Files with other names are found if a position remembers them, but nothing is known of their order.
type sibling struct {
	name string
	kind siblingKind
	num  int
	ext  string // of a compressed file; name is the one without it
}

type siblingKind uint8

const (
	odd siblingKind = iota
	numbered
	dated
)

// compressed files are not read.
var compressed = []string{".gz", ".xz", ".zst", ".bz2", ".lz4", ".Z"}

// siblings lists the names that rotation gave to older files of path; within a kind the oldest comes first.
func siblings(path string) ([]sibling, error) {
	all, err := list(path)
	return slices.DeleteFunc(all, func(s sibling) bool { return s.ext != "" }), err
}

// list is siblings with the compressed ones, but for those that are being made of a file that is there.
func list(path string) (all []sibling, err error) {
	dir, base := filepath.Split(path)
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), base)
		if !ok || rest == "" || rest[0] != '.' && rest[0] != '-' || !e.Type().IsRegular() {
			continue
		}
		var s sibling
		if ext := filepath.Ext(rest); slices.Contains(compressed, ext) {
			if s.ext, rest = ext, strings.TrimSuffix(rest, ext); rest == "" {
				continue
			}
		}
		s.name = dir + base + rest
		if n, err := strconv.Atoi(rest[1:]); err == nil && len(rest) <= 6 {
			s.kind, s.num = numbered, n
		} else if len(rest) > 8 && strings.Trim(rest, "0123456789-_.:TZ") == "" {
			s.kind = dated
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b sibling) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(b.num, a.num), strings.Compare(a.name, b.name), strings.Compare(a.ext, b.ext))
	})
	return slices.CompactFunc(all, func(a, b sibling) bool { return a.name == b.name }), nil
}

// undisturbed gives what look says of the files of path while no rotation gives them other names: it renames file after file, and one
// that look does not find may have got, meanwhile, a name that was looked at before, or that there was not. What look is sure of counts
// at once, and so does what it says last if the names never stand still.
func undisturbed[T any](path string, look func() (v T, sure bool, err error)) (v T, err error) {
	const looks = 20
	for range looks {
		before := namesOf(path)
		var sure bool
		if v, sure, err = look(); sure || err != nil || slices.Equal(before, namesOf(path)) {
			break
		}
	}
	return v, err
}

// namesOf says which files have the names of path and its siblings.
func namesOf(path string) (names []string) {
	all, _ := list(path) // whoever looks through them says what the trouble is
	for _, s := range append(all, sibling{name: path}) {
		if st, err := os.Lstat(s.name + s.ext); err == nil {
			dev, ino := inode(st)
			names = append(names, fmt.Sprint(s.name, s.ext, " ", dev, " ", ino))
		}
	}
	return names
}

// find gives the present name of the file for which is says yes, "" if there is none.
func find(path string, is func(name string) bool) (string, error) {
	return undisturbed(path, func() (string, bool, error) {
		name, err := findOnce(path, is)
		return name, name != "", err
	})
}

func findOnce(path string, is func(name string) bool) (string, error) {
	if is(path) {
		return path, nil
	}
	all, err := siblings(path)
	if err != nil {
		return "", err
	}
	for _, s := range slices.Backward(all) {
		if is(s.name) {
			return s.name, nil
		}
	}
	return "", nil
}

// newer gives the name of the file that was begun after f: a rotated one, or path. "" if f is the newest, or if path does
// not exist at the moment.
func newer(path string, f os.FileInfo) (string, error) {
	if live, err := os.Stat(path); err == nil && os.SameFile(f, live) {
		return "", nil // nearly always
	}
	return undisturbed(path, func() (string, bool, error) {
		name, err := newerOnce(path, f)
		return name, false, err
	})
}

func newerOnce(path string, f os.FileInfo) (string, error) {
	live, err := os.Stat(path)
	if err == nil && os.SameFile(f, live) {
		return "", nil
	}
	all, lerr := siblings(path)
	if lerr != nil {
		return "", lerr
	}
	i := slices.IndexFunc(all, func(s sibling) bool {
		st, err := os.Stat(s.name)
		return err == nil && os.SameFile(f, st)
	})
	switch {
	case i >= 0 && i+1 < len(all) && all[i].kind != odd && all[i+1].kind == all[i].kind:
		return all[i+1].name, nil
	case i < 0:
		// It was deleted or compressed. What was written to after it is newer than it.
		if name := writtenAfter(all, f.ModTime()); name != "" {
			return name, nil
		}
	}
	if os.IsNotExist(err) {
		return "", nil
	}
	return path, err
}

func writtenAfter(all []sibling, t time.Time) (name string) {
	var first time.Time
	for _, s := range all {
		if st, err := os.Stat(s.name); err == nil && s.kind != odd && st.ModTime().After(t) && (name == "" || st.ModTime().Before(first)) {
			name, first = s.name, st.ModTime()
		}
	}
	return name
}

// between gives the names of the compressed files that were begun after f and before the file called next.
func between(path string, f os.FileInfo, next string) (names []string) {
	names, _ = undisturbed(path, func() ([]string, bool, error) { return betweenOnce(path, f, next), false, nil })
	return names
}

func betweenOnce(path string, f os.FileInfo, next string) (names []string) {
	all, err := list(path)
	if err != nil {
		return nil
	}
	i := slices.IndexFunc(all, func(s sibling) bool {
		st, err := os.Stat(s.name)
		return s.ext == "" && err == nil && os.SameFile(f, st)
	})
	end := slices.IndexFunc(all, func(s sibling) bool { return s.name == next })
	until, err := os.Stat(next)
	for k, s := range all {
		if s.ext == "" || s.kind == odd {
			continue
		}
		if i >= 0 {
			if s.kind == all[i].kind && k > i && (end < 0 || k < end) {
				names = append(names, s.name+s.ext)
			}
			continue
		}
		// f was deleted or is one of them: what compresses keeps the time of the last write.
		st, serr := os.Stat(s.name + s.ext)
		if serr == nil && st.ModTime().After(f.ModTime()) && (end < 0 || err == nil && !st.ModTime().After(until.ModTime())) {
			names = append(names, s.name+s.ext)
		}
	}
	return names
}
