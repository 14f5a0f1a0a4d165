package trail

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
)

const segmentDir = "segment"

// span is a range of records that was sealed with one seal: in one file, or one for each period of retention. A span
// never changes: when files of it expire another one takes its place.
type span struct {
	First, Last uint64
	Root        counterfoil.Hash // of the tree with Last+1 records
	all         []*Sealed        // as the seal names them
	files       []*Sealed        // of them, those that have not expired
	gone        *gone            // what has expired; nil: nothing
	forgot      []forgot         // what is forgotten, by whose event, in order
	front       *merkle.Frontier // behind it, where a repair found it; nil: it stands beside the records
}

// forgot is how many hidden halves of a span were forgotten at once.
type forgot struct {
	event   uint64 // number of the record that says so
	records int
}

func spanBase(first, last uint64) string { return fmt.Sprintf("%016d-%016d", first, last) }

func (sp *span) base() string { return spanBase(sp.First, sp.Last) }

func sealName(base string) string { return path.Join(segmentDir, base+".seal") }

// without gives the span as it is when some of its files have expired.
func (sp *span) without(g *gone) *span {
	next := &span{First: sp.First, Last: sp.Last, Root: sp.Root, all: sp.all, gone: g, forgot: sp.forgot}
	for _, s := range sp.all {
		if !g.has(s.base) {
			next.files = append(next.files, s)
		}
	}
	return next
}

// frontier gives the tree behind the span.
func (sp *span) frontier() (f merkle.Frontier, err error) {
	if sp.front != nil {
		return *sp.front, nil
	}
	if sp.gone != nil {
		f = sp.gone.frontier
	} else {
		r, err := sp.files[0].Reader()
		if err != nil {
			return f, err
		}
		if f, err = merkle.UnmarshalFrontier(r.Frontier); err != nil {
			return f, fmt.Errorf("%s: %w", sp.files[0].Name(), err)
		}
	}
	if f.Size() != sp.Last+1 || f.Root() != sp.Root {
		return f, fmt.Errorf("%s: the frontier beside it is not that of its tree", sealName(sp.base()))
	}
	return f, nil
}

// pieces gives what is known of all records of the span for the tree, in order.
func (sp *span) pieces(leaf func(*counterfoil.Record) (counterfoil.Hash, error)) ([]piece, error) {
	l := newLeaves(sp.First, sp.Last)
	for _, s := range sp.files {
		if err := s.addTo(l, leaf); err != nil {
			return nil, err
		}
	}
	expired, err := sp.expired()
	if err != nil {
		return nil, err
	}
	out, err := l.with(expired)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", sp.base(), err)
	}
	return out, nil
}

// addTo adds the leaves of a file.
func (s *Sealed) addTo(l *leaves, leaf func(*counterfoil.Record) (counterfoil.Hash, error)) error {
	return s.each(func(rec *counterfoil.Record) error {
		h, err := leaf(rec)
		if err == nil {
			err = l.add(rec.Seq, h)
		}
		return err
	})
}

// expired gives what is left of the records that have expired.
func (sp *span) expired() ([]piece, error) {
	if sp.gone == nil {
		return nil, nil
	}
	return sp.gone.pieces(sp)
}

// segments is what a directory holds.
type segments struct {
	places  places
	spans   []*span
	missing []*Sealed // files that have not expired and are nowhere
	stray   []stray

	doubtful map[string]bool // bases of files that several directories have, none of them as it was sealed
}

// stray is a file that belongs to nothing.
type stray struct {
	place   *place
	name    string // in the place's directory, those below dist with that before them
	expired string // base of a segment that has expired; "": it is left over from something else
}

// listSegments finds what was sealed, in order, and the files that belong to nothing. What seems to be missing is looked for
// again: beside us the writer may exchange a file for one of which something is forgotten.
func listSegments(fsys disk.FS, id *identity, ps places) (x *segments, err error) {
	for range 3 {
		if x, err = listOnce(fsys, id, ps); err != nil || len(x.missing) == 0 {
			break
		}
	}
	return x, err
}

func listOnce(fsys disk.FS, id *identity, ps places) (*segments, error) {
	x := &segments{places: ps, doubtful: map[string]bool{}}
	contents := make([]map[string]bool, len(ps))
	for i, p := range ps {
		if p.absent != nil {
			continue
		}
		var err error
		if contents[i], err = p.contents(); err != nil {
			return nil, err
		}
	}
	for n := range contents[0] {
		base, ok := strings.CutSuffix(n, ".seal")
		if !ok {
			continue
		}
		sp, err := readSeal(fsys, base, id)
		if err != nil {
			return nil, err
		}
		if sp.gone, err = readGone(fsys, sp, id); err != nil {
			return nil, err
		}
		x.spans = append(x.spans, sp)
	}
	slices.SortFunc(x.spans, func(a, b *span) int {
		if a.First < b.First {
			return -1
		}
		return 1
	})
	next := uint64(0)
	for _, sp := range x.spans {
		if sp.First != next {
			return nil, fmt.Errorf("%s begins with record %d where %d is next", sealName(sp.base()), sp.First, next)
		}
		next = sp.Last + 1
	}
	if err := x.locate(fsys, id, contents); err != nil {
		return nil, err
	}
	x.findStray(contents)
	return x, nil
}

