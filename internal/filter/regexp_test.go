package filter

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
)

// TestPerlMeansPerl: what PCRE and Python find, RE2 or the other engine finds.
func TestPerlMeansPerl(t *testing.T) {
	for _, c := range []struct {
		re, options, in string
		want            bool
		slow            bool
	}{
		{"^a$", "", "a", true, false},
		{"^a$", "", "a\n", true, false}, // $ is true before the last newline
		{"^a$", "", "a\n\n", false, false},
		{"(a$|^b$)", "", "b\n", true, false},
		{`a\$`, "", "a$", true, false},
		{"[$]x", "", "$x", true, false},
		{"a$\n", "", "a\n", true, true}, // something follows $
		{"^b$", "m", "a\nb\nc", true, false},
		{"A.B", "is", "xa\nbx", true, false},
		{"a b # c", "x", "ab", true, true},
		{"(?=x)x", "", "x", true, true},
		{"(o)\\1$", "", "foo", true, true},
		{"(?<!a)b", "", "ab", false, true},
		{"(?>a+)b", "", "aab", true, true},
		{`\d+\w`, "", "٣a", false, false},
		{`(?=a)\d`, "", "٣", false, true},
		{"d.but", "", "début", true, false},
		{"", "", "", true, false},
	} {
		re, err := PerlRegexp(c.re, c.options)
		if err != nil {
			t.Errorf("%q: %v", c.re, err)
			continue
		}
		if got, ok := re.match(c.in); got != c.want || !ok || (re.re2 == nil) != c.slow {
			t.Errorf("%q %s in %q: %v %v, RE2 %v; as RE2 %q", c.re, c.options, c.in, got, ok, re.re2 != nil, re)
		}
		again, err := PerlRegexp(re.Perl(), "")
		if err != nil || again.String() != re.String() {
			t.Errorf("%q is printed as %q, which reads as %v: %v", c.re, re.Perl(), again, err)
		}
		if same, err := CompileRegexp(re.String()); err != nil || (same.re2 == nil) != c.slow {
			t.Errorf("%q: %q is compiled another way: %v", c.re, re, err)
		}
	}
	for _, bad := range []string{"(", "[a", "a**", "(?<n", `\1`, `\h`, `a\R`, `(?=a)\K`, "a++", strings.Repeat("a", maxRegexp+1)} {
		if _, err := PerlRegexp(bad, ""); err == nil {
			t.Errorf("%.20q is accepted", bad)
		}
	}
}

// TestNeeded: a text without what every match has is refused without trying, one with it is tried.
func TestNeeded(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	piece := []string{"/srv/", "x", "[a-c]*", "(19|20)", ".*", `\.xlsx`, "(ab)+", "(ab)?", "é", "^", "$", "(?i:Ab)", "b{2,3}", "\xff"}
	text := []string{"/srv/", "x", "a", "b", "19", "20", ".xlsx", "ab", "é", "bbb", "AB", "\xff", "\ufffd"}
	tried, refused, matched := 0, 0, 0
	for range 20_000 {
		var expr, in string
		for range 1 + rng.IntN(5) {
			expr += piece[rng.IntN(len(piece))]
		}
		for range rng.IntN(8) {
			in += text[rng.IntN(len(text))]
		}
		re, err := CompileRegexp(expr)
		if err != nil || re.re2 == nil {
			continue
		}
		got, _ := re.match(in)
		if want := re.re2.MatchString(in); got != want {
			t.Fatalf("%q in %q: %v, want %v; it needs %q", expr, in, got, want, re.needed)
		}
		switch {
		case got:
			matched++
		case slices.ContainsFunc(re.needed, func(s string) bool { return !strings.Contains(in, s) }):
			refused++
		default:
			tried++
		}
	}
	if tried < 100 || refused < 100 || matched < 100 {
		t.Errorf("%d were tried in vain, %d refused, %d matched: they say little", tried, refused, matched)
	}
}

// TestSteps: what repetitions make of a short expression is bounded before it is made.
func TestSteps(t *testing.T) {
	for re, ok := range map[string]bool{
		strings.Repeat("a{1000}", maxSteps/1000-1):   true,
		strings.Repeat("a{1000}", maxSteps/1000+1):   false,
		"(?:(?:ab){3,10}c?){1,90}":                   true,
		"^" + strings.Repeat("[a-z]{0,1000}x", 1000): false,
		strings.Repeat("word|", 3000):                true,
	} {
		_, err := CompileRegexp(re)
		if (err == nil) != ok {
			t.Errorf("%.30q of %d bytes: %v", re, len(re), err)
		}
		if !ok && !strings.Contains(err.Error(), "steps") {
			t.Errorf("%.30q: %v", re, err)
		}
	}
}

