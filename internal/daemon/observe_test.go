package daemon

import (
	"context"
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

// observeBench is a daemon with nothing but a trail and its policies.
type observeBench struct {
	t *testing.T
	*daemon
}

func openObserve(t *testing.T, dir string) observeBench {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	tr, err := trail.Open(dir, trail.Options{Node: "n", Now: time.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{opts: Options{Now: time.Now}, log: log, host: "h", trail: tr}
	d.config.Store(config.Default())
	d.policy = newPolicies(d)
	return observeBench{t, d}
}

// run puts a policy in force as the daemon does at its start, and gives what ends it.
func (b observeBench) run(policy string) (stop func()) {
	b.config.Load().Policy = b.policyOf(policy)
	if err := b.policy.start(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- b.policy.Run(ctx) }()
	synctest.Wait()
	return func() {
		cancel()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
		if err := b.trail.Close(); err != nil {
			b.t.Error(err)
		}
	}
}

func (b observeBench) policyOf(text string) *config.Policy {
	c, err := config.Parse("c.yaml", []byte("policy:\n"+text))
	if err != nil {
		b.t.Fatal(err)
	}
	return c.Policy
}

// told lists what the trail says of observing: the action, the end that was told, how long before it.
func (b observeBench) told() string {
	v := b.trail.View()
	defer v.Close()
	var list []string
	q := search.Query{Filter: filter.And{X: ownEvents(act.Observe)}, Oldest: true}
	if _, err := search.Run(b.t.Context(), v, q, func(r *counterfoil.Record) bool {
		until, err := counterfoil.ParseTime(r.EventData.Member("until").Text())
		if err != nil {
			b.t.Error(err)
		}
		list = append(list, string(r.Action)+" "+until.Std().Sub(r.Time.Std()).String())
		return true
	}); err != nil {
		b.t.Fatal(err)
	}
	return strings.Join(list, ", ")
}

func (b observeBench) expect(when, want string) {
	b.t.Helper()
	synctest.Wait()
	if got := b.told(); got != want {
		b.t.Errorf("%s: %s, want %s", when, got, want)
	}
}

func observing(d time.Duration) string {
	return "  flags: fd\n  naflags: fd\n  observe: {until: " + time.Now().Add(d).UTC().Format(time.RFC3339) + "}\n"
}

// TestObserveEnds: that a policy observes is an alarm, raised once, whatever starts in between, and cleared at its time.
func TestObserveEnds(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		text := observing(90 * time.Second)
		b := openObserve(t, dir)
		stop := b.run(text)
		b.expect("at the start", "alarm.raise 1m30s")
		time.Sleep(30 * time.Second)
		stop()

		b = openObserve(t, dir)
		stop = b.run(text)
		b.expect("started again", "alarm.raise 1m30s")
		time.Sleep(time.Minute - 1)
		b.expect("just before its end", "alarm.raise 1m30s")
		time.Sleep(time.Nanosecond)
		b.expect("at its end", "alarm.raise 1m30s, alarm.clear 0s")
		time.Sleep(time.Hour)
		b.expect("much later", "alarm.raise 1m30s, alarm.clear 0s")
		stop()
	})
}

// TestObserveChanged: another end, an end before its time, and one that came while nothing ran are told as well.
func TestObserveChanged(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := openObserve(t, dir)
		stop := b.run(observing(time.Hour))
		if err := b.policy.change(t.Context(), b.policyOf(observing(2*time.Hour))); err != nil {
			t.Fatal(err)
		}
		b.expect("longer", "alarm.raise 1h0m0s, alarm.raise 2h0m0s")
		if err := b.policy.change(t.Context(), b.policyOf("  flags: fd\n  naflags: fd\n")); err != nil {
			t.Fatal(err)
		}
		b.expect("switched off", "alarm.raise 1h0m0s, alarm.raise 2h0m0s, alarm.clear 2h0m0s")
		text := observing(time.Minute)
		if err := b.policy.change(t.Context(), b.policyOf(text)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		stop()
		time.Sleep(time.Hour)
		b = openObserve(t, dir)
		stop = b.run(text)
		b.expect("over while nothing ran", "alarm.raise 1h0m0s, alarm.raise 2h0m0s, alarm.clear 2h0m0s, alarm.raise 1m0s, alarm.clear -59m0s")
		stop()
	})
}
