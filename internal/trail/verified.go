package trail

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/proof"
)

// verifiedFile remembers how far the last incremental verification came. It says for each segment which bytes were
// verified, and is authenticated with a key that follows from the trail's secret, so that whoever can write the
// directory, but does not have the secret, cannot pass bytes off as verified. What an incremental verification takes from
// it is only that these bytes gave this root: every file is still compared with the digest in its signed seal, and
// everything behind it is verified in full. See docs/format/trail.md.
const (
	verifiedFile = "verified"
	verifiedHead = "counterfoil verified 3" // 1 did not count what a policy hands on and does not store, 2 had no holds
)

// verified is the content of the file.
type verified struct {
	size  uint64
	root  counterfoil.Hash
	at    counterfoil.Time
	files []verifiedFileOf
	rest  remembered
}

// remembered is what has no line of its own.
type remembered struct {
	Tally    *Tally           `json:"tally"`
	Received counterfoil.Time `json:"received"` // of the last record
	Held     heldSaid         `json:"held"`
	Passed   []string         `json:"passed"` // checkpoints that the records up to size contain, each its size and root
}

// verifiedFileOf is a file of a segment: a Parquet file, or the note of what has expired.
type verifiedFileOf struct {
	name   string // in its directory
	digest counterfoil.Hash
	idx    counterfoil.Hash // SHA-256 of the index, which was right; zeros for a note
}

// goneSeen is the note of what has expired of a span.
func (sp *span) goneSeen() verifiedFileOf {
	return verifiedFileOf{name: path.Base(goneName(sp.base())), digest: sha256.Sum256([]byte(sp.gone.text(sp, "")))}
}

func (v *verified) text(origin string) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%s\n%d %s\n%s\n", verifiedHead, origin, v.size, base64.StdEncoding.EncodeToString(v.root[:]), v.at)
	for _, s := range v.files {
		fmt.Fprintf(&b, "%s %x %x\n", s.name, s.digest[:], s.idx[:])
	}
	rest, err := json.Marshal(&v.rest)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, "%s\n", rest)
	return b.Bytes(), nil
}

// verifiedMAC authenticates the file's text.
func verifiedMAC(signer *merkle.Signer, text []byte) []byte {
	h := hmac.New(sha256.New, signer.Derive("counterfoil verified"))
	h.Write(text)
	return h.Sum(nil)
}

// readVerified reads the file. Its error says why it cannot be trusted.
func readVerified(fs disk.FS, signer *merkle.Signer, origin string) (*verified, error) {
	if signer == nil {
		return nil, errors.New("without " + signerFile + " nothing tells whether what was remembered is true")
	}
	data, err := disk.ReadFile(fs, verifiedFile, 1<<28)
	if isMissing(err) {
		return nil, errors.New("nothing was verified incrementally before")
	} else if err != nil {
		return nil, err
	}
	text, mac, ok := cutLast(data)
	if !ok || !hmac.Equal([]byte(hex.EncodeToString(verifiedMAC(signer, text))), mac) {
		return nil, fmt.Errorf("%s was changed by somebody who does not have the trail's secret", verifiedFile)
	}
	return parseVerified(string(text), origin)
}

// cutLast cuts the last line off.
func cutLast(b []byte) (text, line []byte, ok bool) {
	b, ok = bytes.CutSuffix(b, []byte("\n"))
	at := bytes.LastIndexByte(b, '\n') + 1
	return b[:at], b[at:], ok && at > 0
}

func parseVerified(text, origin string) (*verified, error) {
	bad := errors.New(verifiedFile + " is not in its form")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 5 || lines[0] != verifiedHead || lines[1] != origin {
		return nil, bad
	}
	v := &verified{rest: remembered{Tally: NewTally()}}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &v.rest); err != nil {
		return nil, fmt.Errorf("%s: %w", verifiedFile, err)
	}
	size, root, _ := strings.Cut(lines[2], " ")
	var err error
	if v.size, err = strconv.ParseUint(size, 10, 63); err != nil {
		return nil, bad
	}
	raw, err := base64.StdEncoding.DecodeString(root)
	if err != nil || len(raw) != len(v.root) {
		return nil, bad
	}
	v.root = counterfoil.Hash(raw)
	if v.at, err = counterfoil.ParseTime(lines[3]); err != nil {
		return nil, bad
	}
	for _, line := range lines[4 : len(lines)-1] {
		f := strings.Fields(line)
		if len(f) != 3 {
			return nil, bad
		}
		d, err1 := hex.DecodeString(f[1])
		x, err2 := hex.DecodeString(f[2])
		if err1 != nil || err2 != nil || len(d) != 32 || len(x) != 32 {
			return nil, bad
		}
		v.files = append(v.files, verifiedFileOf{f[0], counterfoil.Hash(d), counterfoil.Hash(x)})
	}
	return v, nil
}

