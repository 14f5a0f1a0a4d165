package trail

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// Directory is a trail that is read without being its writer: with no daemon, or beside one. It writes nothing.
type Directory struct {
	fs    disk.FS
	id    identity
	cache *segment.Cache
	log   *slog.Logger

	vouched vouched // for whom it proves

	mu   sync.Mutex // guards below
	view *View
	at   time.Time          // when view was read
	old  map[string]*Sealed // the files of view
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
	d := &Directory{fs: fs, cache: segment.NewCache(cacheBytes), log: slog.New(slog.DiscardHandler), old: map[string]*Sealed{}}
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

// covering gives a view with at least size records: a checkpoint may be newer than the view at hand.
func (d *Directory) covering(size uint64) (*View, error) {
	if v := d.View(); v.Size() >= size {
		return v, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.load()
	if err == nil {
		d.view = v
	}
	return d.view, err
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

// load reads the directory.
func (d *Directory) load() (v *View, err error) {
	held, err := holdWAL(d.fs)
	defer func() { err = errors.Join(err, held.close()) }()
	if err != nil {
		return nil, err
	}
	ps, err := openPlaces(d.fs, &d.id, nil, false)
	if err != nil {
		return nil, err
	}
	x, err := listSegments(d.fs, &d.id, ps)
	if err != nil {
		return nil, err
	}
	if err := x.whole(); err != nil {
		return nil, err
	}
	v = &View{ID: d.id.id, spans: x.spans, cache: d.cache}
	next := uint64(0)
	for _, sp := range x.spans {
		if err := d.adopt(sp); err != nil {
			return nil, err
		}
		v.Segments = append(v.Segments, sp.files...)
		next = sp.Last + 1
	}
	d.forget(v)
	for i, f := range held.files {
		if held.firsts[i] < next {
			continue
		}
		table := segment.NewTable(d.id.id)
		_, err := f.Replay(func(first uint64, count int, batch []byte) error {
			r, _, err := parseBatch(batch, first, count)
			if err == nil {
				err = goesOn(first, held.firsts[i]+uint64(table.Len()))
			}
			if err == nil {
				table.Append(r...)
			}
			return err
		})
		switch {
		case err != nil:
			return nil, err
		case table.Len() == 0:
			continue
		case held.firsts[i] > next:
			return nil, fmt.Errorf("%s begins with record %d where %d is next", walName(held.firsts[i]), held.firsts[i], next)
		}
		v.Head = append(v.Head, table.Rows())
		next += uint64(table.Len())
	}
	d.at = time.Now()
	return v, nil
}

// adopt takes for the files of a span those that are open already.
func (d *Directory) adopt(sp *span) error {
	for i, s := range sp.files {
		if o := d.old[s.base]; o != nil {
			sp.files[i] = o
			continue
		}
		s.cache = d.cache
		if _, err := s.loadIndex(false, d.log); err != nil {
			return err
		}
		d.old[s.base] = s
	}
	return nil
}

// forget lets go of files that have expired. Views that still have them may be in use: nothing is closed here.
func (d *Directory) forget(v *View) {
	if len(d.old) == len(v.Segments) {
		return
	}
	d.old = map[string]*Sealed{}
	for _, s := range v.Segments {
		d.old[s.base] = s
	}
}
