package counterfoil

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestTimeText: the text of every day that nanoseconds since 1970 reach is that of the standard library.
func TestTimeText(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const day = Time(86400e9)
	check := func(at Time) {
		t.Helper()
		if got, want := at.String(), at.Std().Format("2006-01-02T15:04:05.000000000Z"); got != want {
			t.Fatalf("%d: %s, want %s", at, got, want)
		}
	}
	for d := math.MinInt64 / day; d <= math.MaxInt64/day; d++ {
		check(d * day)
		if d < math.MaxInt64/day {
			check(d*day + Time(rng.Int64N(int64(day))))
			check(d*day + day - 1)
		}
	}
	check(math.MinInt64)
	check(math.MaxInt64)
}

func BenchmarkTimeText(b *testing.B) {
	var buf [64]byte
	at := Time(1.7e18)
	for b.Loop() {
		at += 12_345_678_901
		at.Append(buf[:0])
	}
}
