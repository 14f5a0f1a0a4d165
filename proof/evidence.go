package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/counterfoil/counterfoil"
)

// Evidence is what a query found, with everything that is needed to check it offline. docs/format/bundle.md is the
// normative text. Its archive has one form.
type Evidence struct {
	Key        string             // verifier key of the trail
	Checkpoint []byte             // signed note of the tree that all records are proved against, cosignatures beside
	Records    [][]byte           // canonical messages of what was found, numbers ascending
	Context    [][]byte           // those that say what may be missing, and by which policy; proved alike, none twice
	Salts      []counterfoil.Salt // of Records and Context, numbers ascending; that of a record which was forgotten says nothing
	Nodes      []counterfoil.Hash // see [CheckInclusions]
	Statement  counterfoil.JSON   // what the trail's holder states of the query; signed with the trail's key, not proved
	Report     []byte             // HTML page for people; signed with the trail's key, not proved
}

const (
	evidenceHead = "counterfoil evidence 1"
	manifestHead = "counterfoil manifest 1"
	proofHead    = "counterfoil proof 1"
	maxEvidence  = 1 << 30
)

// Names of the files in an archive, in their order; the bytes as they came stand as raw/<seq> before the report.
const (
	fileKey        = "key"
	fileStatement  = "statement"
	fileCheckpoint = "checkpoint"
	fileRecords    = "records.jsonl"
	fileContext    = "context.jsonl"
	fileProof      = "proof"
	fileReport     = "report.html"
	fileManifest   = "manifest"
)

// Sign gives a signed note of a text by the trail's key.
type Sign func(text string) ([]byte, error)

// Data gives the files that a report carries: all that is proved, and the statement.
func (e *Evidence) Data(sign Sign) (Files, error) {
	files := Files{
		{fileKey, []byte(e.Key + "\n")},
		{fileCheckpoint, e.Checkpoint},
		{fileRecords, lines(e.Records)},
		{fileContext, lines(e.Context)},
	}
	seqs, err := e.numbers()
	if err != nil {
		return nil, err
	}
	c, _, err := openCheckpoint(e.Checkpoint, e.Key)
	if err != nil {
		return nil, err
	}
	files = append(files, File{fileProof, e.proofText(seqs, c.Size)})
	text := evidenceHead + "\n" + c.Origin + "\n" + files.sums() + string(e.Statement) + "\n"
	statement, err := sign(text)
	return slices.Insert(files, 1, File{fileStatement, statement}), err
}

// Archive gives the bytes of the file, and checks them, so that none is handed out that does not prove its records. data is
// what Data gave, and Report was made of it.
func (e *Evidence) Archive(data Files, sign Sign) ([]byte, error) {
	files := slices.Clone(data)
	for _, m := range e.merged() {
		r, err := counterfoil.ParseRecord(string(m))
		if err != nil {
			return nil, err
		}
		if r.Raw != "" {
			files = append(files, File{rawName(r.Seq), []byte(r.Raw)})
		}
	}
	files = append(files, File{fileReport, e.Report})
	manifest, err := sign(manifestHead + "\n" + originOf(e.Key) + "\n" + files.sums())
	if err != nil {
		return nil, err
	}
	doc := append(files, File{fileManifest, manifest}).zip()
	if _, err := VerifyEvidence(doc, Options{TrustedKey: e.Key}); err != nil {
		return nil, fmt.Errorf("make evidence: %w", err)
	}
	return doc, nil
}

func originOf(key string) string { name, _, _ := strings.Cut(key, "+"); return name }

func rawName(seq uint64) string { return "raw/" + strconv.FormatUint(seq, 10) }

// numbers gives the numbers of all records, ascending.
func (e *Evidence) numbers() ([]uint64, error) {
	var out []uint64
	for _, m := range e.merged() {
		r, err := counterfoil.ParseRecord(string(m))
		if err != nil {
			return nil, err
		}
		out = append(out, r.Seq)
	}
	return out, nil
}

// merged gives all messages, numbers ascending.
func (e *Evidence) merged() [][]byte {
	all := slices.Concat(e.Records, e.Context)
	slices.SortStableFunc(all, func(a, b []byte) int { return int(min(max(int64(seqOf(a))-int64(seqOf(b)), -1), 1)) })
	return all
}

// seqOf gives the number in a canonical message; 0 in what is none.
func seqOf(msg []byte) uint64 {
	_, rest, _ := bytes.Cut(msg, []byte(`},"seq":`))
	n, _, _ := bytes.Cut(rest, []byte(","))
	seq, err := strconv.ParseUint(string(n), 10, 64)
	if err != nil {
		return 0
	}
	return seq
}

func (e *Evidence) proofText(seqs []uint64, size uint64) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n%d\n", proofHead, size)
	for i, m := range e.merged() {
		if isForgotten(m) {
			fmt.Fprintf(&b, "%d -\n", seqs[i])
		} else {
			fmt.Fprintf(&b, "%d %x\n", seqs[i], e.Salts[i][:])
		}
	}
	b.WriteByte('\n')
	for _, h := range e.Nodes {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	return b.Bytes()
}

