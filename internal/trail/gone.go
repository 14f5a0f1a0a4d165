package trail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
)

const goneHead = "counterfoil expired 1"

// gone is what is left of the files of a span that have expired: when and why they did, and the hashes of their records
// that the tree needs. It is a signed note, and directly behind it the hashes.
type gone struct {
	frontier merkle.Frontier // behind the span
	files    []Expired
	hashes   []byte // as the file has them; nil: they are read when they are wanted
	size     int64
	digest   counterfoil.Hash
	fs       disk.FS
}

// Expired is a sealed file that was deleted by a rule.
type Expired struct {
	First, Last uint64           // range that it was sealed with
	Records     int              // of the range, those that it held
	Bytes       int64            // that it had
	Digest      counterfoil.Hash // likewise
	At          counterfoil.Time
	Why         string // the rule: "retention 180d"
	Event       uint64 // number of the record that says so
	base        string
}

// String says what is gone, for people.
func (e *Expired) String() string {
	what := fmt.Sprintf("records %d to %d", e.First, e.Last)
	if n := e.Last - e.First + 1; uint64(e.Records) < n {
		what = fmt.Sprintf("%d of the records %d to %d", e.Records, e.First, e.Last)
	}
	return fmt.Sprintf("%s expired on %s by %s", what, e.At.Std().UTC().Format(time.RFC3339), e.Why)
}

func goneName(base string) string { return path.Join(segmentDir, base+".gone") }

func (g *gone) has(base string) bool {
	for i := range g.files {
		if g.files[i].base == base {
			return true
		}
	}
	return false
}

// with gives what is left when more files have expired: pieces are those of all records that are gone then.
func (g *gone) with(front merkle.Frontier, files []Expired, sp *span, pieces []piece) *gone {
	next := &gone{frontier: front, hashes: marshalPieces(sp.First, pieces)}
	if g != nil {
		next.files = append(next.files, g.files...)
	}
	next.files = append(next.files, files...)
	next.size, next.digest = int64(len(next.hashes)), sha256.Sum256(next.hashes)
	return next
}

func (g *gone) text(sp *span, origin string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%s\n%x\n%d %x\n", goneHead, origin, sp.base(), g.frontier.Marshal(), g.size, g.digest[:])
	for _, f := range g.files {
		fmt.Fprintf(&b, "%d %s %s.parquet %s\n", f.Event, f.At, f.base, f.Why)
	}
	return b.String()
}

// marshal gives the whole file.
func (g *gone) marshal(sp *span, id *identity) ([]byte, error) {
	msg, err := id.signer.Sign(g.text(sp, id.origin))
	if err != nil {
		return nil, err
	}
	return append(msg, g.hashes...), nil
}

// readGone reads what is left of a span's files that have expired; nil if none has.
func readGone(fsys disk.FS, sp *span, id *identity) (*gone, error) {
	name := goneName(sp.base())
	data, err := disk.ReadFile(fsys, name, 1<<30)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	g, err := parseGone(data, sp, id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	g.fs, g.hashes = fsys, nil
	return g, nil
}

// splitGone finds the end of the note: the line behind its first empty line.
func splitGone(data []byte) (msg, hashes []byte, err error) {
	i := bytes.Index(data, []byte("\n\n"))
	if i >= 0 {
		if j := bytes.IndexByte(data[i+2:], '\n'); j >= 0 {
			n := i + 2 + j + 1
			return data[:n], data[n:], nil
		}
	}
	return nil, nil, errors.New("is cut short")
}

func parseGone(data []byte, sp *span, id *identity) (*gone, error) {
	msg, hashes, err := splitGone(data)
	if err != nil {
		return nil, err
	}
	text, err := openNote(msg, id.vkey)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 7 || lines[0] != goneHead {
		return nil, errors.New("is not of this version")
	}
	g := &gone{hashes: hashes}
	var digest string
	front, err := hex.DecodeString(lines[3])
	if err == nil {
		g.frontier, err = merkle.UnmarshalFrontier(front)
	}
	_, serr := fmt.Sscanf(lines[4], "%d %s", &g.size, &digest)
	if err := errors.Join(err, serr); err != nil {
		return nil, fmt.Errorf("is not in its one form: %w", err)
	}
	g.digest = sha256.Sum256(hashes)
	for _, l := range lines[5 : len(lines)-1] {
		f, err := parseExpired(l, sp)
		if err == nil && g.has(f.base) {
			err = fmt.Errorf("names %s.parquet twice", f.base)
		}
		if err != nil {
			return nil, err
		}
		g.files = append(g.files, f)
	}
	if g.text(sp, id.origin) != text || g.size != int64(len(hashes)) {
		return nil, errors.New("is that of another segment or trail, its hashes were changed, or it is not in its one form")
	}
	return g, nil
}

func parseExpired(line string, sp *span) (f Expired, err error) {
	words := strings.SplitN(line, " ", 4)
	if len(words) != 4 {
		return f, fmt.Errorf("is not in its one form: %q", line)
	}
	_, err = fmt.Sscan(words[0], &f.Event)
	at, terr := counterfoil.ParseTime(words[1])
	if err := errors.Join(err, terr); err != nil {
		return f, fmt.Errorf("is not in its one form: %q: %w", line, err)
	}
	f.base, f.Why = strings.TrimSuffix(words[2], ".parquet"), words[3]
	for _, s := range sp.all {
		if s.base == f.base {
			return s.expired(at, f.Why, f.Event), nil
		}
	}
	return f, fmt.Errorf("names %s, which the seal does not", words[2])
}

// expired words the end of a file.
func (s *Sealed) expired(at counterfoil.Time, why string, event uint64) Expired {
	return Expired{First: s.First, Last: s.Last, Records: s.rows, Bytes: s.Bytes, Digest: s.Digest, At: at, Why: why, Event: event, base: s.base}
}

// pieces gives the hashes.
func (g *gone) pieces(sp *span) ([]piece, error) {
	hashes := g.hashes
	if hashes == nil {
		data, err := disk.ReadFile(g.fs, goneName(sp.base()), 1<<30)
		if err != nil {
			return nil, err
		}
		if _, hashes, err = splitGone(data); err != nil {
			return nil, fmt.Errorf("%s: %w", goneName(sp.base()), err)
		}
	}
	out, err := parsePieces(hashes, sp.First, sp.Last)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", goneName(sp.base()), err)
	}
	return out, nil
}
