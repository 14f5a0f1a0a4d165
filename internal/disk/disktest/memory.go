package disktest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"sync"

	"github.com/counterfoil/counterfoil/internal/disk"
)

// Block is the unit in which unsynced bytes survive, in bytes. A block is never torn.
const Block = 512

// ErrPower is what every call gives after the power was cut.
var ErrPower = errors.New("disktest: the power is cut")

// Memory is a disk in memory: a disk.FS that keeps apart what programs see and what would survive. Safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	nodes   map[string]*node // what programs see; directories and files by their whole names
	durable map[string]*node // what has survived for certain, names only; bytes are in the node
	pending []change         // changes of names that no SyncDir has made durable, oldest first
	locks   map[string]bool
	ops     int
	cutAt   int // number of changing operations that still work; negative: no end
	limit   int64
}

// node is a file, or a directory where dir is true.
type node struct {
	dir      bool
	linked   bool // it has, or had, a second name
	size     int64
	blocks   map[int64][]byte // what programs see; a block that is not there is zero; a block's bytes are never changed in place
	reserved int64            // blocks from 0 that Preallocate asked for
	synced   content
	versions map[int64][][]byte // what unsynced blocks held since the last Sync, oldest first; nil: zeros
	sizes    []int64            // likewise
	lost     map[int64]bool     // unsynced blocks that a Sync failed to write: no later one writes them, unless they are written again
}

// content is what has survived for certain.
type content struct {
	size   int64
	blocks map[int64][]byte
}

// change is one operation on names.
type change struct {
	from, to string // from: vanishes; to: comes to be n. Either may be empty
	n        *node
}

// New gives an empty disk without limit.
func New() *Memory {
	root := &node{dir: true}
	return &Memory{nodes: map[string]*node{".": root}, durable: map[string]*node{".": root}, locks: map[string]bool{}, cutAt: -1, limit: math.MaxInt64}
}

// Limit sets how many bytes files may hold together, in whole blocks; less than they hold already lets nothing more be
// written until something is removed.
func (d *Memory) Limit(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = bytes
}

// Ops gives the number of operations so far that changed or synced anything, those that failed included.
func (d *Memory) Ops() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ops
}

// CutAfter cuts the power after n more operations that change or sync anything: from then on every call gives ErrPower.
func (d *Memory) CutAfter(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cutAt = d.ops + n
}

// Cut tells whether a call was refused because the power is cut.
func (d *Memory) Cut() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cutAt >= 0 && d.ops > d.cutAt
}

// change counts an operation and tells whether there is power for it.
func (d *Memory) change(op, name string) error {
	if !fs.ValidPath(name) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	d.ops++
	if d.cutAt >= 0 && d.ops > d.cutAt {
		return &fs.PathError{Op: op, Path: name, Err: ErrPower}
	}
	return nil
}

// look is change for an operation that only reads.
func (d *Memory) look(op, name string) error {
	if !fs.ValidPath(name) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if d.cutAt >= 0 && d.ops > d.cutAt {
		return &fs.PathError{Op: op, Path: name, Err: ErrPower}
	}
	return nil
}

