package trail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/wal"
	"github.com/counterfoil/counterfoil/proof"
)

// Report is the verdict of Check.
type Report struct {
	OK         bool             `json:"ok"`
	Problem    *Problem         `json:"problem,omitempty"` // the first difference, if not OK
	Origin     string           `json:"origin,omitempty"`
	Key        string           `json:"key,omitempty"` // verifier key
	Records    uint64           `json:"records"`
	Sealed     uint64           `json:"sealed"` // of them in segments
	Segments   int              `json:"segments"`
	Root       string           `json:"root,omitempty"`    // of the tree of all records, base64 as in a checkpoint
	Checkpoint uint64           `json:"checkpoint"`        // records that the newest signed checkpoint counts
	Passed     int              `json:"passed,omitempty"`  // checkpoints beside it that the trail contains: cosigned ones, and those given
	Derived    []string         `json:"derived,omitempty"` // derived files that are missing or damaged: opening makes them again
	Torn       string           `json:"torn,omitempty"`    // an end of the WAL that was never acknowledged
	Gaps       uint64           `json:"gaps"`              // gap events in the trail
	Expired    []ExpiredRange   `json:"expired,omitempty"` // what was deleted by a rule, which is not in the trail any more
	FirstTime  counterfoil.Time `json:"-"`
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

// Check verifies the trail in dir: every file's digest and signature, dense numbers, canonical encoding, every leaf, the
// tree, the chain of roots that were signed, the WAL to its end, and the derived files. It writes nothing and needs no
// lock; beside a running daemon it verifies what was committed when it began. An error means that it could not look; what
// it found is in the report. against are checkpoints that somebody kept elsewhere: the trail must contain their trees.
func Check(ctx context.Context, dir string, progress func(done, of uint64), against ...[]byte) (*Report, error) {
	fs, err := disk.Open(dir)
	if err != nil {
		return nil, err
	}
	return CheckFS(ctx, fs, progress, against...)
}

// CheckFS is Check on any directory tree.
func CheckFS(ctx context.Context, fs disk.FS, progress func(done, of uint64), against ...[]byte) (*Report, error) {
	if progress == nil {
		progress = func(uint64, uint64) {}
	}
	c := checker{ctx: ctx, fs: fs, progress: progress, tree: merkle.New(), report: &Report{OK: true}, says: map[uint64]*Expired{}}
	err := c.run(against)
	if p, ok := errors.AsType[*Problem](err); ok {
		c.report.OK, c.report.Problem = false, p
		return c.report, nil
	}
	return c.report, err
}

type checker struct {
	ctx      context.Context
	fs       disk.FS
	progress func(done, of uint64)
	report   *Report
	id       identity
	subjects subjects
	tree     *merkle.Tree
	want     checkpoint // the newest, whose root the tree must pass through
	met      bool
	expected []expected          // others that it must pass through
	says     map[uint64]*Expired // numbers of the records that must tell of an expiry
	next     uint64
	total    uint64 // what progress counts to
	buf      []byte
}

func problem(file string, record *uint64, format string, args ...any) error {
	return &Problem{file, record, fmt.Sprintf(format, args...)}
}

// found turns what a reader says about a file into the problem that it is; a file that cannot be read for another reason
// is one too: it is part of the trail.
func found(file string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*Problem](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	return problem(file, nil, "%s", strings.TrimPrefix(err.Error(), file+": "))
}

func (c *checker) run(against [][]byte) (err error) {
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
	if err := c.expect(against); err != nil {
		return err
	}
	held, err := holdWAL(c.fs)
	defer func() { err = errors.Join(err, held.close()) }()
	if err != nil {
		return found("wal", err)
	}
	if _, err := readHolds(c.fs, &c.id); err != nil {
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
	if err := x.whole(); err != nil {
		return err
	}
	if err := c.subjects.load(c.fs); err != nil {
		return found(subjectsFile, err)
	}
	for _, sp := range x.spans {
		if err := c.span(sp); err != nil {
			return err
		}
	}
	if err := c.head(held); err != nil {
		return err
	}
	return c.conclude()
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
	if err := c.unsaid(); err != nil {
		return err
	}
	if !c.met {
		return problem(checkpointFile, nil, "its root was not met among the records")
	}
	return c.tiles()
}

// record verifies one record and adds it to the tree.
func (c *checker) record(file string, rec *counterfoil.Record) error {
	if rec.Seq != c.next {
		return problem(file, &c.next, "is missing: record %d stands in its place", rec.Seq)
	}
	if err := rec.Check(); err != nil {
		return problem(file, &rec.Seq, "%v", err)
	}
	for _, d := range [...]counterfoil.JSON{rec.EventData, rec.SvcData} {
		if d == "" {
			continue
		}
		if again, err := counterfoil.Canonical(string(d)); err != nil || again != d {
			return problem(file, &rec.Seq, "its data is not in canonical form")
		}
	}
	key, err := c.subjects.known(rec.User)
	if err != nil { // perhaps a daemon at work has just met this user
		if err := c.subjects.load(c.fs); err != nil {
			return found(subjectsFile, err)
		}
		key, err = c.subjects.known(rec.User)
	}
	if err != nil {
		return problem(subjectsFile, &rec.Seq, "%v", err)
	}
	var comma int
	c.buf, comma = counterfoil.AppendRecord(c.buf[:0], rec)
	c.tree.Append(counterfoil.LeafOf(c.buf, comma, key.Salt(rec.Seq)).Hash())
	if rec.Action == counterfoil.AuditGap {
		c.report.Gaps++
	}
	if e := c.says[rec.Seq]; e != nil {
		if err := c.said(file, rec, e); err != nil {
			return err
		}
	}
	return c.advance(file, 1)
}

// advance goes on behind n records that are in the tree now.
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
	if before/8192 != c.next/8192 {
		c.progress(c.next, max(c.total, c.next))
	}
	return c.ctx.Err()
}

// index compares the index with one made from the columns: a changed one could hide records from search.
func (c *checker) index(s *Sealed, r *segment.Reader) error {
	data, err := disk.ReadFile(s.place.fs, s.place.file(s.base+".idx"), 1<<30)
	if err != nil && !isMissing(err) {
		return found(s.indexName(), err)
	}
	built, berr := r.BuildIndex()
	if berr != nil {
		return found(s.Name(), berr)
	}
	if !bytes.Equal(built.Marshal(), data) {
		c.report.Derived = append(c.report.Derived, s.indexName())
	}
	return nil
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
		for j := range recs {
			if err := c.record(name, &recs[j]); err != nil {
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

// tiles compares the stored upper levels of the tree with the one computed. They are derived.
func (c *checker) tiles() error {
	if err := c.tree.CheckTiles(c.fs, ".", c.report.Sealed); err != nil {
		c.report.Derived = append(c.report.Derived, err.Error())
	}
	return nil
}
