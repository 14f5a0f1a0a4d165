package trail

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/wal"
)

// Directory is a trail that is read without being its writer: with no daemon, or beside one. It writes nothing.
type Directory struct {
	fs    disk.FS
	id    identity
	cache *segment.Cache
	log   *slog.Logger

	mu   sync.Mutex // guards below
	view *View
	at   time.Time // when view was read
	old  map[string]*Sealed
}

// OpenReadOnly reads the trail in dir. It fails if there is none.
func OpenReadOnly(dir string) (*Directory, error) {
	fs, err := disk.Open(dir)
	if err != nil {
		return nil, err
	}
	d, err := OpenReadOnlyFS(fs)
	if err != nil {
		return nil, fmt.Errorf("read trail %s: %w", dir, err)
	}
	return d, nil
}

// OpenReadOnlyFS is OpenReadOnly on any directory tree.
func OpenReadOnlyFS(fs disk.FS) (*Directory, error) {
	d := &Directory{fs: fs, cache: segment.NewCache(256 << 20), log: slog.New(slog.DiscardHandler), old: map[string]*Sealed{}}
	var err error
	if d.id, err = readIdentity(fs); err != nil {
		if isMissing(err) {
			err = fmt.Errorf("there is no trail: the file %q is missing", identityFile)
		}
		return nil, err
	}
	if d.view, err = d.load(); err != nil {
		return nil, err
	}
	return d, nil
}

// refreshEvery is how old a view may be: reading the WAL again is not free.
const refreshEvery = 500 * time.Millisecond

// View gives what is committed, at most half a second old. If it cannot be read again the last one stays.
func (d *Directory) View() *View {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Since(d.at) > refreshEvery {
		if v, err := d.load(); err == nil {
			d.view = v
		} else {
			d.log.Warn("read the trail again", "err", err)
		}
	}
	return d.view
}

// Changed gives a channel that is closed when it is worth while to look again.
func (d *Directory) Changed() <-chan struct{} {
	c := make(chan struct{})
	time.AfterFunc(2*refreshEvery, func() { close(c) })
	return c
}

// Origin is the name of the trail.
func (d *Directory) Origin() string { return d.id.origin }

// Close releases the files.
func (d *Directory) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var err error
	for _, s := range d.old {
		err = errors.Join(err, s.close())
	}
	return err
}

// load reads the directory. A daemon may seal and remove a WAL file while it is being read: then the directory has
// changed, and is read again.
func (d *Directory) load() (v *View, err error) {
	for range 5 {
		if v, err = d.loadOnce(); err == nil {
			d.at = time.Now()
			return v, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, err
}

// loadOnce reads the WAL before it lists the segments: a file that is sealed and removed meanwhile is then in the list,
// and one that is begun meanwhile holds only what came after.
func (d *Directory) loadOnce() (*View, error) {
	names, firsts, _, err := walFiles(d.fs)
	if err != nil {
		return nil, err
	}
	heads := make([][]counterfoil.Record, len(names))
	for i, name := range names {
		_, err := wal.Replay(d.fs, name, func(first uint64, count int, batch []byte) error {
			r, _, err := parseBatch(batch, first, count)
			heads[i] = append(heads[i], r...)
			return err
		})
		if err != nil && !isMissing(err) {
			return nil, err
		}
	}
	sealed, _, err := listSealed(d.fs, &d.id)
	if err != nil {
		return nil, err
	}
	v := &View{ID: d.id.id}
	next := uint64(0)
	for _, s := range sealed {
		if o := d.old[s.name]; o != nil {
			s = o
		} else {
			s.cache = d.cache
			if _, err := s.loadIndex(false); err != nil {
				return nil, err
			}
			d.old[s.name] = s
		}
		v.Segments = append(v.Segments, s)
		next = s.Last + 1
	}
	for i, recs := range heads {
		switch {
		case firsts[i] < next || len(recs) == 0:
		case firsts[i] > next:
			return nil, fmt.Errorf("%s begins with record %d where %d is next", names[i], firsts[i], next)
		default:
			v.Head = append(v.Head, recs)
			next += uint64(len(recs))
		}
	}
	return v, nil
}
