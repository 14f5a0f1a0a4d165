package trail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/background"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/wal"
)

// Options say how a trail is kept. The zero value of a field means its default.
type Options struct {
	Node        string           // name of this trail's owner, part of the checkpoints' origin; default "node"
	Now         func() time.Time // default time.Now
	Log         *slog.Logger     // default: discard
	SegmentRows int              // records in a full segment; default and largest 131,072
	SplitRows   int              // records from which on a segment's event data are split among columns; default 1,024
	HeadBytes   int64            // of memory that the records of a head take, about: one that has more is sealed; default 96 MiB
	FileSize    int64            // of the log, in bytes: a head that has more is sealed; 0: no limit
	Dirs        []Dir            // for sealed segments, used in order as they fill; none: the data directory
	Dist        bool             // a second name in dist/ for each sealed file, for programs that pass them on
	Retention   Retention        // when what is sealed expires; the zero value: never
	Space       Space            // how much may be written, and what happens then
	// Warn is told what audit_warn(5) is: soft, allsoft, hard, allhard, closefile, expired, getacdir; quota-warning and
	// quota-critical beside these. It must not wait. Default: nobody is told.
	Warn            func(event, arg string)
	SealAge         time.Duration // a head older than this is sealed though it is not full; default 1 h
	CheckpointEvery time.Duration // default 1 s
	// Act words an event of the program's own. Default: with the node's name and no user.
	Act        func(name string, action counterfoil.Action, ok bool, object counterfoil.Object, data func(*counterfoil.Builder)) counterfoil.Event
	CacheBytes int64 // decoded pages and footers kept in memory; default 180 MiB
}

// cacheBytes leaves, of the 256 MiB that a question may take, room for what is being unpacked and for garbage.
const cacheBytes = 180 << 20

