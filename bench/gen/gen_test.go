package main

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

// The data of a seed never changes: the digest is of the first 20,000 lines of the set with a million events a day.
func TestSameSeedSameBytes(t *testing.T) {
	h := sha256.New()
	p, err := write(h, 20_000, 0.02, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != "8e394af8f8cb6371f73cb23437d9c959723aa85ad218825586cd1cd0fdb12c04" {
		t.Errorf("digest %s: the generator makes other data than it did", got)
	}
	if p.Word == "" || p.Sess == "" || p.Aid == "" || p.RareUser == "" || p.Substr == "" {
		t.Errorf("parameters are missing: %+v", p)
	}
}
