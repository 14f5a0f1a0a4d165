package trail

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/internal/wal"
	"github.com/counterfoil/counterfoil/proof"
)

// Report is the verdict of Check.
type Report struct {
	OK         bool           `json:"ok"`
	Problem    *Problem       `json:"problem,omitempty"` // the first difference, if not OK
	Origin     string         `json:"origin,omitempty"`
	Key        string         `json:"key,omitempty"` // verifier key
	Records    uint64         `json:"records"`
	Sealed     uint64         `json:"sealed"` // of them in segments
	Segments   int            `json:"segments"`
	Root       string         `json:"root,omitempty"`      // of the tree of all records, base64 as in a checkpoint
	Checkpoint uint64         `json:"checkpoint"`          // records that the newest signed checkpoint counts
	Passed     int            `json:"passed,omitempty"`    // checkpoints beside it that the trail contains: cosigned ones, and those given
	Derived    []string       `json:"derived,omitempty"`   // derived files that are missing or damaged: opening makes them again, or a search that meets the damage
	Torn       string         `json:"torn,omitempty"`      // an end of the WAL that was never acknowledged
	Gaps       uint64         `json:"gaps"`                // gap events in the trail
	From       uint64         `json:"from,omitempty"`      // records before this one were verified earlier: only their files' digests were compared now
	Expired    []ExpiredRange `json:"expired,omitempty"`   // what was deleted by a rule, which is not in the trail any more
	Forgotten  []ForgottenBy  `json:"forgotten,omitempty"` // hidden halves that are forgotten; the open ones are there
	Full       string         `json:"full,omitempty"`      // why an incremental verification was made in full

	Completeness *Completeness `json:"completeness,omitempty"` // the second verdict; absent where the trail is not whole
}

// Problem is where the first difference is.
type Problem struct {
	File   string  `json:"file,omitempty"`
	Record *uint64 `json:"record,omitempty"`
	Reason string  `json:"reason"`
}

func (p *Problem) Error() string {
	switch {
	case p.Record != nil && p.File != "":
		return fmt.Sprintf("%s, record %d: %s", p.File, *p.Record, p.Reason)
	case p.File != "":
		return fmt.Sprintf("%s: %s", p.File, p.Reason)
	}
	return p.Reason
}

// CheckOptions say how to verify; nil means their zero values.
type CheckOptions struct {
	// Progress is told how many records are done, of how many.
	Progress func(done, of uint64)
	// Against are checkpoints that somebody kept elsewhere: the trail must contain their trees.
	Against [][]byte
	// Incremental begins where the last verification ended that found everything right and was asked to be
	// incremental, too. See verified.go for what is trusted then.
	Incremental bool
	// Rest is called by each goroutine that reads sealed files between two of them, with how long it worked on the last; it may take
	// its time.
	Rest func(ctx context.Context, worked time.Duration)
	// Now is the time that is written into what an incremental verification remembers.
	Now counterfoil.Time
}

// Check verifies the trail in dir: every file's digest and signature, dense numbers, canonical encoding, every leaf, the
// tree, the chain of roots that were signed, the WAL to its end, and the derived files. It needs no lock, and writes
// nothing but what an incremental verification remembers; beside a running daemon it verifies what was committed when it
// began. An error means that it could not look; what it found is in the report.
func Check(ctx context.Context, dir string, opts *CheckOptions) (*Report, error) {
	fs, err := disk.Open(dir)
	if err != nil {
		return nil, err
	}
	return CheckFS(ctx, fs, opts)
}

// CheckFS is Check on any directory tree.
func CheckFS(ctx context.Context, fs disk.FS, opts *CheckOptions) (*Report, error) {
	var o CheckOptions
	if opts != nil {
		o = *opts
	}
	if o.Progress == nil {
		o.Progress = func(uint64, uint64) {}
	}
	for tries := 3; ; tries-- {
		c := newChecker(ctx, fs, o)
		err := c.run()
		p, ok := errors.AsType[*Problem](err)
		if !ok {
			return c.report, err
		}
		// A writer beside us may have exchanged files for others, of which something is forgotten, while we looked.
		if tries == 0 || !c.resealed() {
			c.report.OK, c.report.Problem = false, p
			return c.report, nil
		}
	}
}

func newChecker(ctx context.Context, fs disk.FS, o CheckOptions) *checker {
	return &checker{ctx: ctx, fs: fs, opts: o, tree: merkle.New(), tally: NewTally(), report: &Report{OK: true}, says: map[uint64]*Expired{},
		accounts: map[uint64]*account{}, lessened: map[uint64]bool{}}
}