// resume goes over the spans that were verified before, if an incremental verification is wanted and can be had, and
// gives those that are left. Where what was remembered cannot be used, all are left, and the report says why.
func (c *checker) resume(spans []*span) ([]*span, error) {
	if !c.opts.Incremental {
		return spans, nil
	}
	v, err := readVerified(c.fs, c.id.signer, c.id.origin)
	if err != nil {
		c.report.Full = err.Error()
		return spans, nil
	}
	n, ok := v.covers(spans)
	if !ok {
		c.report.Full = "the sealed files are not those that were verified before: segments are missing, or have expired since"
		return spans, nil
	}
	for _, e := range append(c.expected, expected{c.want.Checkpoint, checkpointFile}) {
		if e.Size != 0 && e.Size <= v.size && !slices.Contains(v.rest.Passed, passedText(e.Checkpoint)) {
			c.report.Full = fmt.Sprintf("%s lies within what was verified before, and was not looked at then", e.from)
			return spans, nil
		}
	}
	files := v.files
	for _, sp := range spans[:n] {
		for _, s := range sp.files {
			if err := c.again(s, files[0]); err != nil {
				return nil, found(s.Name(), err)
			}
			files = files[1:]
		}
		if sp.gone != nil {
			if was := files[0]; sp.goneSeen() != was {
				return nil, problem(goneName(sp.base()), nil, "is another than the one that was verified")
			}
			c.seen, files = append(c.seen, files[0]), files[1:]
		}
		if err := c.announce(sp); err != nil {
			return nil, err
		}
	}
	for seq, a := range c.accounts {
		a.passed = a.passed || seq < v.size
	}
	for seq := range c.says { // the records before were looked at
		if seq < v.size {
			delete(c.says, seq)
		}
	}
	return spans[n:], c.startAt(spans[n-1], v)
}

// covers gives how many spans have just the files that were verified.
func (v *verified) covers(spans []*span) (n int, ok bool) {
	files := v.files
	for ; len(files) > 0 && n < len(spans); n++ {
		for _, s := range spans[n].files {
			if len(files) == 0 || files[0].name != s.base+".parquet" {
				return 0, false
			}
			files = files[1:]
		}
		if spans[n].gone != nil {
			if len(files) == 0 || files[0].name != spans[n].goneSeen().name {
				return 0, false
			}
			files = files[1:]
		}
	}
	return n, len(files) == 0 && n > 0 && spans[n-1].Last+1 == v.size
}

// passedText names a checkpoint by what it states.
func passedText(c proof.Checkpoint) string { return strings.TrimPrefix(c.Body(), c.Origin+"\n") }

// again looks whether a segment is still the file that was verified.
func (c *checker) again(s *Sealed, was verifiedFileOf) error {
	if s.Digest != was.digest {
		return fmt.Errorf("is sealed with other bytes than those that were verified")
	}
	if err := s.checkDigest(); err != nil {
		return err
	}
	idx, err := disk.ReadFile(s.place.fs, s.place.file(s.base+".idx"), 1<<30)
	if err != nil && !isMissing(err) {
		return found(s.indexName(), err)
	}
	if sha256.Sum256(idx) != was.idx {
		c.report.Derived = append(c.report.Derived, s.indexName())
	}
	c.report.Segments++
	c.seen = append(c.seen, was)
	c.opts.Progress(s.Last+1, max(c.total, s.Last+1))
	return c.ctx.Err()
}

// startAt puts the tree and the counting behind the last span that was verified before.
func (c *checker) startAt(sp *span, v *verified) error {
	name := sealName(sp.base())
	for _, s := range sp.files {
		s.cache = segment.NewCache(1 << 20)
		defer s.close()
	}
	front, err := sp.frontier()
	if err != nil {
		return found(name, err)
	}
	if front.Size() != v.size || front.Root() != v.root || front.Root() != sp.Root {
		return problem(name, nil, "its tree is not the one that was verified")
	}
	c.tree, c.tally, c.received, c.held = merkle.At(front), v.rest.Tally, v.rest.Received, v.rest.Held
	c.next, c.told, c.report.From, c.report.Sealed = v.size, v.size, v.size, v.size
	c.report.Gaps = uint64(len(c.tally.Known.Losses)) + c.tally.Unlisted
	c.met = c.want.Size <= v.size
	for _, e := range c.expected {
		if e.Size <= v.size {
			c.report.Passed++
		}
	}
	return nil
}

// keepSealed notes what an incremental verification remembers: it ends with the last segment, because what follows is
// written anew when it is sealed.
func (c *checker) keepSealed() error {
	if !c.opts.Incremental || c.id.signer == nil || len(c.seen) == 0 {
		return nil
	}
	f := c.tree.Frontier()
	v := verified{size: f.Size(), root: f.Root(), at: c.opts.Now, files: c.seen, rest: remembered{Tally: c.tally, Received: c.received, Held: c.held}}
	for _, e := range append(c.expected, expected{c.want.Checkpoint, checkpointFile}) {
		if e.Size != 0 && e.Size <= v.size {
			v.rest.Passed = append(v.rest.Passed, passedText(e.Checkpoint))
		}
	}
	text, err := v.text(c.id.origin)
	c.state = text
	return err
}

// remember writes it, once everything was found right.
func (c *checker) remember() error {
	if c.state == nil {
		return nil
	}
	if err := disk.WriteFile(c.fs, verifiedFile, fmt.Appendf(c.state, "%x\n", verifiedMAC(c.id.signer, c.state))); err != nil || !c.resealed() {
		return err
	}
	// A writer beside us has forgotten somebody, and has perhaps removed the file already: ours may quote what is forgotten.
	if err := c.fs.Remove(verifiedFile); err != nil && !isMissing(err) {
		return err
	}
	return c.fs.SyncDir(".")
}
