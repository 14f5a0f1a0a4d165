package daemon

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/counterfoil/counterfoil/internal/act"
)

// TestAlarmOfTheLastRun: an alarm that a run raised is cleared by the next one, where its reason is gone.
func TestAlarmOfTheLastRun(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		const policy = "  flags: fd\n  naflags: fd\n"
		raised := func(b observeBench, want bool) {
			t.Helper()
			if is, err := b.raised(t.Context(), configAlarm, act.Alarm); err != nil || is != want {
				t.Errorf("raised %v, %v; want %v", is, err, want)
			}
		}
		b := openObserve(t, dir)
		b.warner = newWarner(b.daemon, "")
		stop := b.run(policy)
		raised(b, false)
		b.policy.refusedConfig(t.Context(), errors.New("a mistake"))
		raised(b, true)
		stop()

		b = openObserve(t, dir)
		stop = b.run(policy)
		raised(b, false)
		size := b.size()
		stop()

		b = openObserve(t, dir)
		stop = b.run(policy)
		if got := b.size(); got != size {
			t.Errorf("a start without an alarm said something: %d records, want %d", got, size)
		}
		stop()
	})
}
