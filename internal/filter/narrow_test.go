package filter_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
)

// TestNarrow says what MayMatch can rule out, and what it must not, for an object's name.
func TestNarrow(t *testing.T) {
	name := filter.Field{Column: filter.ColObjectName}
	match := func(re string) filter.Expr {
		x, err := filter.CompileRegexp(re)
		if err != nil {
			t.Fatal(err)
		}
		return filter.Match{Field: name, Re: x}
	}
	path := filter.Field{Column: filter.ColEventData, Path: []string{"file", "path"}}
	for _, c := range []struct {
		x    filter.Expr
		name string
		may  bool
	}{
		{match(`(?i)_s_`), "_ſ_", true},
		{match(`(?i)/pay/`), "/PAY/", true},
		{match(`(?i)/pay/`), "/hr/", false},
		{match(`[a-z]pay\.x`), "xpay.x", true},
		{match(`^/hr/pay`), "/hr/payday", true},
		{match(`^/hr/pay`), "/hq/payday", false},
		{match(`^hr/pay`), "hq/payday", false},
		{match(`hr/pay`), "xhr/payday", true},
		{match(`(/hr/)+x`), "/hq/x", false},
		{match(`(/hr/)*x`), "/hq/x", true},
		{match(`/hr/|/hq/`), "/hq/", true},
		{match(`\.docx$`), "a.docx", true},
		{filter.Contains{Field: name, Text: "/pay/"}, "/hr/", false},
		{filter.Contains{Field: name, Text: "pay"}, "xpayx", true},
		{filter.Contains{Field: name, Text: "/PAY/", Fold: true}, "/pay/", true},
		{filter.Prefix{Field: name, Text: "/hr/p"}, "/hq/p", false},
		{filter.Prefix{Field: name, Text: "/hr"}, "/hrx", true},
		{filter.Words{Text: "hr pay"}, "hr", false},
		{filter.Words{Text: "hr pay", Prefix: true}, "hr", true},
		{filter.Words{Text: "hr pay", Prefix: true}, "payday", false},
		{filter.Words{Text: "hr payd", Prefix: true}, "hr/payday", true},
		{filter.Words{Text: "hr paid", Prefix: true}, "hr/payday", false},
		{filter.Words{Text: "paid/", Prefix: true}, "hr/payday", false},
		{filter.Contains{Field: name, Text: "epor"}, "report", true},
		{filter.Contains{Field: name, Text: "epot"}, "report", false},
		{filter.Contains{Field: name, Text: "ePOR", Fold: true}, "rEport", true},
		{filter.Contains{Field: name, Text: "port/fin"}, "/report/final", true},
		{filter.Contains{Field: name, Text: "port/finish"}, "/report/final", false},
		{filter.Contains{Field: name, Text: "жение"}, "/Положение", true},
		{filter.Contains{Field: name, Text: "жения"}, "/Положение", false},
		{match(`repo[a-z]+2024`), "report2023", false},
		{match(`repo[a-z]+2024`), "report2024", true},
		{match(`(?i)REPO[a-z]`), "report", true},
		{match(`(?i)REPU[a-z]`), "report", false},
		{filter.Reach{Field: name, Test: filter.Has{Value: `"epor"`}}, "report", true},
		{filter.Reach{Field: name, Test: filter.Has{Value: `"epot"`}}, "report", false},
		{filter.Exists{Field: path}, "x", false},
		{filter.Not{X: filter.Exists{Field: path}}, "x", true},
		{filter.Compare{Field: path, Op: filter.Gt, Value: filter.Value{Kind: filter.NumberValue}}, "x", false},
		{filter.Or{}, "x", false},
		{filter.And{X: []filter.Expr{filter.All{}, filter.Not{X: filter.None{}}}}, "x", true},
		{filter.Not{X: filter.Compare{Field: filter.Field{Column: filter.ColSeq}, Op: filter.Ge, Value: filter.Value{Kind: filter.NumberValue}}}, "x", false},
		{filter.In{Field: name, Values: []filter.Value{{Kind: filter.StringValue, Str: "a"}, {Kind: filter.StringValue, Str: "b"}}}, "c", false},
	} {
		r := counterfoil.Record{Event: counterfoil.Event{Time: 1, Service: "A", Name: "B", Object: counterfoil.Object{Name: c.name}}}
		if got := filter.MayMatch(c.x, filtertest.Block(&r)); got != c.may {
			t.Errorf("%#v on %q: %v, want %v", c.x, c.name, got, c.may)
		}
		if filter.Eval(c.x, &r) && !c.may {
			t.Errorf("%#v is true of %q", c.x, c.name)
		}
	}
	data := filter.Field{Column: filter.ColEventData}
	for _, c := range []struct {
		text, data string
		may        bool
	}{
		{"nfinal", `{"a":"x\nfinal"}`, true}, // the letter of an escape belongs to no token
		{"fina", `{"a":"x\nfinal"}`, true},
		{"001ffinal", `{"a":"\u001ffinal"}`, true},
		{"ff9876", `{"a":"\udcff9876"}`, true},
		{"ff9876", `{"a":"fe9876"}`, true}, // it might be behind \udc
		{"ff9876", `{"a":"ff9875"}`, false},
		{"final", `{"a":"finish"}`, false},
	} {
		r := counterfoil.Record{Event: counterfoil.Event{Time: 1, Service: "A", Name: "B", EventData: counterfoil.JSON(c.data)}}
		x := filter.Contains{Field: data, Text: c.text}
		if got := filter.MayMatch(x, filtertest.Block(&r)); got != c.may || filter.Eval(x, &r) && !got {
			t.Errorf("%q in %s: %v, want %v", c.text, c.data, got, c.may)
		}
	}
	if !filter.Require(filter.Not{X: match("a")}).Nothing() || filter.Require(filter.Words{Text: "a"}).Nothing() {
		t.Error("Nothing does not tell what requires nothing")
	}
}

