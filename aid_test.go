package counterfoil

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestAIDText: every byte in every place has its digits, and the text gives the identifier back.
func TestAIDText(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 10_000 {
		var a AID
		binary.BigEndian.PutUint64(a[:], rng.Uint64())
		binary.BigEndian.PutUint64(a[8:], rng.Uint64())
		a[i/256%16] = byte(i)
		want := fmt.Sprintf("%x-%x-%x-%x-%x", a[0:4], a[4:6], a[6:8], a[8:10], a[10:16])
		if got := a.String(); got != want {
			t.Fatalf("%s, should be %s", got, want)
		}
		if b, err := ParseAID(want); err != nil || b != a {
			t.Fatalf("%s is read as %v: %v", want, b, err)
		}
	}
}
