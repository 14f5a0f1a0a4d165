package daemon

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// forgetful is a trail in which everything sealed expires after an hour, by a clock that is set. It is no bubble: what writes
// segments is kept for the next, which may be written outside.
type forgetful struct {
	observeBench
	now *time.Time
}

func openForgetful(t *testing.T, dir string, now *time.Time, policy string) forgetful {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	d := &daemon{opts: Options{Now: func() time.Time { return *now }}, log: log, host: "h"}
	tr, err := trail.Open(dir, trail.Options{Node: "n", Now: d.opts.Now, Log: log, Act: d.act, Warn: func(string, string) {},
		Retention: trail.Retention{Rules: []trail.RetentionRule{{Input: "kept"}}, Default: trail.ExpireAfter{Age: time.Hour}}})
	if err != nil {
		t.Fatal(err)
	}
	d.trail = tr
	d.config.Store(config.Default())
	d.policy = newPolicies(d)
	b := forgetful{observeBench{t, d}, now}
	if policy != "" {
		b.start(policy)
	}
	return b
}

func (b forgetful) start(policy string) {
	b.config.Load().Policy = b.policyOf(policy)
	if err := b.policy.start(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b forgetful) close() {
	if err := b.trail.Close(); err != nil {
		b.t.Error(err)
	}
}

// expire seals what there is and lets two hours go by, behind which the policy in force is looked for.
func (b forgetful) expire() {
	b.t.Helper()
	if err := b.trail.Rotate(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	*b.now = b.now.Add(2 * time.Hour)
	if err := b.trail.Expire(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b forgetful) restate() {
	b.t.Helper()
	if err := b.policy.restate(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// policies lists what the trail has of them: number, and since.
func (b forgetful) policies() string {
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

func (b forgetful) sent(via string, class counterfoil.Class) uint64 {
	r, err := b.policy.gate.Append(b.t.Context(), via, []counterfoil.Event{{Major: 1, Time: 1, Service: "APP", Name: "X", User: "eve", Class: class, Outcome: counterfoil.Success}})
	if err != nil {
		b.t.Fatal(err)
	}
	return r.First
}

// why gives the decision on a record and the number of its policy.
func (b forgetful) why(seq uint64) string {
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

// TestPolicyOutlivesItsRecord: the policy in force is told of, and keeps its number, for as long as it is in force.
func TestPolicyOutlivesItsRecord(t *testing.T) {
	const first, second = "  flags: fd\n  naflags: fd\n", "  flags: fd,fr\n  naflags: fd\n"
	dir, now := t.TempDir(), time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	b := openForgetful(t, dir, &now, "")
	before := b.sent("kept", counterfoil.ClassFileWrite)
	b.start(first)
	under := b.sent("kept", counterfoil.ClassFileDelete)
	for range 2 { // the second time it is the record that said it again
		b.expire()
		if got := b.why(under); got != "1 kept by flags" {
			t.Errorf("while no record tells of the policy: %s", got)
		}
		b.restate()
		b.restate()
		if got := b.policies(); got != "1 since 1" {
			t.Fatalf("the trail has the policies %q", got)
		}
	}
	later := b.sent("kept", counterfoil.ClassFileDelete)
	for seq, want := range map[uint64]string{before: "0 kept by rest", under: "1 kept by flags", later: "1 kept by flags"} {
		if got := b.why(seq); got != want {
			t.Errorf("record %d: %s, want %s", seq, got, want)
		}
	}
	b.close()

	b = openForgetful(t, dir, &now, first)
	if got := b.policies(); got != "1 since 1" {
		t.Errorf("started again: %q", got)
	}
	if err := b.policy.change(t.Context(), b.policyOf(second)); err != nil {
		t.Fatal(err)
	}
	b.expire()
	b.restate()
	if got := b.policies(); !strings.HasPrefix(got, "2 since ") {
		t.Errorf("after a change: %q", got)
	}
	if got := b.why(under); got != "the record of the policy that was in force then has expired" {
		t.Errorf("of a policy that no record tells of: %s", got)
	}
	b.close()
}

// TestConfigurationOutlivesItsRecord: the configuration in force is always there for who asks the trail for the newest.
func TestConfigurationOutlivesItsRecord(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	b := openForgetful(t, t.TempDir(), &now, "")
	b.sent("kept", counterfoil.ClassFileWrite) // as START is, before it
	settings := []config.Setting{{Key: "node", Value: "n"}}
	if err := b.keepConfig(t.Context(), settings, nil, b.configEvent(nil, settings, nil, true)); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		got, err := b.lastSettings(t.Context())
		if err != nil || !slices.Equal(got, settings) {
			t.Fatalf("after %d expiries: %v, %v", i, got, err)
		}
		b.expire()
		for range 2 {
			if err := b.restateConfig(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.close()
}

// TestLastSettingsAreKept: what is read of the last configuration stays as it is when others ask, whose records come to the same memory.
func TestLastSettingsAreKept(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	b := openForgetful(t, t.TempDir(), &now, "")
	settings := []config.Setting{{Key: "node", Value: "n"}}
	if err := b.keepConfig(t.Context(), settings, nil, b.configEvent(nil, settings, nil, true)); err != nil {
		t.Fatal(err)
	}
	v := b.trail.View()
	var r counterfoil.Record
	if err := v.Record(v.Size()-1, &r); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", len(r.EventData)-len(`{"x":""}`))
	e := counterfoil.Event{Major: 1, Time: r.Time, Service: "APP", Name: "X", EventData: counterfoil.JSON(`{"x":"` + long + `"}`)}
	if _, err := b.trail.Append(t.Context(), "kept", []counterfoil.Event{e}); err != nil {
		t.Fatal(err)
	}
	if err := b.trail.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 20 { // the memory may be let go between
		got, err := b.lastSettings(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		other := search.Query{Filter: filter.Compare{Field: filter.Field{Column: filter.ColService}, Value: filter.Value{Kind: filter.StringValue, Str: "APP"}}}
		if _, err := search.Run(t.Context(), b.trail.View(), other, func(*counterfoil.Record) bool { return true }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, settings) {
			t.Fatalf("behind another question they are %q", got)
		}
	}
	b.close()
}

// TestNumbersGoOn: a number that refusals were counted under is not given again, though the policy's own record is gone.
func TestNumbersGoOn(t *testing.T) {
	const policy = "  flags: fd\n  naflags: fd\n"
	dir, now := t.TempDir(), time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	b := openForgetful(t, dir, &now, policy)
	b.expire()
	b.sent("kept", counterfoil.ClassFileRead)
	if err := b.policy.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.policies(); got != "" {
		t.Fatalf("the policy is there: %q", got)
	}
	b.close() // as a crash just then
	b = openForgetful(t, dir, &now, policy)
	if got := b.policies(); got != "2 since " {
		t.Errorf("got %q", got)
	}
	b.close()
}
