package trail

import (
	"os"
	"runtime/debug"
	"testing"
)

// TestMain lets garbage grow: the tests open thousands of trails that hold next to nothing, and the collector would take
// more than half of the time.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}
