package trail

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/disk"
)

// Dir is a directory for sealed segments. They are used in the order in which they are given, as they fill.
type Dir struct {
	Path        string  // absolute, or below the data directory; "." is the data directory itself
	FreePercent int     // of the file system that must stay free there
	FreeBytes   uint64  // likewise; the larger of the two counts
	FS          disk.FS // default: what Path names
}

const (
	dirsFile = "dirs" // where sealed segments may lie beside the data directory
	distDir  = "dist"
)

// place is a directory that holds segment files.
type place struct {
	Dir
	fs     disk.FS
	within string // directory in fs
	shown  string // directory in messages
	fill   bool   // new segments may go there
	absent error  // why it cannot be used; nil: it can
}

func (p *place) file(name string) string { return path.Join(p.within, name) }
func (p *place) show(name string) string { return path.Join(p.shown, name) }

// places are all directories that may hold segment files; the first is that in the data directory.
type places []*place

// openPlaces finds the directories: those configured, and those that hold segments from before. make: a new one is made.
func openPlaces(fsys disk.FS, id *identity, dirs []Dir, make bool) (places, error) {
	known, err := readDirs(fsys)
	if err != nil {
		return nil, err
	}
	all := places{{Dir: Dir{Path: "."}, fs: fsys, within: segmentDir, shown: segmentDir, fill: len(dirs) == 0}}
	for _, d := range dirs {
		if d.Path == "." {
			all[0].Dir, all[0].fill = d, true
			continue
		}
		p, err := openPlace(fsys, d)
		if err != nil {
			return nil, err
		}
		p.fill = true
		if o := all.same(p); o != nil {
			return nil, fmt.Errorf("directories %s and %s are one: name it once", o.shown, p.shown)
		}
		if !slices.Contains(known, d.Path) && make {
			if err := p.begin(fsys); err != nil {
				return nil, fmt.Errorf("directory %s: %w", d.Path, err)
			}
			known = append(known, d.Path)
			if err := disk.WriteFile(fsys, dirsFile, marshalDirs(known)); err != nil {
				return nil, err
			}
		}
		all = append(all, p)
	}
	for _, name := range known {
		if !slices.ContainsFunc(all, func(p *place) bool { return p.Path == name }) {
			p, err := openPlace(fsys, Dir{Path: name})
			if err != nil {
				return nil, err
			}
			if all.same(p) == nil { // else it has a new name
				all = append(all, p)
			}
		}
	}
	// The order of filling is that of the configuration, where the data directory may stand anywhere.
	for _, p := range all[1:] {
		p.absent = p.recognise(id)
	}
	return all, nil
}

func openPlace(fsys disk.FS, d Dir) (p *place, err error) {
	p = &place{Dir: d, fs: d.FS, within: ".", shown: d.Path}
	switch {
	case p.fs != nil:
	case strings.HasPrefix(d.Path, "/"):
		p.fs, err = disk.Open(d.Path)
	default:
		p.fs = disk.Below(fsys, d.Path)
	}
	return p, err
}

// same gives the place that is the same directory as p, called otherwise; nil if there is none.
func (ps places) same(p *place) *place {
	name := p.identify()
	i := slices.IndexFunc(ps, func(o *place) bool { return name != "" && o.identify() == name })
	if i < 0 {
		return nil
	}
	return ps[i]
}

// identify gives what no other directory has; "" if the disk cannot tell, or it is not there.
func (p *place) identify() string {
	if i, ok := p.fs.(disk.Identifier); ok {
		if name, err := i.Identify(p.within); err == nil {
			return name
		}
	}
	return ""
}

// begin makes a new directory ready: a copy of the identity in it tells later whether it is the right one, and there.
func (p *place) begin(home disk.FS) error {
	if err := p.fs.MkdirAll("."); err != nil {
		return err
	}
	if _, err := disk.ReadFile(p.fs, identityFile, 1<<16); !isMissing(err) {
		return err // recognise looks whose it is
	}
	id, err := disk.ReadFile(home, identityFile, 1<<16)
	if err != nil {
		return err
	}
	return disk.WriteFile(p.fs, identityFile, id)
}

