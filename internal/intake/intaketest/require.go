package intaketest

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Require skips a test whose peer is missing (err is not nil), with a sentence that says why, and fails it where
// COUNTERFOIL_REQUIRE, a list with commas, names the peer.
func Require(t testing.TB, peer string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("COUNTERFOIL_REQUIRE"), ","), peer) {
		t.Fatalf("COUNTERFOIL_REQUIRE names %s, and it cannot be used here: %v", peer, err)
	}
	t.Skipf("This test needs %s, which cannot be used here: %v.", peer, err)
}
