package syslog

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/intake"
)

// pass hands text to a framing in chunks, as a connection does, and gives what came out: messages, and pieces with why.
func pass(chunks ...string) (out []string) {
	var f framing
	var buf []byte
	give := func(message []byte, piece string) {
		switch {
		case len(message) == 0:
		case piece != "":
			out = append(out, fmt.Sprintf("%s: %s", piece, short(string(message))))
		default:
			out = append(out, short(string(message)))
		}
	}
	for _, c := range chunks {
		buf = append(buf, c...)
		for {
			n, message, piece := f.next(buf)
			if n == 0 {
				break
			}
			give(message, piece)
			buf = buf[n:]
		}
	}
	if message, missing := f.rest(buf); len(message) > 0 {
		give(message, fmt.Sprintf("%d missing", missing))
	}
	return out
}

// short keeps long runs of x readable.
func short(s string) string {
	if n := strings.Count(s, "x"); n > 1000 {
		return strings.Replace(s, strings.Repeat("x", n), fmt.Sprintf("x*%d", n), 1)
	}
	return s
}

func long(n int) string { return strings.Repeat("x", n) }

func TestFraming(t *testing.T) {
	const most = intake.MaxFrame
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"lines", "<13>a\n<14>b\r\n\n<15>c\n", []string{"<13>a", "<14>b\r", "<15>c"}},
		{"a line without its end", "<13>a\n<14>b", []string{"<13>a", "0 missing: <14>b"}},
		{"counted", "5 <13>a6 <14>bc", []string{"<13>a", "<14>bc"}},
		{"counted, with a line feed inside and one behind", "7 <13>a\nb\n5 <14>c\n", []string{"<13>a\nb", "<14>c"}},
		{"what looks like a message inside", "25 <13>a\n<14>forged\n5 <15>b\n5 <16>c", []string{"<13>a\n<14>forged\n5 <15>b\n", "<16>c"}},
		{"a count inside of lines", "<13>a\n9999999 <14>b\n<15>c\n", []string{"<13>a", "9999999 <14>b", "<15>c"}},
		{"a number is no count", "12 monkeys\n<13>a\n", []string{"12 monkeys", "<13>a"}},
		{"a count that is too small", "4 <13>a\n5 <14>b\n", []string{"<13>", miscounted + ": a", miscounted + ": 5 <14>b"}},
		{"a count that is too large", "9 <13>a\n5 <14>b\n5 <15>c\n", []string{"<13>a\n5 <", miscounted + ": 14>b", miscounted + ": 5 <15>c"}},
		{"a count beyond all messages", "5 <13>a16777217 <14>b\nc", []string{"<13>a", miscounted + ": 16777217 <14>b", "0 missing: c"}},
		{"ended inside", "5 <13>a20 <14>b", []string{"<13>a", "15 missing: <14>b"}},
		{"ended inside of a count", "5 <13>a20", []string{"<13>a", "0 missing: 20"}},
		{"ended before it was known", "20 ", []string{"0 missing: 20 "}},
		{"empty", "\n\n", nil},
		{"as long as may be", "<13>" + long(most-4) + "\n<14>a\n", []string{fmt.Sprintf("<13>x*%d", most-4), "<14>a"}},
		{"a line too long", "<13>" + long(most) + "\n<14>a\n", []string{intake.TooLong + fmt.Sprintf(": <13>x*%d", most-4), intake.TooLong + ": xxxx", "<14>a"}},
		{"counted and too long", fmt.Sprintf("%d <13>%s\n<14>a5 <15>b", most+10, long(most)),
			[]string{intake.TooLong + fmt.Sprintf(": <13>x*%d", most-4), intake.TooLong + ": xxxx\n<14>a", "<15>b"}},
		{"counted, too long and ended inside", fmt.Sprintf("%d <13>%s", 3*most, long(most)),
			[]string{intake.TooLong + fmt.Sprintf(": <13>x*%d", most-4), fmt.Sprintf("%d missing: xxxx", 2*most-4)}},
	} {
		if got := pass(c.in); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for range 20 {
			if got := pass(chunks(r, c.in)...); !slices.Equal(got, c.want) {
				t.Errorf("%s, in chunks:\n got %q\nwant %q", c.name, got, c.want)
			}
		}
	}
}

func chunks(r *rand.Rand, s string) (list []string) {
	for s != "" {
		n := 1 + r.IntN(min(len(s), 1+len(s)/4+r.IntN(8)))
		list, s = append(list, s[:n]), s[n:]
	}
	return list
}

// FuzzFraming: however a stream is cut on its way, the same comes out, and all of its bytes but those of the framing.
func FuzzFraming(f *testing.F) {
	f.Add("5 <13>a6 <14>bc", uint64(1))
	f.Add("<13>a\n<14>b\n7", uint64(2))
	f.Add("4 <13>a\n5 <14>b\n", uint64(3))
	f.Fuzz(func(t *testing.T, in string, seed uint64) {
		whole := pass(in)
		if parts := pass(chunks(rand.New(rand.NewPCG(seed, 0)), in)...); !slices.Equal(parts, whole) {
			t.Errorf("%q: %q in one, %q in chunks", in, whole, parts)
		}
		letters := func(s string) string {
			return string(slices.DeleteFunc([]byte(s), func(c byte) bool { return c == '\n' || c == ' ' || c >= '0' && c <= '9' }))
		}
		var all strings.Builder
		for _, x := range whole {
			for _, why := range []string{miscounted, intake.TooLong} {
				x = strings.TrimPrefix(x, why+": ")
			}
			if _, rest, ok := strings.Cut(x, " missing: "); ok {
				x = rest
			}
			all.WriteString(x)
		}
		if letters(all.String()) != letters(in) && !strings.Contains(in, "missing") && strings.Count(in, "x") < 1000 {
			t.Errorf("%q became %q", in, whole)
		}
	})
}