// TestWhole says which filters ask for a key and nothing else.
func TestWhole(t *testing.T) {
	user, text := filter.Field{Column: filter.ColUser}, func(s string) filter.Value { return filter.Value{Kind: filter.StringValue, Str: s} }
	for _, c := range []struct {
		x     filter.Expr
		whole bool
	}{
		{filter.Words{Text: "pay"}, true},
		{filter.Words{Text: "pay", Prefix: true}, false},
		{filter.Words{Text: "pay day"}, false},
		{filter.Words{Text: "pay pay"}, false},
		{filter.Words{Text: "."}, false},
		{filter.Compare{Field: user, Value: text("anna-1")}, true},
		{filter.Compare{Field: filter.Field{Column: filter.ColAID}, Value: text("a")}, true},
		{filter.Compare{Field: user, Value: text("")}, false},
		{filter.Compare{Field: user, Op: filter.Gt, Value: text("anna")}, false},
		{filter.Compare{Field: filter.Field{Column: filter.ColRaw}, Value: text("anna")}, false},
		{filter.Compare{Field: filter.Field{Column: filter.ColEventData, Path: []string{"a"}}, Value: text("anna")}, false},
		{filter.Compare{Field: filter.Field{Column: filter.ColPID}, Value: text("5")}, false}, // no number is a text, and some records have it
		{filter.Compare{Field: filter.Field{Column: filter.ColSuccess}, Value: text("true")}, false},
		{filter.Contains{Field: user, Text: "anna"}, false},
		{filter.And{X: []filter.Expr{filter.Words{Text: "pay"}, filter.Compare{Field: user, Value: text("anna")}}}, false},
	} {
		if got := filter.Require(c.x).Whole; got != c.whole {
			t.Errorf("%#v: %v", c.x, got)
		}
	}
}

// What has the token of a word, in whatever case, matches it.
func TestWholeWords(t *testing.T) {
	for c := rune(0); c < 0x20000; c++ {
		if !unicode.IsLetter(c) {
			continue
		}
		word := "a" + string(c) + "b"
		x := filter.Words{Text: word}
		must := filter.Require(x)
		for _, r := range []counterfoil.Record{{Event: counterfoil.Event{User: word}}, {Event: counterfoil.Event{User: strings.ToLower(word)}},
			{Event: counterfoil.Event{User: strings.ToUpper(word)}}, {Event: counterfoil.Event{User: strings.Map(unicode.SimpleFold, word)}}} {
			if must.Whole && filtertest.Block(&r).With(0, must.Keys[0]) != 0 && !filter.Eval(x, &r) {
				t.Fatalf("%q has the token of %q and does not match", r.User, word)
			}
		}
	}
}

// counted is a store that has everything, and counts what it is asked.
type counted struct {
	filter.Blocks
	asked [filter.KeyGram + 1]int
}

func (c *counted) With(_ int, k filter.Key) uint64 { c.asked[k.Kind]++; return 1 }

// However long a piece is, few grams of it are asked for, and of a short one all.
func TestGramsOfLongPieces(t *testing.T) {
	var long strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&long, "a%06x", i*7919)
	}
	for _, c := range []struct {
		text        string
		least, most int
	}{{"abcdefghij", 7, 7}, {"abc", 0, 0}, {"abcdabcdabcd", 4, 4}, {long.String(), 25, 32}, {"/" + long.String()[:33], 28, 32}, {"/" + long.String()[:40], 18, 20}} {
		var b counted
		x := filter.Contains{Field: filter.Field{Column: filter.ColObjectName}, Text: c.text}
		must := filter.Require(x)
		if must.In(&b, 1) != 1 {
			t.Errorf("%.20s: a block that has everything is left out", c.text)
		}
		grams := b.asked[filter.KeyGram]
		if grams < c.least || grams > c.most || grams != len(must.Keys) || b.asked[filter.KeyToken] > 0 {
			t.Errorf("%.20s, %d bytes: %d grams and %d tokens are asked for, of %d keys, want %d to %d grams", c.text, len(c.text), grams, b.asked[filter.KeyToken], len(must.Keys), c.least, c.most)
		}
	}
}
