package trail

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// holdsBefore gives the file of holds as it is; nil: there is none.
func holdsBefore(t *testing.T, dir string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, holdsFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return b
}

func putHolds(t *testing.T, dir string, b []byte) {
	t.Helper()
	name := filepath.Join(dir, holdsFile)
	err := os.WriteFile(name, b, 0o600)
	if b == nil {
		err = os.Remove(name)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestHoldsPutBack: who puts back the file of holds as it was, or removes it, ends holds without an event, and is found, however
// much is verified again.
func TestHoldsPutBack(t *testing.T) {
	ivan := act.Who{Host: "h", User: "ivan"}
	for name, sealed := range map[string]bool{"sealed": true, "in the log": false} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			tr := mustOpen(t, dir, Options{})
			mustAppend(t, tr, events(0, 5))
			states := [][]byte{holdsBefore(t, dir)}
			hold := func(query string, who act.Who) uint64 {
				h, err := tr.AddHold(t.Context(), query, "case", who)
				if err != nil {
					t.Fatal(err)
				}
				states = append(states, holdsBefore(t, dir))
				return h.ID
			}
			first := hold("user = anna", auditor)
			hold(`user = "bob<x>"`, ivan)
			if err := tr.ReleaseHold(t.Context(), first, "settled", auditor); err != nil {
				t.Fatal(err)
			}
			if sealed {
				if err := tr.Rotate(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := tr.Close(); err != nil {
				t.Fatal(err)
			}
			now := holdsBefore(t, dir)
			look := func(want bool) {
				t.Helper()
				for _, o := range []CheckOptions{{}, {Incremental: true}, {Incremental: true}} {
					r, err := Check(t.Context(), dir, &o)
					if err != nil || r.OK != want || !want && r.Problem.File != holdsFile {
						t.Errorf("incremental %v: %+v, %v", o.Incremental, r, err)
					}
				}
			}
			look(true)
			putHolds(t, dir, states[0])
			look(false)
			putHolds(t, dir, states[1])
			look(false)
			putHolds(t, dir, states[2]) // what is said to have ended may still be in force: a crash leaves it
			look(true)
			putHolds(t, dir, now)
			look(true)
		})
	}
}

// TestHoldsOfForgotten: where it is forgotten which hold ended, one that is not in force may be it, and no other.
func TestHoldsOfForgotten(t *testing.T) {
	dir := t.TempDir()
	tr := mustOpen(t, dir, Options{})
	mustAppend(t, tr, events(0, 5))
	var ids []uint64
	for _, q := range []string{"user = xa", "user = xb"} {
		h, err := tr.AddHold(t.Context(), q, "case", auditor)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, h.ID)
	}
	both := holdsBefore(t, dir)
	ivan := act.Who{Host: "h", User: "ivan"}
	if err := tr.ReleaseHold(t.Context(), ids[0], "settled", ivan); err != nil {
		t.Fatal(err)
	}
	one := holdsBefore(t, dir)
	if _, err := tr.Forget(t.Context(), ForgetRequest{User: "ivan", Reason: "1"}, auditor); err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	for want, b := range map[string][]byte{"true one": one, "true both": both, "false none": nil} {
		putHolds(t, dir, b)
		r, err := Check(t.Context(), dir, nil)
		if err != nil || r.OK != strings.HasPrefix(want, "true") {
			t.Errorf("%s: %+v, %v", want, r, err)
		}
		putHolds(t, dir, both)
	}
}

// TestHoldMadeOnAFailingDisk: whatever call fails, the trail is whole: where the event may be in it, the hold is in force.
func TestHoldMadeOnAFailingDisk(t *testing.T) {
	for _, did := range []bool{false, true} {
		for n := 0; ; n++ {
			d := disktest.New()
			d.Limit(8 << 20)
			f := disktest.Fail(d, n, did)
			f.Spare(true)
			tr := mustOpenFS(t, f, Options{})
			mustAppend(t, tr, events(0, 5))
			f.Spare(false)
			_, err := tr.AddHold(t.Context(), "user = bob", "case", auditor)
			f.Spare(true)
			_ = tr.Close()
			again := d.Reopen(1, 1)
			_ = mustOpenFS(t, again, Options{}).Close()
			if r, cerr := CheckFS(t.Context(), again, nil); cerr != nil || !r.OK {
				t.Errorf("call %d, done: %v (%v): %+v, %v", n, did, err, r.Problem, cerr)
			}
			if f.Calls() <= n {
				break
			}
		}
	}
}
