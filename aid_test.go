package counterfoil

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
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

// TestAIDWrong: the first byte that is no digit is named, wherever it stands.
func TestAIDWrong(t *testing.T) {
	const good = "6F0e2c1a-93d1-4c8b-a1f0-0c5c8f6f2b91"
	if a, err := ParseAID(good); err != nil || a.String() != "6f0e2c1a-93d1-4c8b-a1f0-0c5c8f6f2b91" {
		t.Fatalf("%v: %v", a, err)
	}
	for i := range good {
		if good[i] == '-' {
			continue
		}
		for _, c := range []string{"g", "-", "/", ":", "@", "\x00", "\xff", "`", "G"} {
			bad := good[:i] + c + good[i+1:]
			if _, err := ParseAID(bad); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("byte %d is no", i+1)) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	}
}

func BenchmarkAID(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	var texts []string
	for range 1024 {
		var a AID
		binary.BigEndian.PutUint64(a[:], rng.Uint64())
		binary.BigEndian.PutUint64(a[8:], rng.Uint64())
		texts = append(texts, a.String())
	}
	b.Run("parse", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if _, err := ParseAID(texts[i%1024]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("append", func(b *testing.B) {
		a, _ := ParseAID(texts[0])
		var dst []byte
		for b.Loop() {
			dst = a.Append(dst[:0])
		}
	})
}
