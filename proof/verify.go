package proof

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// Options say what the one who verifies knows beforehand.
type Options struct {
	// TrustedKey is the trail's verifier key as it was got by another way than with the bundle. If it is empty the key
	// in the bundle is used, and the report warns.
	TrustedKey string
}

// Report says what a bundle proves.
type Report struct {
	Origin      string             `json:"origin"`      // name of the trail
	Seq         uint64             `json:"seq"`         // the record's number in it
	Size        uint64             `json:"size"`        // records that the signed tree has
	Open        string             `json:"open"`        // hashes in hexadecimal
	Hidden      string             `json:"hidden"`      //
	Leaf        string             `json:"leaf"`        //
	Root        string             `json:"root"`        //
	Fingerprint string             `json:"fingerprint"` // of the key that signed, to compare: name+1a2b3c4d
	Forgotten   bool               `json:"forgotten"`   // of the hidden half only its hash is there
	Trusted     bool               `json:"trusted"`     // the key was given by the one who asks
	MadeBy      string             `json:"made_by"`     // said by the bundle, not proved
	Warnings    []string           `json:"warnings,omitempty"`
	Record      counterfoil.Record `json:"-"`
}

// String says in a few lines what was proved, and what was not.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "record %d of the trail %s, as it stands in the bundle, is part of the tree of %d records\n", r.Seq, r.Origin, r.Size)
	fmt.Fprintf(&b, "  leaf %s\n  root %s\n  signed by key %s\n", r.Leaf, r.Root, r.Fingerprint)
	if r.Forgotten {
		b.WriteString("  its hidden half is not there, forgotten or left out: what the open half says is proved, and the hash of the other\n")
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", w)
	}
	return b.String()
}

// Verify checks a bundle from its bytes alone: the document is in its one form, the record is canonical and is what the
// leaf commits to, the path leads from the leaf to the root, and the key signed the root. A change of any byte makes it
// fail. The error says what does not hold.
func Verify(doc []byte, opts Options) (Report, error) {
	b, err := ParseBundle(doc)
	if err != nil {
		return Report{}, err
	}
	if opts.TrustedKey != "" && b.Key != opts.TrustedKey {
		if _, err := newVerifier(opts.TrustedKey); err != nil {
			return Report{}, fmt.Errorf("the key that you trust: %w", err)
		}
		return Report{}, fmt.Errorf("bundle: made with key %s, which is not the key %s that you trust", Fingerprint(b.Key), Fingerprint(opts.TrustedKey))
	}
	r, err := b.verify()
	if err != nil {
		return Report{}, fmt.Errorf("bundle: %w", err)
	}
	if r.Trusted = opts.TrustedKey != ""; !r.Trusted {
		r.Warnings = append(r.Warnings, keyWarning(r.Fingerprint))
	}
	return r, nil
}

func keyWarning(fingerprint string) string {
	return "the key was taken from the bundle itself: whoever made the bundle may have made the key. Compare " + fingerprint +
		" with what the trail's owner published, or give the whole key"
}

// verify checks all but the document's form and whether the key is to be trusted.
func (b *Bundle) verify() (Report, error) {
	rec, err := counterfoil.ParseRecord(string(b.Record))
	if err != nil {
		return Report{}, fmt.Errorf("record: %w", err)
	}
	msg, comma := counterfoil.AppendRecord(nil, &rec)
	if !bytes.Equal(msg, b.Record) {
		return Report{}, errors.New("record: the message is not in its canonical form")
	}
	c, unchecked, err := openCheckpoint(b.Checkpoint, b.Key)
	if err != nil {
		return Report{}, fmt.Errorf("checkpoint: %w", err)
	}
	leaf := counterfoil.LeafOf(msg, comma, b.Salt)
	h := leaf.Hash()
	if err := CheckInclusion(h, rec.Seq, c.Size, b.Path, c.Root); err != nil {
		return Report{}, err
	}
	r := Report{Origin: c.Origin, Seq: rec.Seq, Size: c.Size, Open: hexOf(leaf.Open), Hidden: hexOf(leaf.Hidden), Leaf: hexOf(h),
		Root: hexOf(c.Root), Fingerprint: Fingerprint(b.Key), MadeBy: b.MadeBy, Record: rec, Forgotten: rec.IsForgotten()}
	if unchecked > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d signatures by others on the checkpoint were not checked", unchecked))
	}
	return r, nil
}

func hexOf(h counterfoil.Hash) string { return fmt.Sprintf("%x", h[:]) }
