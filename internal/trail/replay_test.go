package trail

import (
	"math"
	"testing"
)

// TestHostileCount: no memory is asked for by a number that stands in a file.
func TestHostileCount(t *testing.T) {
	if _, _, err := parseBatch([]byte{0, 0, 0, 0}, 0, math.MaxInt32); err == nil {
		t.Error("a batch of no records holds very many")
	}
}
