package daemon

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// openForgetful opens a trail in which everything sealed expires after an hour.
func openForgetful(t *testing.T, dir string) observeBench {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	d := &daemon{opts: Options{Now: time.Now}, log: log, host: "h"}
	tr, err := trail.Open(dir, trail.Options{Node: "n", Now: time.Now, Log: log, Act: d.act, Warn: func(string, string) {},
		Retention: trail.Retention{Rules: []trail.RetentionRule{{Input: "kept"}}, Default: trail.ExpireAfter{Age: time.Hour}}})
	if err != nil {
		t.Fatal(err)
	}
	d.trail = tr
	d.config.Store(config.Default())
	d.policy = newPolicies(d)
	return observeBench{t, d}
}

// policies lists what the trail has of them: number, and since.
func (b observeBench) policies() string {
	v := b.trail.View()
	defer v.Close()
	var list []string
	if _, err := search.Run(b.t.Context(), v, search.Query{Filter: filter.And{X: ownEvents(act.Policy)}, Oldest: true}, func(r *counterfoil.Record) bool {
		list = append(list, fmt.Sprint(r.EventData.Member("number"), " since ", r.EventData.Member("since")))
		return true
	}); err != nil {
		b.t.Fatal(err)
	}
	return strings.Join(list, ", ")
}

func (b observeBench) keep(via string, class counterfoil.Class) uint64 {
	r, err := b.policy.gate.Append(b.t.Context(), via, []counterfoil.Event{{Major: 1, Time: 1, Service: "APP", Name: "X", User: "eve", Class: class, Outcome: counterfoil.Success}})
	if err != nil {
		b.t.Fatal(err)
	}
	return r.First
}

// why gives the decision on a record and the number of its policy.
func (b observeBench) why(seq uint64) string {
	v := b.trail.View()
	defer v.Close()
	var r counterfoil.Record
	if err := v.Record(seq, &r); err != nil {
		b.t.Fatal(err)
	}
	told, err := b.policy.keptBy(b.t.Context(), &r)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(told.Policy, " ", told.Decision)
}

// TestPolicyOutlivesItsRecord has one bubble: the writers of segments are used again, and belong to the first.
func TestPolicyOutlivesItsRecord(t *testing.T) {
	one, other := t.TempDir(), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		outlives(t, one)
		numbersGoOn(t, other)
	})
}

// outlives: the policy in force is told of, and keeps its number, for as long as it is in force.
func outlives(t *testing.T, dir string) {
	const first, second = "  flags: fd\n  naflags: fd\n", "  flags: fd,fr\n  naflags: fd\n"
	b := openForgetful(t, dir)
	before := b.keep("kept", counterfoil.ClassFileWrite)
	stop := b.run(first)
	under := b.keep("kept", counterfoil.ClassFileDelete)
	pass := func() {
		t.Helper()
		if err := b.trail.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		if err := b.trail.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
	}
	for range 2 { // the second time it is the record that said it again
		pass()
		if got := b.policies(); got != "1 since 1" {
			t.Fatalf("the trail has the policies %q", got)
		}
	}
	later := b.keep("kept", counterfoil.ClassFileDelete)
	for seq, want := range map[uint64]string{before: "0 kept by rest", under: "1 kept by flags", later: "1 kept by flags"} {
		if got := b.why(seq); got != want {
			t.Errorf("record %d: %s, want %s", seq, got, want)
		}
	}
	stop()

	b = openForgetful(t, dir)
	stop = b.run(first)
	if got := b.policies(); got != "1 since 1" {
		t.Errorf("started again: %q", got)
	}
	if err := b.policy.change(t.Context(), b.policyOf(second)); err != nil {
		t.Fatal(err)
	}
	pass()
	if got := b.policies(); !strings.HasPrefix(got, "2 since ") {
		t.Errorf("after a change: %q", got)
	}
	if got := b.why(under); got != "the record of the policy that was in force then has expired" {
		t.Errorf("of a policy that no record tells of: %s", got)
	}
	stop()
}

// numbersGoOn: a number that refusals were counted under is not given again, though the policy's own record is gone.
func numbersGoOn(t *testing.T, dir string) {
	b := openForgetful(t, dir)
	stop := b.run("  flags: fd\n  naflags: fd\n")
	if err := b.trail.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	time.Sleep(59 * time.Minute)
	b.keep("kept", counterfoil.ClassFileRead)
	time.Sleep(2*time.Minute - time.Second)
	if err := b.trail.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.policies(); got != "" {
		t.Fatalf("the policy is there: %q", got)
	}
	stop() // as a crash just then
	b = openForgetful(t, dir)
	stop = b.run("  flags: fd\n  naflags: fd\n")
	if got := b.policies(); got != "2 since " {
		t.Errorf("got %q", got)
	}
	stop()
}