// locate finds the file of each segment that has not expired.
func (x *segments) locate(fsys disk.FS, id *identity, contents []map[string]bool) error {
	for _, sp := range x.spans {
		lost := x.locateIn(sp, contents)
		if len(lost) > 0 { // perhaps the writer has let it expire since we looked
			g, err := readGone(fsys, sp, id)
			if err != nil {
				return err
			}
			sp.gone = g
			lost = x.locateIn(sp, contents)
		}
		x.missing = append(x.missing, lost...)
	}
	return nil
}

func (x *segments) locateIn(sp *span, contents []map[string]bool) (lost []*Sealed) {
	sp.files = nil
	for _, s := range sp.all {
		if sp.gone != nil && sp.gone.has(s.base) {
			continue
		}
		if s.place = x.placeOf(s, contents); s.place == nil {
			lost = append(lost, s)
			continue
		}
		sp.files = append(sp.files, s)
	}
	return lost
}

// placeOf gives the directory that has a file; nil: none has. Where several have one of the name, as a copy leaves that was
// interrupted, or a crash in a directory that was not there at the next start, it is the one that was sealed. Where none is, nobody
// knows which to do without: none is removed.
func (x *segments) placeOf(s *Sealed, contents []map[string]bool) *place {
	var have []*place
	for i, m := range contents {
		if m[s.base+".parquet"] {
			have = append(have, x.places[i])
		}
	}
	switch len(have) {
	case 0:
		return nil
	case 1:
		return have[0]
	}
	for _, p := range have {
		if s.unopened(p, nil).checkDigest() == nil {
			return p
		}
	}
	x.doubtful[s.base] = true
	return have[0]
}

// whole gives an error that says which records are not to be found, and which directories are not there.
func (x *segments) whole() error {
	missing := x.missing
	if len(missing) == 0 {
		return nil
	}
	var ranges []string
	for i, s := range missing {
		if n := len(ranges); i > 0 && missing[i-1].First == s.First && n > 0 {
			continue
		}
		ranges = append(ranges, fmt.Sprintf("%d to %d", s.First, s.Last))
	}
	more := ""
	if n := len(ranges); n > 4 {
		more, ranges = fmt.Sprintf(", … %s", ranges[n-1]), ranges[:3]
	}
	reason := fmt.Sprintf("is in no directory of the trail, %d sealed files are not, of records %s%s", len(missing), strings.Join(ranges, ", "), more)
	for _, p := range x.places {
		if p.absent != nil {
			reason += "; " + p.absent.Error()
		}
	}
	return &Problem{File: path.Join(segmentDir, missing[0].base+".parquet"), Reason: reason}
}

// findStray finds the files that a crash left, and those that expired.
func (x *segments) findStray(contents []map[string]bool) {
	mine := map[string]*place{} // base of a file that counts: where it is
	seals, gone := map[string]bool{}, map[string]string{}
	for _, sp := range x.spans {
		seals[sp.base()] = true
		for _, s := range sp.files {
			mine[s.base] = s.place
		}
		for _, s := range sp.all {
			if sp.gone != nil && sp.gone.has(s.base) {
				gone[s.base] = s.base
			}
		}
	}
	for i, p := range x.places {
		names := contents[i]
		if dist, err := p.fs.ReadDir(p.file(distDir)); p.absent == nil && err == nil {
			for _, n := range dist {
				if base, ok := segmentFile(n, ".parquet"); ok && mine[base] != p && !x.doubtful[base] {
					x.stray = append(x.stray, stray{p, path.Join(distDir, n), gone[base]})
				}
			}
		}
		for n := range names {
			base, ok := segmentFile(n, ".parquet", ".idx")
			note, okNote := segmentFile(n, ".seal", ".gone")
			temp, okTemp := strings.CutSuffix(n, disk.TempSuffix)
			switch {
			case ok && (mine[base] == p || x.doubtful[base]), okNote && i == 0 && seals[note]:
				continue
			case ok, okNote && strings.HasSuffix(n, ".gone"), okTemp && isSegmentFile(temp):
				x.stray = append(x.stray, stray{p, n, gone[base]})
			}
		}
	}
	slices.SortFunc(x.stray, func(a, b stray) int { return strings.Compare(a.name, b.name) })
}

// segmentFile gives the name of a segment file without its extension, which is one of those given.
func segmentFile(name string, extensions ...string) (base string, ok bool) {
	for _, ext := range extensions {
		base, ok := strings.CutSuffix(name, ext)
		if !ok {
			continue
		}
		whole, _, _ := strings.Cut(base, ".")
		var first, last uint64
		if _, err := fmt.Sscanf(whole, "%016d-%016d", &first, &last); err == nil && spanBase(first, last) == whole {
			return base, true
		}
	}
	return "", false
}

func isSegmentFile(name string) bool {
	_, ok := segmentFile(name, ".parquet", ".idx", ".seal", ".gone")
	return ok
}
