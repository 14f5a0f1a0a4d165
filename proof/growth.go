package proof

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// Growth is the evidence that a trail only grew: that the tree of Checkpoint begins with the tree of its first Old
// records. Its document is what a log sends to a witness (C2SP tlog-witness, add-checkpoint).
type Growth struct {
	Old        uint64
	Path       []counterfoil.Hash // RFC 6962 §2.1.2; empty where Old is 0 or the checkpoint's size
	Checkpoint []byte             // a signed note
}

// maxGrowthPath is how many hashes the protocol allows; a tree of 2^63 leaves needs no more.
const maxGrowthPath = 63

const growthHead = "old "

// Marshal gives the document.
func (g *Growth) Marshal() []byte {
	b := strconv.AppendUint([]byte(growthHead), g.Old, 10)
	b = append(b, '\n')
	for _, h := range g.Path {
		b = append(base64.StdEncoding.AppendEncode(b, h[:]), '\n')
	}
	return append(append(b, '\n'), g.Checkpoint...)
}

// ParseGrowth reads a document, which must be in its one form. Signatures and path are not checked: see Verify.
func ParseGrowth(doc []byte) (*Growth, error) {
	head, checkpoint, ok := bytes.Cut(doc, []byte("\n\n"))
	if !ok {
		return nil, errors.New("consistency proof: no empty line before the checkpoint")
	}
	g := &Growth{Checkpoint: checkpoint}
	lines := strings.Split(string(head), "\n")
	size, ok := strings.CutPrefix(lines[0], growthHead)
	var err error
	if g.Old, err = strconv.ParseUint(size, 10, 63); err != nil || !ok {
		return nil, fmt.Errorf("consistency proof: line 1 is %.40q where \"old SIZE\" belongs", lines[0])
	}
	if len(lines)-1 > maxGrowthPath {
		return nil, fmt.Errorf("consistency proof: %d hashes, at most %d are allowed", len(lines)-1, maxGrowthPath)
	}
	for i, line := range lines[1:] {
		raw, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(raw) != len(counterfoil.Hash{}) {
			return nil, fmt.Errorf("consistency proof: line %d is %.60q where 32 bytes in base64 belong", i+2, line)
		}
		g.Path = append(g.Path, counterfoil.Hash(raw))
	}
	if !bytes.Equal(g.Marshal(), doc) {
		return nil, errors.New("consistency proof: the document is not in its one form")
	}
	return g, nil
}

// Verify checks that the trail with this verifier key signed the checkpoint, and that its tree begins with that of old, an
// earlier checkpoint of the same trail. It gives the newer one.
func (g *Growth) Verify(old Checkpoint, vkey string) (Checkpoint, error) {
	c, err := ParseCheckpoint(g.Checkpoint, vkey)
	if err != nil {
		return c, err
	}
	if old.Size != g.Old || old.Size > 0 && old.Origin != c.Origin {
		return c, fmt.Errorf("consistency: the proof begins at %d records of %s, the checkpoint given counts %d of %s", g.Old, c.Origin, old.Size, old.Origin)
	}
	return c, CheckConsistency(old.Size, old.Root, c.Size, c.Root, g.Path)
}
