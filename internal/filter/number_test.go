package filter

import (
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// TestCompareDecimals holds the comparison against exact rational numbers.
func TestCompareDecimals(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	number := func() string {
		var b strings.Builder
		if rng.IntN(3) == 0 {
			b.WriteByte('-')
		}
		if rng.IntN(4) == 0 {
			b.WriteByte('0')
		} else {
			b.WriteString(strconv.Itoa(1 + rng.IntN(12)))
			b.WriteString(strings.Repeat("0", rng.IntN(3)))
		}
		if rng.IntN(2) == 0 {
			b.WriteString("." + strings.Repeat("0", rng.IntN(3)) + strconv.Itoa(rng.IntN(12)))
		}
		if rng.IntN(3) == 0 {
			b.WriteString([]string{"e", "E", "e+", "e-"}[rng.IntN(4)] + strconv.Itoa(rng.IntN(4)))
		}
		return b.String()
	}
	equal := 0
	for range 200000 {
		a, b := number(), number()
		x, ok1 := new(big.Rat).SetString(a)
		y, ok2 := new(big.Rat).SetString(b)
		if !ok1 || !ok2 || !IsNumber(a) {
			t.Fatalf("%s or %s is no number", a, b)
		}
		want := x.Cmp(y)
		if want == 0 {
			equal++
		}
		if got := compareDecimals(a, b); got != want {
			t.Fatalf("%s and %s compare as %d, want %d", a, b, got, want)
		}
		// The literal as a float64, against a string and a number of data, takes the short way.
		f, err := strconv.ParseFloat(b, 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []ValueKind{StringValue, NumberValue} {
			if got, ok := compareNumber(val{kind: k, s: a}, Value{Kind: NumberValue, Num: f}); !ok || got != want {
				t.Fatalf("%s against the literal %v: %d %v, want %d", a, f, got, ok, want)
			}
		}
	}
	if equal < 1000 {
		t.Errorf("only %d pairs were equal", equal)
	}
}

func TestNumberEdges(t *testing.T) {
	for _, s := range []string{"", "-", "01", "1.", ".5", "1e", "+1", "0x1", "1_0", "NaN", "Infinity", " 1", "1 "} {
		if IsNumber(s) {
			t.Errorf("%q is taken for a number", s)
		}
	}
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"1e999999999999999999999", "1e400", 1}, {"-1e999999999999999999999", "1", -1}, {"1e-999999999999999999999", "0", 1},
		{"9007199254740993", "9007199254740992", 1}, {"-0", "0", 0}, {"0.0", "-0e5", 0}, {"1e-400", "0", 1},
	} {
		if got := compareDecimals(c.a, c.b); got != c.want {
			t.Errorf("%s and %s compare as %d, want %d", c.a, c.b, got, c.want)
		}
	}
	tiny := val{kind: StringValue, s: "1e-400"} // below every float64
	if c, ok := compareNumber(tiny, Value{Kind: NumberValue}); !ok || c != 1 {
		t.Errorf("1e-400 and 0 compare as %d %v", c, ok)
	}
	huge := val{kind: NumberValue, i: 1 << 53}
	if c, ok := compareNumber(huge, Value{Kind: NumberValue, Num: 1 << 53, Str: "9007199254740993"}); !ok || c != -1 {
		t.Errorf("2^53 and 2^53+1 compare as %d %v", c, ok)
	}
}