func fault(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

var (
	errNotDir   = errors.New("not a directory")
	errIsDir    = errors.New("is a directory")
	errNotEmpty = fmt.Errorf("directory not empty: %w", fs.ErrExist) // the standard library has it so
)

// parent returns an error if name cannot stand where it says.
func (d *Memory) parent(op, name string) error {
	switch n := d.nodes[path.Dir(name)]; {
	case n == nil:
		return d.missing(op, name)
	case !n.dir:
		return fault(op, name, errNotDir)
	}
	return nil
}

// missing gives the error for a name that is not there: another one if something above it is a file.
func (d *Memory) missing(op, name string) error {
	for p := name; p != "."; {
		p = path.Dir(p)
		if n := d.nodes[p]; n != nil && !n.dir {
			return fault(op, name, errNotDir)
		}
	}
	return fault(op, name, fs.ErrNotExist)
}

func (d *Memory) Create(name string) (disk.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.change("create", name); err != nil {
		return nil, err
	}
	if err := d.parent("create", name); err != nil {
		return nil, err
	}
	if d.nodes[name] != nil {
		return nil, fault("create", name, fs.ErrExist)
	}
	n := &node{blocks: map[int64][]byte{}, versions: map[int64][][]byte{}}
	d.nodes[name] = n
	d.pending = append(d.pending, change{to: name, n: n})
	return &file{d: d, n: n, name: name, write: true}, nil
}

func (d *Memory) Open(name string, write bool) (disk.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.look("open", name); err != nil {
		return nil, err
	}
	switch n := d.nodes[name]; {
	case n == nil:
		return nil, d.missing("open", name)
	case n.dir:
		return nil, fault("open", name, errIsDir)
	default:
		return &file{d: d, n: n, name: name, write: write}, nil
	}
}

func (d *Memory) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.change("rename", from); err != nil {
		return err
	}
	if !fs.ValidPath(to) {
		return fault("rename", to, fs.ErrInvalid)
	}
	if err := d.parent("rename", from); err != nil {
		return err
	}
	if err := d.parent("rename", to); err != nil {
		return err
	}
	n, old := d.nodes[from], d.nodes[to]
	switch {
	case n == nil:
		return d.missing("rename", from)
	case n.dir:
		return fault("rename", from, fmt.Errorf("disktest: renaming directories is not modelled: %w", errors.ErrUnsupported))
	case old != nil && old.dir:
		return fault("rename", to, fs.ErrExist)
	case from == to || n == old: // two names of one file stay
		return nil
	}
	delete(d.nodes, from)
	d.nodes[to] = n
	d.pending = append(d.pending, change{from: from, to: to, n: n})
	return nil
}

func (d *Memory) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.change("remove", name); err != nil {
		return err
	}
	n := d.nodes[name]
	if n == nil {
		return d.missing("remove", name)
	}
	if n.dir && len(d.children(name)) > 0 {
		return fault("remove", name, errNotEmpty)
	}
	delete(d.nodes, name)
	d.pending = append(d.pending, change{from: name})
	return nil
}

func (d *Memory) Link(name, second string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.change("link", name); err != nil {
		return err
	}
	if !fs.ValidPath(second) {
		return fault("link", second, fs.ErrInvalid)
	}
	switch n := d.nodes[name]; {
	case n == nil:
		return d.missing("link", name)
	case n.dir:
		return fault("link", name, fs.ErrPermission)
	case d.nodes[second] != nil:
		return fault("link", second, fs.ErrExist)
	default:
		if err := d.parent("link", second); err != nil {
			return err
		}
		d.nodes[second], n.linked = n, true
		d.pending = append(d.pending, change{to: second, n: n})
	}
	return nil
}

func (d *Memory) Lock(name string) (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.look("lock", name); err != nil {
		return nil, err
	}
	if err := d.parent("lock", name); err != nil {
		return nil, err
	}
	if d.locks[name] {
		return nil, fault("lock", name, disk.ErrLocked)
	}
	if d.nodes[name] == nil {
		n := &node{blocks: map[int64][]byte{}, versions: map[int64][][]byte{}}
		d.nodes[name] = n
		d.pending = append(d.pending, change{to: name, n: n})
	}
	d.locks[name] = true
	return &lock{d, name, sync.Once{}}, nil
}

type lock struct {
	d    *Memory
	name string
	once sync.Once
}

func (l *lock) Close() error {
	l.once.Do(func() {
		l.d.mu.Lock()
		defer l.d.mu.Unlock()
		delete(l.d.locks, l.name)
	})
	return nil
}

func (d *Memory) Space() (free, total uint64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.look("space", "."); err != nil {
		return 0, 0, err
	}
	return uint64(max(0, d.limit-d.used())), uint64(d.limit), nil
}

// used gives the bytes that files hold, in whole blocks.
func (d *Memory) used() (bytes int64) {
	counted := map[*node]bool{}
	for _, n := range d.nodes {
		if n.linked && counted[n] { // a file that has several names
			continue
		}
		if n.linked {
			counted[n] = true
		}
		bytes += n.allocated() * Block
	}
	return bytes
}

func (n *node) allocated() int64 {
	blocks := n.reserved
	for b := range n.blocks {
		if b >= n.reserved {
			blocks++
		}
	}
	return blocks
}