func (o *Options) setDefaults() {
	if o.Node == "" {
		o.Node = "node"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.SegmentRows <= 0 || o.SegmentRows > segment.MaxRows {
		o.SegmentRows = segment.MaxRows
	}
	if o.HeadBytes <= 0 {
		o.HeadBytes = 96 << 20
	}
	if o.SealAge <= 0 {
		o.SealAge = time.Hour
	}
	if o.CheckpointEvery <= 0 {
		o.CheckpointEvery = time.Second
	}
	if o.Act == nil {
		o.Act = func(name string, action counterfoil.Action, ok bool, object counterfoil.Object, data func(*counterfoil.Builder)) counterfoil.Event {
			return act.New(counterfoil.TimeOf(o.Now()), act.Who{Host: o.Node}, name, action, ok, object, data)
		}
	}
	if o.Warn == nil {
		o.Warn = func(string, string) {}
	}
	if o.CacheBytes <= 0 {
		o.CacheBytes = cacheBytes
	}
}

// Receipt says where a batch stands in the trail.
type Receipt struct {
	First, Last uint64           // sequence numbers of the batch's first and last event that is kept, retried ones included; 0 while none is
	Seqs        []uint64         // of each such event, in order; nil if they are First, First+1, …, Last
	Retried     int              // events that were in the trail already, known by their aid
	LeftOut     int              // events that were judged not to be kept: see [Trail.AppendJudged]
	Received    counterfoil.Time // when the batch was committed
}

// ErrLockFile says that a trail cannot be opened because its lock cannot.
var ErrLockFile = errors.New("the lock of the data directory cannot be opened")

// Errors of Append. Senders may try again after ErrSuspended; after ErrBroken only a restart helps.
var (
	ErrSuspended = errors.New("the trail takes nothing in at the moment: the disk is full")
	ErrBroken    = errors.New("the trail is broken and refuses every record until it is opened again")
	ErrClosed    = errors.New("the trail is closed")
)

// EventError says which event of a batch was refused. None of the batch was kept.
type EventError struct {
	Index int // in the batch
	Err   error
}

func (e *EventError) Error() string { return e.Err.Error() }
func (e *EventError) Unwrap() error { return e.Err }

// Trail is an open data directory.
type Trail struct {
	opts     Options
	fs       disk.FS
	lock     io.Closer
	id       identity
	recovery Recovery
	repair   *repair // looked for while opening; nil: damage is an error
	cache    *segment.Cache
	vouched  vouched

	// committing is held by the one goroutine that commits; it owns what follows.
	committing  sync.Mutex
	wal         *wal.Writer
	walBuf      []byte
	leafBuf     []counterfoil.Hash
	subjects    subjects
	window      window
	numbered    []counterfoil.Record // that have no place in the table yet: it takes several at once
	hasher      counterfoil.Hasher
	nearSum     byte            // see near
	scratch     segment.Scratch // for reading one that it is compared with
	tree        *merkle.Tree    // appended to by the committer, asked by anyone
	next        uint64          // number of the next record
	headSince   time.Time       // when the active part got its first record
	placedBytes int             // that all positions take, at most

	queue queue
	spare sync.Pool // of *judged

	checkpointing  sync.Mutex         // held while the checkpoint file is written
	retiring       sync.Mutex         // held while files expire, while holds change and while somebody is forgotten
	undeleted      []remains          // what has expired and could not be removed; owned by who holds retiring
	expiring       map[string]Expired // by base: what the trail says that it expires and could not be deleted yet; likewise
	sealing        sync.Mutex         // held while a part is sealed
	sealedFrontier merkle.Frontier    // of the tree behind the last sealed record; owned by the sealer

	closing chan struct{}   // closed when Close is called: what takes long stops
	close   sync.Once       // closes it
	places  places          // set by opening
	watched time.Time       // when space was looked at; owned by Run, as is the next
	levels  map[string]bool // limits that are passed

	mu        sync.Mutex // guards all below
	spans     []*span    // what was sealed, in order
	sealed    []*Sealed  // the files of it that have not expired
	parts     []*part    // unsealed, oldest first; the last is the active one
	covered   []string   // files of the log whose records are all sealed, still to be removed
	holds     []Hold     // in force; replaced, never changed
	positions map[string][]byte
	wake      chan struct{} // closed at each commit
	sealWake  chan struct{} // told when a part is ready to be sealed; capacity 1
	broken    error
	full      *fullness // why nothing is taken in; nil: it is
	fullCause error     // a full disk that was found and not yet turned to
	halted    error     // with Halt: why Run ends
	logBytes  int64     // of the log, as of the last commit
	closed    bool
	last      checkpoint // newest written
}

// part is the records of one WAL file: a segment to be.
type part struct {
	first  uint64
	wal    string         // file name
	table  *segment.Table // owned by the committer
	rows   *segment.Rows  // of the table, what is committed
	leaves []counterfoil.Hash
	end    merkle.Frontier // of the tree behind its records, once the next part has begun
	// positions that the batches of a replayed file carried, as they stood there; empty otherwise
	positions []byte
}

func (t *Trail) newPart(first uint64) *part {
	table := segment.NewTable(t.id.id)
	return &part{first: first, wal: walName(first), table: table, rows: table.Rows()}
}

// Open opens or makes the trail in dir, recovers it from whatever a crash left, and locks it against other writers.
func Open(dir string, opts Options) (*Trail, error) {
	fs, err := disk.Open(dir)
	if err != nil {
		return nil, err
	}
	t, err := OpenFS(fs, opts)
	if err != nil {
		return nil, fmt.Errorf("open trail %s: %w", dir, err)
	}
	return t, nil
}

// OpenFS is Open on any directory tree.
func OpenFS(fs disk.FS, opts Options) (t *Trail, err error) { return openFS(fs, opts, nil) }

// openFS opens a trail; with a repair also one of which segments are damaged.
func openFS(fs disk.FS, opts Options, r *repair) (t *Trail, err error) {
	opts.setDefaults()
	t = &Trail{repair: r, opts: opts, fs: fs, cache: segment.NewCache(opts.CacheBytes), wake: make(chan struct{}), closing: make(chan struct{}), sealWake: make(chan struct{}, 1),
		positions: map[string][]byte{}, levels: map[string]bool{}, expiring: map[string]Expired{}}
	t.window.limit = windowSize
	for _, d := range []string{".", "keys", "wal", "segment"} {
		if err := fs.MkdirAll(d); err != nil {
			return nil, err
		}
	}
	if r, ok := fs.(disk.Restricter); ok {
		if err := r.Restrict("keys"); err != nil {
			return nil, err
		}
	}
	if t.lock, err = fs.Lock("lock"); errors.Is(err, disk.ErrLocked) {
		return nil, fmt.Errorf("%w: is another counterfoil running on it?", err)
	} else if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLockFile, err)
	}
	if err := t.begin(); err != nil {
		return nil, errors.Join(err, t.closeFiles())
	}
	return t, nil
}

