package netlink

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestSerialOf(t *testing.T) {
	for text, want := range map[string]int64{
		"audit(1700000000.123:456): arch=c000003e": 456,
		"audit(1700000000.123:4294967295): ":       4294967295,
		"audit(1700000000.123:0): x":               0,
		"audit(1700000000.123:):":                  -1,
		"audit(1700000000.123:12":                  -1,
		"audit(1700000000.123":                     -1,
		"audit(":                                   -1,
		"":                                         -1,
		"type=SYSCALL msg=audit(1.2:3): x":         -1,
	} {
		if got, ok := serialOf([]byte(text)); ok != (want >= 0) || ok && int64(got) != want {
			t.Errorf("%q: %d %t, want %d", text, got, ok, want)
		}
	}
}

// Numbers that come in any order within the window are not lost; exactly those that never come are.
func TestSerials(t *testing.T) {
	start := time.Unix(1000, 0)
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var s serials
		var numbers, want []uint32
		first := uint32(100)
		if seed%2 == 1 {
			first = 1<<32 - 150 // the counter begins again between them
		}
		for i := range uint32(300) {
			if n := first + i; i > 0 && i < 299 && r.IntN(4) == 0 {
				want = append(want, n)
			} else {
				numbers = append(numbers, n)
			}
		}
		for i := 1; i+4 < len(numbers); i += 4 {
			r.Shuffle(4, func(a, b int) { numbers[i+a], numbers[i+b] = numbers[i+b], numbers[i+a] })
		}
		for _, n := range numbers {
			s.add(n, start)
			if r.IntN(3) == 0 {
				s.add(n, start) // several records of one event
			}
		}
		if early := s.lost(start.Add(-1)); len(early) > 0 {
			t.Fatalf("lost before the window is over: %v", early)
		}
		var got []uint32
		for _, x := range s.lost(start) {
			for n := x.first; n <= x.last; n++ {
				got = append(got, uint32(n))
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: lost %v, want %v", seed, got, want)
		}
		if again := s.lost(start); len(again) > 0 {
			t.Fatalf("told twice: %v", again)
		}
	}
}

func TestSerialsWrapAndBound(t *testing.T) {
	var s serials
	for _, n := range []uint32{1<<32 - 2, 1, 1<<32 - 1, 0} { // others of before overtake it
		s.add(n, time.Time{})
	}
	if len(s.missing) > 0 || uint32(s.max) != 1 {
		t.Errorf("after the counter began again: %+v", s)
	}
	for n := uint32(3); n < 3+4*maxSpans; n += 2 {
		s.add(n, time.Unix(10, 0))
	}
	if got := len(s.lost(time.Unix(0, 0))); got != maxSpans {
		t.Errorf("%d spans were given up, want %d", got, maxSpans)
	}
}