// resealed reports whether a range has another seal than it had, or a forgetting came farther.
func (c *checker) resealed() bool {
	if c.listed == "" {
		return false
	}
	ps, err := openPlaces(c.fs, &c.id, nil, false)
	if err != nil {
		return false
	}
	x, err := listSegments(c.fs, &c.id, ps)
	return err == nil && !strings.HasPrefix(x.text(&c.id), c.listed) || c.forgotMore() || c.holdsMore()
}

// text is what all seals say, in order.
func (x *segments) text(id *identity) string {
	var b strings.Builder
	for _, sp := range x.spans {
		b.WriteString(sp.text(id.origin))
	}
	return b.String()
}

type checker struct {
	ctx      context.Context
	fs       disk.FS
	opts     CheckOptions
	report   *Report
	id       identity
	subjects subjects
	tree     *merkle.Tree
	tally    *Tally
	want     checkpoint // the newest, whose root the tree must pass through
	met      bool
	expected []expected          // others that it must pass through
	says     map[uint64]*Expired // numbers of the records that must tell of an expiry
	accounts map[uint64]*account // of what is forgotten, by the number of the record that says so
	holds    []Hold              // in force
	held     heldSaid            // and what the records say of them
	lessened map[uint64]bool     // ranges, by their first, of which something has expired
	listed   string              // the seals as they were read
	next     uint64
	received counterfoil.Time // of the last record
	total    uint64           // what progress counts to
	told     uint64           // what progress was last told
	work     leafMaker        // for the records of the WAL
	seen     []verifiedFileOf
	state    []byte // what an incremental verification will remember
}

func problem(file string, record *uint64, format string, args ...any) error {
	return &Problem{file, record, fmt.Sprintf(format, args...)}
}

// found turns what a reader says about a file into the problem that it is; a file that cannot be read for another reason
// is one too: it is part of the trail. One that is not for this user to read says nothing of the trail.
func found(file string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Problem](err); ok || errors.Is(err, context.Canceled) || errors.Is(err, fs.ErrPermission) {
		return err
	}
	return problem(file, nil, "%s", strings.TrimPrefix(err.Error(), file+": "))
}

func (c *checker) run() (err error) {
	if c.id, err = readIdentity(c.fs); err != nil {
		return found(identityFile, err)
	}
	c.report.Origin, c.report.Key = c.id.origin, c.id.vkey
	// Whoever verifies a copy need not have the secret: signatures are checked with the public key.
	if err := c.id.readSigner(c.fs); err != nil && !isMissing(err) {
		return found(signerFile, err)
	}
	// The checkpoint is read first: a running daemon only adds to what it counts.
	if c.want, err = readCheckpoint(c.fs, c.id.vkey); err != nil {
		return found(checkpointFile, err)
	}
	c.report.Checkpoint = c.want.Size
	c.met = c.want.Size == 0
	c.total = c.want.Size
	if err := c.expect(c.opts.Against); err != nil {
		return err
	}
	held, err := holdWAL(c.fs)
	defer func() { err = errors.Join(err, held.close()) }()
	if err != nil {
		return found("wal", err)
	}
	if c.holds, err = readHolds(c.fs, &c.id); err != nil {
		return found(holdsFile, err)
	}
	ps, err := openPlaces(c.fs, &c.id, nil, false)
	if err != nil {
		return found(dirsFile, err)
	}
	x, err := listSegments(c.fs, &c.id, ps)
	if err != nil {
		return found(segmentDir, err)
	}
	c.listed = x.text(&c.id)
	if err := x.whole(); err != nil {
		return err
	}
	if err := c.certificates(); err != nil {
		return err
	}
	if err := c.subjects.load(c.fs, &c.id); err != nil {
		return found(subjectsFile, err)
	}
	c.work.salts = &c.subjects
	spans, err := c.resume(x.spans)
	if err != nil {
		return err
	}
	if err := c.spans(spans); err != nil {
		return err
	}
	if err := c.keepSealed(); err != nil {
		return err
	}
	if err := c.head(held); err != nil {
		return err
	}
	if err := c.conclude(); err != nil {
		return err
	}
	return c.remember()
}