// parseProof reads what proofText wrote; numbers, salts and nodes go into e.
func (e *Evidence) parseProof(doc []byte) (seqs []uint64, size uint64, err error) {
	bad := errors.New("proof: is not in its form")
	head, tail, ok := strings.Cut(string(doc), "\n\n")
	rows := strings.Split(head, "\n")
	if !ok || len(rows) < 3 || rows[0] != proofHead {
		return nil, 0, bad
	}
	if size, err = strconv.ParseUint(rows[1], 10, 63); err != nil {
		return nil, 0, bad
	}
	for _, row := range rows[2:] {
		n, salt, _ := strings.Cut(row, " ")
		seq, err1 := strconv.ParseUint(n, 10, 63)
		if salt == "-" { // of one that was forgotten, which the record says
			salt = strings.Repeat("00", len(counterfoil.Salt{}))
		}
		raw, err2 := hex.DecodeString(salt)
		if err1 != nil || err2 != nil || len(raw) != len(counterfoil.Salt{}) {
			return nil, 0, bad
		}
		seqs, e.Salts = append(seqs, seq), append(e.Salts, counterfoil.Salt(raw))
	}
	for tail != "" {
		row, rest, _ := strings.Cut(tail, "\n")
		raw, err := base64.StdEncoding.Strict().DecodeString(row)
		if err != nil || len(raw) != len(counterfoil.Hash{}) {
			return nil, 0, bad
		}
		e.Nodes, tail = append(e.Nodes, counterfoil.Hash(raw)), rest
	}
	if len(seqs) != len(e.Records)+len(e.Context) || !bytes.Equal(e.proofText(seqs, size), doc) {
		return nil, 0, bad
	}
	return seqs, size, nil
}

func lines(messages [][]byte) []byte {
	var b []byte
	for _, m := range messages {
		b = append(append(b, m...), '\n')
	}
	return b
}

// unlines is the inverse of lines.
func unlines(b []byte) ([][]byte, error) {
	if len(b) == 0 {
		return nil, nil
	}
	text, ok := bytes.CutSuffix(b, []byte("\n"))
	if !ok {
		return nil, errors.New("does not end in a line feed")
	}
	return bytes.Split(text, []byte("\n")), nil
}

// EvidenceReport says what an archive proves.
type EvidenceReport struct {
	Origin       string               `json:"origin"`
	Records      int                  `json:"records"` // that were found and are proved
	Context      int                  `json:"context"` // that say what may be missing, proved alike
	Size         uint64               `json:"size"`    // records that the signed tree has
	Root         string               `json:"root"`
	Fingerprint  string               `json:"fingerprint"`
	Trusted      bool                 `json:"trusted"`
	Cosignatures []Cosignature        `json:"cosignatures,omitempty"` // by the witnesses that were given
	Statement    counterfoil.JSON     `json:"-"`                      // signed by the trail's key, not proved
	Warnings     []string             `json:"warnings,omitempty"`
	Found        []counterfoil.Record `json:"-"`
}

// VerifyEvidence checks an archive from its bytes alone. A change of any byte makes it fail.
func VerifyEvidence(doc []byte, opts Options, witnesses ...string) (*EvidenceReport, error) {
	r, err := verifyEvidence(doc, opts, witnesses)
	if err != nil {
		return nil, fmt.Errorf("evidence: %w", err)
	}
	return r, nil
}

func verifyEvidence(doc []byte, opts Options, witnesses []string) (*EvidenceReport, error) {
	files, err := unzip(doc)
	if err != nil {
		return nil, err
	}
	e, err := parseEvidence(files)
	if err != nil {
		return nil, err
	}
	if opts.TrustedKey != "" && e.Key != opts.TrustedKey {
		if _, err := newVerifier(opts.TrustedKey); err != nil {
			return nil, fmt.Errorf("the key that you trust: %w", err)
		}
		return nil, fmt.Errorf("made with key %s, which is not the key %s that you trust", Fingerprint(e.Key), Fingerprint(opts.TrustedKey))
	}
	if err := e.checkNotes(files); err != nil {
		return nil, err
	}
	r := &EvidenceReport{Origin: originOf(e.Key), Fingerprint: Fingerprint(e.Key), Trusted: opts.TrustedKey != "", Statement: e.Statement}
	if err := e.prove(files, r); err != nil {
		return nil, err
	}
	if _, r.Cosignatures, err = Cosignatures(e.Checkpoint, e.Key, witnesses...); err != nil {
		return nil, err
	}
	if !r.Trusted {
		r.Warnings = append(r.Warnings, keyWarning(r.Fingerprint))
	}
	if _, others, err := openCheckpoint(e.Checkpoint, e.Key); err == nil && others > len(r.Cosignatures) {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d signatures by others on the checkpoint were not checked", others-len(r.Cosignatures)))
	}
	return r, nil
}