// begin recovers a trail that is locked, and does what the last opening left to be done.
func (t *Trail) begin() error {
	if err := t.recover(); err != nil {
		return err
	}
	if t.last.note == nil {
		// A checkpoint of nothing: from now on a trail with records and without a checkpoint is damaged.
		if err := t.Checkpoint(); err != nil {
			return err
		}
	}
	if err := t.readFull(); err != nil {
		return err
	}
	return t.finishBegun()
}

// closeFiles closes every file, and at last the lock.
func (t *Trail) closeFiles() (err error) {
	for _, s := range t.sealed {
		err = errors.Join(err, s.close())
	}
	if t.wal != nil {
		err = errors.Join(err, t.wal.Close())
	}
	return errors.Join(err, t.subjects.close(), t.lock.Close())
}

// finishBegun finishes a forgetting that a crash or a full disk has stopped. Where it cannot be finished now, because of what the
// error then says, the trail is open all the same.
func (t *Trail) finishBegun() error {
	if t.subjects.going == nil || t.repair != nil {
		return nil
	}
	t.recovery.Forgot = "finished"
	if err := t.resumeForgetting(context.Background()); err != nil {
		t.recovery.Forgot = "not finished: " + err.Error()
		t.opts.Log.Error("go on with forgetting", "err", err)
	}
	return t.brokenErr()
}

// ID is the trail's identity, from which identifiers are derived.
func (t *Trail) ID() counterfoil.TrailID { return t.id.id }

// Origin is the name of the trail in its checkpoints.
func (t *Trail) Origin() string { return t.id.signer.Origin() }

// VerifierKey is the public key of the checkpoints, in the form of signed notes.
func (t *Trail) VerifierKey() string { return t.id.signer.VerifierKey() }

// Position gives the position last kept with AppendAt for an input, nil if there is none.
func (t *Trail) Position(via string) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.positions[via]
}

// Changed gives a channel that is closed when something is committed after the call.
func (t *Trail) Changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wake
}

// Run seals full parts and writes checkpoints until ctx is done. It returns nil then, and an error if the trail broke.
func (t *Trail) Run(ctx context.Context) error {
	tick := time.NewTicker(t.opts.CheckpointEvery)
	defer tick.Stop()
	behind := background.Start()
	defer behind.Close()
	seal := func() { t.sealReady(ctx) }
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.sealWake:
			behind.Do(seal)
			t.signTree()
		case <-tick.C:
			t.rotateOld()
			t.signTree()
			behind.Do(seal)
		}
		t.watchSpace(t.opts.Now())
		if err := t.relieve(ctx); err != nil {
			return err
		}
		if err := t.brokenErr(); err != nil {
			return err
		}
	}
}

// signTree writes a checkpoint. Where it cannot, the next one makes up for it. No space for one is a full disk, though the log may
// have some of what it asked for in advance: what is acknowledged would not be signed.
func (t *Trail) signTree() {
	if err := t.Checkpoint(); err != nil {
		t.opts.Log.Error("write checkpoint", "err", err)
		if errors.Is(err, disk.ErrFull) {
			t.noteFull(err)
		}
	}
}

// Close waits for the commit at hand, writes a last checkpoint and releases the directory. What is not sealed stays in
// the WAL, where the next Open finds it, and a forgetting that is under way is left for it to finish.
func (t *Trail) Close() error {
	t.close.Do(func() { close(t.closing) })
	t.retiring.Lock()
	defer t.retiring.Unlock()
	t.committing.Lock()
	defer t.committing.Unlock()
	t.sealing.Lock()
	defer t.sealing.Unlock()
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil
	}
	t.closed = true
	t.mu.Unlock()
	err := t.brokenErr()
	if err == nil {
		err = errors.Join(t.Checkpoint(), t.wal.Trim())
	}
	return errors.Join(err, t.closeFiles())
}

func (t *Trail) brokenErr() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.broken != nil {
		return fmt.Errorf("%w: %w", ErrBroken, t.broken)
	}
	return nil
}

func (t *Trail) breakWith(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.broken == nil {
		t.broken = err
		t.opts.Log.Error("the trail is broken", "err", err)
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}
