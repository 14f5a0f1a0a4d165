package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// Bundle is the evidence for one record: everything that is needed to check it offline, but for the decision whether
// the key is the right one.
type Bundle struct {
	Key        string             // verifier key of the trail, vkey text; its name is the origin
	Record     []byte             // canonical message
	Salt       counterfoil.Salt   // of the record's hidden half; none if that was forgotten
	Path       []counterfoil.Hash // inclusion path, from the leaf upwards
	Checkpoint []byte             // signed note
	MadeBy     string             // program that wrote the bundle; said, not proved
}

const (
	bundleVersion = "counterfoil-bundle/1"
	bundleForgot  = "counterfoil-bundle/2" // of a record whose hidden half was forgotten
	maxBundle     = counterfoil.MaxMessage + 256<<10
	maxMadeBy     = 100
)

// NewBundle puts a bundle together and checks it, so that none is handed out which does not prove its record.
// checkpoint is the signed note of a tree that has the record, and path the inclusion path in that tree.
func NewBundle(record []byte, salt counterfoil.Salt, path []counterfoil.Hash, checkpoint []byte, vkey, madeBy string) (*Bundle, error) {
	b := &Bundle{Key: vkey, Record: record, Salt: salt, Path: path, Checkpoint: checkpoint, MadeBy: madeBy}
	if _, err := b.verify(); err != nil {
		return nil, fmt.Errorf("make bundle: %w", err)
	}
	if _, err := ParseBundle(b.Marshal()); err != nil {
		return nil, fmt.Errorf("make bundle: %w", err)
	}
	return b, nil
}

// Origin gives the name of the trail.
func (b *Bundle) Origin() string { name, _, _ := strings.Cut(b.Key, "+"); return name }

// Marshal gives the document, of which a bundle has exactly one form. See docs/format/bundle.md.
func (b *Bundle) Marshal() []byte {
	var out bytes.Buffer
	version, salt := bundleVersion, hex.EncodeToString(b.Salt[:])
	if isForgotten(b.Record) {
		version, salt = bundleForgot, ""
	}
	fmt.Fprintf(&out, "{\n%q:%q,\n", "bundle", version)
	fmt.Fprintf(&out, "%q:%s,\n", "origin", quote(b.Origin()))
	fmt.Fprintf(&out, "%q:%s,\n", "key", quote(b.Key))
	fmt.Fprintf(&out, "%q:%s,\n", "record", b.Record)
	fmt.Fprintf(&out, "%q:%q,\n", "salt", salt)
	out.WriteString(`"path":[`)
	for i, h := range b.Path {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%q", base64.StdEncoding.EncodeToString(h[:]))
	}
	fmt.Fprintf(&out, "],\n%q:%s,\n", "checkpoint", quote(string(b.Checkpoint)))
	fmt.Fprintf(&out, "%q:%s,\n", "made_by", quote(b.MadeBy))
	sum := sha256.Sum256(out.Bytes())
	fmt.Fprintf(&out, "%q:%q\n}\n", "sum", hex.EncodeToString(sum[:]))
	return out.Bytes()
}

// isForgotten reports whether a canonical message ends with the hash of a hidden half that was forgotten. The key's quotes
// cannot stand in a string, and what ends data that has such a key is one brace more.
func isForgotten(msg []byte) bool {
	const key = `,"hidden":"`
	tail := len(key) + 2*len(counterfoil.Hash{}) + len(`"}`)
	return len(msg) > tail && bytes.HasPrefix(msg[len(msg)-tail:], []byte(key)) && bytes.HasSuffix(msg, []byte(`"}`))
}

// quote gives a string in canonical JSON.
func quote(s string) counterfoil.JSON {
	var b counterfoil.Builder
	b.String("", s)
	return b.JSON()
}