// TestCatastrophe: an expression that would run for ever ends, and what it is not decided of is kept under any number of
// nots; after a few such texts it costs nothing.
func TestCatastrophe(t *testing.T) {
	evil := strings.Repeat("a", 40) + "!"
	r := counterfoil.Record{Event: counterfoil.Event{User: evil, EventData: counterfoil.JSON(`{"u":["` + evil + `","b"]}`)}}
	for _, text := range []string{`^(a+)+\1$`, `^(?=(a|aa)+$)a`, `^(([a-z])+.)+[A-Z]([a-z])+\2$`} {
		re, err := CompileRegexp(text)
		if err != nil || re.re2 != nil {
			t.Fatal(text, err)
		}
		start := time.Now()
		column := Match{Field: Field{Column: ColUser}, Re: re}
		data := Reach{Field: Field{Column: ColEventData, Path: []string{"u"}}, Test: Matches{re}}
		element := Reach{Field: data.Field, Test: Element{X: Not{Reach{Test: Matches{re}}}}}
		for range 10 {
			for _, x := range []Expr{column, Not{column}, Not{Not{column}}, data, Not{data}, And{[]Expr{Not{Or{[]Expr{column, data}}}}}, Not{element},
				Reach{Field: data.Field, Straight: true, Test: Element{X: Reach{Test: Fails{Test: Matches{re}}}}}} {
				if !Eval(x, &r) {
					t.Errorf("%s: %#v is false of what it was not decided of", text, x)
				}
			}
		}
		if d := time.Since(start); d > 20*time.Second || re.Undecided() < giveUp {
			t.Errorf("%s took %v for %d undecided texts", text, d, re.Undecided())
		}
		start = time.Now()
		for range 1_000_000 {
			Eval(column, &r)
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%s: given up it takes %v for a million events", text, d)
		}
	}
	re, err := CompileRegexp(`(a*)*b`) // RE2 needs no limit
	if m, ok := re.match(strings.Repeat("a", 100_000)); err != nil || m || !ok {
		t.Error(m, ok, err)
	}
}

// TestCheapest keeps the meaning and puts columns first.
func TestCheapest(t *testing.T) {
	column, data := Exists{Field{Column: ColUser}}, Exists{Field{Column: ColEventData, Path: []string{"a"}}}
	x := Cheapest(And{[]Expr{Words{Text: "x"}, Not{Or{[]Expr{data, column}}}, data}})
	want := And{[]Expr{data, Not{Or{[]Expr{column, data}}}, Words{Text: "x"}}}
	if !Equal(x, want) {
		t.Errorf("%#v", x)
	}
}

// FuzzRegexp: what is taken is printed as what reads the same, is run by the same engine, and ends on any text; what is
// refused says why.
func FuzzRegexp(f *testing.F) {
	for _, s := range []string{"^a$", "(a$|^b$)", `[$]\$\Qx$\E`, "a b # c", "(?<!a)b(?>c+)", `(o)\1$`, "(?i:x)(?m)^y$", "(a+)+\\1$", "[[:alpha:]$]$", "a{2,3}?\\x{41}"} {
		f.Add(s, "", "foo\n")
		f.Add(s, "imsx", strings.Repeat("a", 30))
	}
	f.Add("/srv/[a-z/]*20(19|2[0-3])/(a|ab)+c.*\\.xlsx", "", "/srv/x/2020/abc.xlsx")
	f.Fuzz(func(t *testing.T, text, options, in string) {
		if strings.Trim(options, "imsx") != "" {
			return // the grammars refuse others before
		}
		re, err := PerlRegexp(text, options)
		if err != nil {
			if err.Error() == "" {
				t.Errorf("%q %q is refused without a word", text, options)
			}
			return
		}
		again, err := PerlRegexp(re.Perl(), "")
		if err != nil || again.String() != re.String() {
			t.Fatalf("%q %q is printed as %q, which reads as %v, not %v: %v", text, options, re.Perl(), again, re, err)
		}
		same, err := CompileRegexp(re.String())
		if err != nil || (same.re2 == nil) != (re.re2 == nil) {
			t.Fatalf("%q %q: %q is compiled another way: %v", text, options, re, err)
		}
		got, decided := re.match(in)
		if re.re2 != nil && got != re.re2.MatchString(in) {
			t.Fatalf("%q %q in %q: %v without trying it; it needs %q", text, options, in, got, re.needed)
		}
		if twin, too := same.match(in); decided && too && got != twin {
			t.Fatalf("%q %q in %q: %v, then %v", text, options, in, got, twin)
		}
	})
}