// recognise says why a directory is not the one that it should be.
func (p *place) recognise(id *identity) error {
	there, err := readIdentity(p.fs)
	switch {
	case isMissing(err):
		return fmt.Errorf("%s lacks the file %q: is it not mounted?", p.Path, identityFile)
	case err != nil:
		return fmt.Errorf("%s: %w", p.Path, err)
	case there.id != id.id:
		return fmt.Errorf("%s is a directory of the trail %s", p.Path, there.origin)
	}
	return nil
}

// readDirs reads the list of directories that were used.
func readDirs(fsys disk.FS) (list []string, err error) {
	b, err := disk.ReadFile(fsys, dirsFile, 1<<20)
	if isMissing(err) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dirsFile, err)
	}
	return list, nil
}

func marshalDirs(list []string) []byte {
	b, err := json.Marshal(list)
	if err != nil {
		panic("trail: a list of strings has no JSON: " + err.Error())
	}
	return append(b, '\n')
}

// contents lists the segment files of a directory, by name.
func (p *place) contents() (map[string]bool, error) {
	names, err := p.fs.ReadDir(p.within)
	if err != nil {
		return nil, err
	}
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m, nil
}

// room reports whether more may go there than must stay free.
func (p *place) room() (bool, error) {
	free, total, err := p.fs.Space()
	return free >= p.floor(total), err
}

// floor is what must stay free.
func (p *place) floor(total uint64) uint64 {
	return max(p.FreeBytes, total/100*uint64(p.FreePercent))
}

// usable says why nothing may be sealed into a directory now: one that is not mounted any more is an empty one below, which nobody
// would look into once it is mounted again.
func (t *Trail) usable(p *place) error {
	if p == t.places[0] {
		return nil
	}
	return p.recognise(&t.id)
}

// candidates gives the directories for a new segment, the first being the best.
func (t *Trail) candidates() (list []*place, err error) {
	var away error
	for _, p := range t.places.filling(t.opts.Dirs) {
		if err := t.usable(p); err != nil {
			t.opts.Log.Warn("a directory for segments cannot be used", "err", err)
			away = errors.Join(away, err)
			continue
		}
		ok, err := p.room()
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, p)
		}
	}
	switch {
	case len(list) > 0:
		return list, nil
	case away != nil:
		return nil, fmt.Errorf("every directory for segments is filled up to what must stay free, or cannot be used (%v): %w", away, disk.ErrFull)
	}
	return nil, fmt.Errorf("every directory for segments is filled up to what must stay free: %w", disk.ErrFull)
}

// filling gives the directories that are being filled, in the order of the configuration.
func (ps places) filling(dirs []Dir) (list []*place) {
	if len(dirs) == 0 {
		return ps[:1]
	}
	for _, d := range dirs {
		for _, p := range ps {
			if p.fill && p.Path == d.Path {
				list = append(list, p)
			}
		}
	}
	return list
}

// link gives a new segment file its second name for distribution. One that an unfinished seal left is replaced.
func (p *place) link(name string) error {
	dist := p.file(distDir)
	if err := p.fs.MkdirAll(dist); err != nil {
		return err
	}
	second := path.Join(dist, name)
	err := p.fs.Link(p.file(name), second)
	if errors.Is(err, fs.ErrExist) {
		if err = p.fs.Remove(second); err == nil {
			err = p.fs.Link(p.file(name), second)
		}
	}
	if err == nil {
		err = p.fs.SyncDir(dist)
	}
	return err
}

// linked reports whether a file has its second name for distribution.
func (p *place) linked(name string) (bool, error) {
	names, err := p.fs.ReadDir(p.file(distDir))
	if isMissing(err) {
		return false, nil
	}
	return slices.Contains(names, name), err
}

// drop removes files of a segment, and what was linked for distribution. One that is gone already is no error.
func (p *place) drop(names ...string) error {
	for _, n := range names {
		for _, f := range []string{path.Join(p.file(distDir), n), p.file(n)} {
			if err := p.fs.Remove(f); err != nil && !isMissing(err) {
				return err
			}
		}
	}
	return p.fs.SyncDir(p.within)
}

// clear removes a segment that counts no more, its second name included, durably.
func (p *place) clear(base string) error {
	if err := p.drop(base+".parquet", base+".idx"); err != nil {
		return err
	}
	if err := p.fs.SyncDir(p.file(distDir)); !isMissing(err) {
		return err
	}
	return nil
}