// parseEvidence takes an archive apart.
func parseEvidence(files Files) (*Evidence, error) {
	e := &Evidence{}
	for i, name := range []string{fileKey, fileStatement, fileCheckpoint, fileRecords, fileContext, fileProof} {
		if i >= len(files) || files[i].Name != name {
			return nil, fmt.Errorf("%s does not stand in its place", name)
		}
	}
	n := len(files)
	if n < 8 || files[n-2].Name != fileReport || files[n-1].Name != fileManifest {
		return nil, errors.New("report and manifest do not stand at the end")
	}
	key, ok := strings.CutSuffix(string(files[0].Data), "\n")
	if _, err := newVerifier(key); !ok || err != nil {
		return nil, errors.Join(errors.New("key: is no verifier key and a line feed"), err)
	}
	e.Key, e.Checkpoint, e.Report = key, files[2].Data, files[n-2].Data
	var err error
	if e.Records, err = unlines(files[3].Data); err != nil {
		return nil, fmt.Errorf("%s: %w", fileRecords, err)
	}
	if e.Context, err = unlines(files[4].Data); err != nil {
		return nil, fmt.Errorf("%s: %w", fileContext, err)
	}
	return e, nil
}

// checkNotes checks the two notes by which the trail's key signed every file.
func (e *Evidence) checkNotes(files Files) error {
	n := len(files) - 1
	text, err := e.openNote(files[n].Data)
	if err != nil {
		return fmt.Errorf("%s: %w", fileManifest, err)
	}
	if text != manifestHead+"\n"+originOf(e.Key)+"\n"+files[:n].sums() {
		return fmt.Errorf("%s: a file is not the one that was signed", fileManifest)
	}
	if text, err = e.openNote(files[1].Data); err != nil {
		return fmt.Errorf("%s: %w", fileStatement, err)
	}
	data := slices.Concat(files[:1], files[2:6])
	statement, ok := strings.CutPrefix(text, evidenceHead+"\n"+originOf(e.Key)+"\n"+data.sums())
	if !ok {
		return fmt.Errorf("%s: is that of other files", fileStatement)
	}
	e.Statement = counterfoil.JSON(strings.TrimSuffix(statement, "\n"))
	if again, err := counterfoil.Canonical(string(e.Statement)); err != nil || again != e.Statement || e.Statement.Kind() != '{' {
		return fmt.Errorf("%s: does not end with an object in canonical form", fileStatement)
	}
	return nil
}

// openNote gives the text of a note that is signed by the trail's key, and by nobody else.
func (e *Evidence) openNote(msg []byte) (string, error) {
	v, err := newVerifier(e.Key)
	if err != nil {
		return "", err
	}
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		return "", fmt.Errorf("signature: %w", err)
	}
	if len(n.UnverifiedSigs) > 0 || formatNote(n) != string(msg) {
		return "", errors.New("the note is not in its one form")
	}
	return n.Text, nil
}

// prove checks the records against the checkpoint.
func (e *Evidence) prove(files Files, r *EvidenceReport) error {
	c, _, err := openCheckpoint(e.Checkpoint, e.Key)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	seqs, size, err := e.parseProof(files[5].Data)
	if err != nil {
		return err
	}
	if size != c.Size {
		return fmt.Errorf("proof: is of a tree of %d records, the checkpoint's has %d", size, c.Size)
	}
	if err := ascending(e.Records); err != nil {
		return fmt.Errorf("%s: %w", fileRecords, err)
	}
	if err := ascending(e.Context); err != nil {
		return fmt.Errorf("%s: %w", fileContext, err)
	}
	all := e.merged()
	if len(all) != len(seqs) || len(all) == 0 {
		return fmt.Errorf("proof: is of %d records, %d are here", len(seqs), len(all))
	}
	leaves := make([]counterfoil.Hash, len(all))
	raws := files[6 : len(files)-2]
	for i, m := range all {
		rec, err := counterfoil.ParseRecord(string(m))
		if err != nil {
			return fmt.Errorf("record %d: %w", seqs[i], err)
		}
		msg, comma := counterfoil.AppendRecord(nil, &rec)
		if !bytes.Equal(msg, m) || rec.Seq != seqs[i] {
			return fmt.Errorf("record %d: the message is not in its canonical form, or not in its place", seqs[i])
		}
		leaves[i] = counterfoil.LeafOf(msg, comma, e.Salts[i]).Hash()
		if rec.Raw != "" {
			if len(raws) == 0 || raws[0].Name != rawName(rec.Seq) || string(raws[0].Data) != rec.Raw {
				return fmt.Errorf("%s is not what the record says", rawName(rec.Seq))
			}
			raws = raws[1:]
		}
		r.Found = append(r.Found, rec)
	}
	if len(raws) > 0 {
		return fmt.Errorf("%s belongs to no record", raws[0].Name)
	}
	r.Records, r.Context, r.Size, r.Root = len(e.Records), len(e.Context), c.Size, hexOf(c.Root)
	return CheckInclusions(seqs, leaves, c.Size, e.Nodes, c.Root)
}

func ascending(messages [][]byte) error {
	for i := 1; i < len(messages); i++ {
		if seqOf(messages[i]) <= seqOf(messages[i-1]) {
			return errors.New("the numbers do not ascend")
		}
	}
	return nil
}

func sumLine(f File) string { return fmt.Sprintf("%x %s\n", sha256.Sum256(f.Data), f.Name) }