// ParseBundle reads a bundle and checks that the document is in its one form. It proves nothing: see [Verify].
func ParseBundle(doc []byte) (*Bundle, error) {
	if len(doc) > maxBundle {
		return nil, fmt.Errorf("bundle: %d bytes, more than the %d that one may have", len(doc), maxBundle)
	}
	lines := strings.Split(string(doc), "\n")
	if len(lines) != 12 || lines[0] != "{" || lines[10] != "}" || lines[11] != "" {
		return nil, errors.New("bundle: not an evidence bundle: 11 lines belong in one, the first { and the last }")
	}
	var b Bundle
	for i, f := range bundleFields {
		v, ok := strings.CutPrefix(lines[i+1], `"`+f.name+`":`)
		if !ok {
			return nil, fmt.Errorf("bundle: line %d: %q belongs here", i+2, f.name)
		}
		if f.name != "sum" {
			if v, ok = strings.CutSuffix(v, ","); !ok {
				return nil, fmt.Errorf("bundle: line %d: ends without a comma", i+2)
			}
		}
		if err := f.set(&b, v); err != nil {
			return nil, fmt.Errorf("bundle: line %d: %s %w", i+2, f.name, err)
		}
	}
	if !bytes.Equal(b.Marshal(), doc) {
		return nil, errors.New("bundle: the document is damaged or not in its one form: its sum does not fit")
	}
	return &b, nil
}

// bundleFields are the lines of a document between the braces. What the setters let pass, the comparison of the whole
// document with its one form catches.
var bundleFields = [...]struct {
	name string
	set  func(b *Bundle, v string) error
}{
	{"bundle", func(_ *Bundle, v string) error {
		if s, err := text(v); err != nil || s != bundleVersion && s != bundleForgot { // which of them, the record says
			return fmt.Errorf("is %.40s; this program reads %s and %s", v, bundleVersion, bundleForgot)
		}
		return nil
	}},
	{"origin", func(_ *Bundle, v string) error { // the key says it again, and the comparison ties them
		s, err := text(v)
		if err != nil {
			return err
		}
		return CheckOrigin(s)
	}},
	{"key", func(b *Bundle, v string) (err error) { b.Key, err = text(v); return err }},
	{"record", func(b *Bundle, v string) error {
		if len(v) > counterfoil.MaxMessage {
			return fmt.Errorf("has %d bytes, more than the %d that a record may have", len(v), counterfoil.MaxMessage)
		}
		b.Record = []byte(v)
		return nil
	}},
	{"salt", func(b *Bundle, v string) error {
		s, err := text(v)
		if err != nil {
			return err
		}
		if s == "" {
			return nil
		}
		salt, err := hex.DecodeString(s)
		if err != nil || len(salt) != len(b.Salt) {
			return errors.New("is not 16 bytes in hexadecimal")
		}
		b.Salt = counterfoil.Salt(salt)
		return nil
	}},
	{"path", func(b *Bundle, v string) (err error) { b.Path, err = parsePath(v); return err }},
	{"checkpoint", func(b *Bundle, v string) error {
		s, err := text(v)
		if len(s) > maxNote {
			return fmt.Errorf("has %d bytes, more than the %d that a note may have", len(s), maxNote)
		}
		b.Checkpoint = []byte(s)
		return err
	}},
	{"made_by", func(b *Bundle, v string) (err error) {
		if b.MadeBy, err = text(v); err == nil && len(b.MadeBy) > maxMadeBy {
			err = fmt.Errorf("has %d bytes, at most %d are allowed", len(b.MadeBy), maxMadeBy)
		}
		return err
	}},
	{"sum", func(_ *Bundle, v string) error { _, err := text(v); return err }},
}

// text reads a JSON string.
func text(v string) (string, error) {
	c, err := counterfoil.Canonical(v)
	if err != nil {
		return "", fmt.Errorf("is not a JSON string: %w", err)
	}
	if !strings.HasPrefix(v, `"`) || string(c) != v {
		return "", errors.New("is not a string in canonical JSON")
	}
	return c.Text(), nil
}

// maxPath is the longest path, that of a tree of 2^63 leaves.
const maxPath = 63

func parsePath(v string) ([]counterfoil.Hash, error) {
	v, ok := strings.CutPrefix(v, "[")
	v, ok2 := strings.CutSuffix(v, "]")
	if !ok || !ok2 {
		return nil, errors.New("is not an array")
	}
	if v == "" {
		return nil, nil
	}
	items := strings.Split(v, ",")
	if len(items) > maxPath {
		return nil, fmt.Errorf("has %d hashes, at most %d are possible", len(items), maxPath)
	}
	path := make([]counterfoil.Hash, len(items))
	for i, s := range items {
		h, err := base64.StdEncoding.Strict().DecodeString(strings.Trim(s, `"`))
		if err != nil || len(h) != len(path[i]) {
			return nil, fmt.Errorf("has an item %d that is not 32 bytes in base64", i+1)
		}
		path[i] = counterfoil.Hash(h)
	}
	return path, nil
}
