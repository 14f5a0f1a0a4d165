package trail

import (
	"errors"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestNotesHaveOneForm changes every bit of every kind of note.
func TestNotesHaveOneForm(t *testing.T) {
	d := disktest.New()
	tr := mustOpenFS(t, d, Options{SegmentRows: 50})
	mustAppend(t, tr, events(0, 50))
	if _, err := tr.AddHold(t.Context(), "user = anna", "case 17", auditor); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tr.Rotate(t.Context()), tr.Close()); err != nil {
		t.Fatal(err)
	}
	base := tr.View().spans[0].base()
	for name, read := range map[string]func() error{
		identityFile:   func() error { _, err := readIdentity(d); return err },
		checkpointFile: func() error { _, err := readCheckpoint(d, tr.VerifierKey()); return err },
		holdsFile:      func() error { _, err := readHolds(d, &tr.id); return err },
		sealName(base): func() error { _, err := readSeal(d, base, &tr.id); return err },
	} {
		good, err := disk.ReadFile(d, name, 1<<20)
		if err != nil || read() != nil {
			t.Fatal(name, err, read())
		}
		for i := range 8 * len(good) {
			bad := slices.Clone(good)
			bad[i/8] ^= 1 << (i % 8)
			if err := disk.WriteFile(d, name, bad); err != nil {
				t.Fatal(err)
			}
			if read() == nil {
				t.Errorf("%s, byte %d, bit %d is not seen", name, i/8, i%8)
			}
		}
	}
}