func (c *checker) conclude() error {
	c.report.Records = c.next
	f := c.tree.Frontier()
	root := f.Root()
	c.report.Root = strings.Split(proof.Checkpoint{Root: root}.Body(), "\n")[2]
	if c.want.note == nil && c.next > 0 {
		return found(checkpointFile, errNoCheckpoint)
	}
	if c.next < c.want.Size {
		return problem("", &c.next, "is missing: the signed checkpoint counts %d records, %d were found", c.want.Size, c.next)
	}
	if err := c.unpassed(); err != nil {
		return err
	}
	if err := errors.Join(c.unsaid(), c.settleAccounts(), c.heldStill()); err != nil { // the first is told
		return err
	}
	if !c.met {
		return problem(checkpointFile, nil, "its root was not met among the records")
	}
	c.report.Completeness = c.tally.Completeness()
	return c.tiles()
}

// head verifies the WAL. Files whose records are sealed are about to be removed and say nothing.
func (c *checker) head(held heldWAL) error {
	for i, f := range held.files {
		first, name := held.firsts[i], walName(held.firsts[i])
		if first < c.report.Sealed {
			continue
		}
		if first > c.next {
			return problem(name, &c.next, "is missing: the file begins with record %d", first)
		}
		if err := c.walFile(name, f); err != nil {
			return found(name, err)
		}
	}
	return nil
}

func (c *checker) walFile(name string, f *wal.File) error {
	tail, err := f.Replay(func(first uint64, count int, batch []byte) error {
		recs, _, err := parseBatch(batch, first, count)
		if err != nil {
			return err
		}
		for i := range recs {
			if err := c.record(name, &recs[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if tail.Torn != nil {
		c.report.Torn = tail.Torn.Error()
	}
	return err
}

// record verifies one record of the WAL, whose form [parseBatch] has checked.
func (c *checker) record(name string, r *counterfoil.Record) error {
	if r.Seq != c.next {
		return problem(name, &c.next, "is missing: record %d stands in its place", r.Seq)
	}
	if _, err := c.subjects.salt(r); err != nil { // perhaps a daemon at work has just met this user
		if err := c.subjects.load(c.fs, &c.id); err != nil {
			return found(subjectsFile, err)
		}
	}
	var leaf counterfoil.Hash
	if err := c.work.leaf(&leaf, r); err != nil {
		return c.wrong(name, r.Seq, err)
	}
	c.work.hasher.Finish()
	c.tally.Take(r)
	if n, ok := serialOf(r); ok {
		c.tally.Serial(r.Via+"\x00"+r.Host, n)
	}
	if noted(r) {
		if err := c.note(name, r, c.received); err != nil {
			return err
		}
	}
	if err := c.untold(name, r.Seq, r.Seq, func(uint64) bool { return true }); err != nil {
		return err
	}
	c.received = r.Received
	return c.grow(name, leaf)
}

// wrong is the problem that a record has: one with its key is that of the file of keys.
func (c *checker) wrong(name string, seq uint64, err error) error {
	if errors.Is(err, errNoKey) {
		name = subjectsFile
	}
	return problem(name, &seq, "%v", err)
}

// note counts a record that says what is missing, and looks whether it is what an expiry wants it to be.
func (c *checker) note(file string, r *counterfoil.Record, before counterfoil.Time) error {
	if saysOfHold(r) {
		c.held.take(r)
	}
	c.tally.Note(r, before)
	if r.Action == counterfoil.AuditGap {
		c.report.Gaps++
	}
	if isForgetting(r) {
		return c.accounted(file, r)
	}
	if e := c.says[r.Seq]; e != nil {
		return c.said(file, r, e)
	}
	return nil
}

// grow adds the next leaf to the tree.
func (c *checker) grow(file string, leaf counterfoil.Hash) error {
	c.tree.Append(leaf)
	return c.advance(file, 1)
}

// advance goes on behind n records that are in the tree now, and looks whether the tree is then one that was signed.
func (c *checker) advance(file string, n uint64) error {
	before := c.next
	c.next += n
	last := c.next - 1
	if c.next == c.want.Size {
		if f := c.tree.Frontier(); f.Root() != c.want.Root {
			return problem(file, &last, "the records up to this one are not those of the signed checkpoint")
		}
		c.met = true
	}
	if err := c.pass(file, last, before); err != nil {
		return err
	}
	if c.next-c.told >= 8192 {
		c.told = c.next
		c.opts.Progress(c.next, max(c.total, c.next))
		return c.ctx.Err()
	}
	return nil
}

// tiles compares the stored upper levels of the tree with the one computed. They are derived.
func (c *checker) tiles() error {
	if c.report.From > 0 {
		return nil // the levels below were not computed now
	}
	if err := c.tree.CheckTiles(c.fs, ".", c.report.Sealed); err != nil {
		c.report.Derived = append(c.report.Derived, err.Error())
	}
	return nil
}
