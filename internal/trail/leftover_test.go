package trail

import (
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestForgetWhatAWriteLeft: what a power cut left of the file of holds, which names their authors, does not outlive a forgetting.
func TestForgetWhatAWriteLeft(t *testing.T) {
	for n := 0; ; n++ {
		d := disktest.New()
		d.Limit(8 << 20)
		tr := mustOpenFS(t, d, Options{})
		mustAppend(t, tr, shared(0, 20))
		d.CutAfter(n)
		_, err := tr.AddHold(t.Context(), "user = nobody", "of "+mark, act.Who{Host: "h", User: anna})
		cut := d.Cut()
		_ = tr.Close()
		again := d.Reopen(1, 1)
		tr = mustOpenFS(t, again, Options{})
		if _, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "1"}, auditor); err != nil {
			t.Fatal(err)
		}
		names := slices.DeleteFunc(findMark(t, again), func(name string) bool { return name == holdsFile }) // one in force keeps its author's name
		if len(names) > 0 {
			t.Errorf("cut after %d (%v): in %v", n, err, names)
		}
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
		if !cut {
			break
		}
	}
}

// TestRememberBesideForgetting: a verification that ends when somebody has been forgotten leaves no word of what it read before.
func TestRememberBesideForgetting(t *testing.T) {
	d := disktest.New()
	tr := mustOpenFS(t, d, Options{})
	gap := shared(1, 1)
	gap[0].Action, gap[0].EventData = counterfoil.AuditGap, `{"reason":"`+mark+`"}`
	mustAppend(t, tr, gap)
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := false
	beside := &hooked{FS: d, create: func(name string) error {
		if name != verifiedFile+disk.TempSuffix || done {
			return nil
		}
		done = true
		_, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "1"}, auditor)
		return err
	}}
	if r, err := CheckFS(t.Context(), beside, &CheckOptions{Incremental: true}); err != nil || !r.OK || !done {
		t.Errorf("%+v, %v", r, err)
	}
	if names := findMark(t, d); len(names) > 0 {
		t.Errorf("in %v", names)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}
