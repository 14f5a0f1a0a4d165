package filtertest

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// The words that random records and filters are made of are few, so that they meet often, and nasty.
var words = []string{"anna", "Anna", "bob", "pay", "PAY", "pay.xlsx", "/hr/pay.xlsx", "hr", "x", "", "10.0.0.7", "10", "5", "5.0", "5e0",
	"9007199254740993", "1.5", "true", "null", "straße", "STRASSE", "é", "e\u0301", "É", "K", "\u212a", "ſ", "s", "a\nb", `a\nb`, `"q"`, "\xff", "a\xffb",
	"\xc3", "\xa9", "\u001fz", "a b c", "A-B_C", "東京", "2026-11-22T12:00:00Z", "UNLINK", "SMB", "UNPARSED", "_", "*", "'", "a.b", "UID:0", "_ſ_", "xpay.x"}

var keys = []string{"a", "b", "path", "a.b", "é", "", "pay", "x\n", `"`}

var names = []string{"UNLINK", "CONNECT", "UNPARSED", "A.B", "X_1"}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

// RandomRecord makes a record. Any part of it may be missing.
func RandomRecord(rng *rand.Rand, seq uint64) counterfoil.Record {
	text := func() string {
		switch rng.IntN(4) {
		case 0:
			return ""
		case 1:
			return pick(rng, words) + pick(rng, words)
		}
		return pick(rng, words)
	}
	r := counterfoil.Record{Seq: seq, Received: randomTime(rng), Via: text(), Event: counterfoil.Event{AID: counterfoil.AID{byte(rng.IntN(3)) + 1},
		Major: 1, Minor: rng.IntN(2), Time: randomTime(rng), Dialect: text(), Host: text(), Service: pick(rng, names), Name: pick(rng, names),
		Class: counterfoil.Class(rng.Uint32()) & counterfoil.AllClasses & 7, Category: counterfoil.Category(rng.IntN(8)),
		Outcome: counterfoil.Outcome(rng.IntN(3)), Addr: text(), User: text(), Session: text(),
		Subject: counterfoil.Subject{LoginID: text(), ID: text(), Name: text(), Group: text(), Terminal: text(), PID: int64(rng.IntN(12)), Process: text()},
		Object:  counterfoil.Object{Kind: text(), Name: text(), ID: text(), To: text()},
		SvcData: randomData(rng), EventData: randomData(rng), Raw: text()}}
	if rng.IntN(2) == 0 {
		r.Action = pick(rng, counterfoil.Actions())
	}
	return r
}

func randomTime(rng *rand.Rand) counterfoil.Time {
	return counterfoil.Time(1795348800e9 + int64(rng.IntN(9)-4)*1e9)
}

func randomData(rng *rand.Rand) counterfoil.JSON {
	switch rng.IntN(6) {
	case 0:
		return ""
	case 1:
		return counterfoil.String(pick(rng, words))
	}
	var b counterfoil.Builder
	randomObject(&b, rng, "", 0)
	return b.JSON()
}

func randomObject(b *counterfoil.Builder, rng *rand.Rand, key string, depth int) {
	b.Object(key)
	for range rng.IntN(4) {
		randomValue(b, rng, pick(rng, keys), depth+1)
	}
	b.End()
}

func randomValue(b *counterfoil.Builder, rng *rand.Rand, key string, depth int) {
	switch n := rng.IntN(10); {
	case n == 0 && depth < 4:
		randomObject(b, rng, key, depth)
	case n <= 2 && depth < 4:
		b.Array(key)
		for range rng.IntN(3) {
			randomValue(b, rng, "", depth+1)
		}
		b.End()
	case n == 3:
		b.Int(key, int64(rng.IntN(12)))
	case n == 4:
		b.Bool(key, rng.IntN(2) == 0)
	case n == 5:
		b.Null(key)
	case n == 6:
		v, err := counterfoil.Canonical(pick(rng, []string{"1.5", "-2", "5.0", "1e21", "0.1", "9007199254740993", "1e-7"}))
		if err != nil {
			panic(err)
		}
		b.Value(key, v)
	default:
		b.String(key, pick(rng, words)+pick(rng, append(words, "", "", "", "")))
	}
}

// RandomField makes a field, often one in the data.
func RandomField(rng *rand.Rand) filter.Field {
	f := filter.Field{Column: filter.Column(rng.IntN(int(filter.NumColumns)))}
	if rng.IntN(2) == 0 {
		f.Column = pick(rng, []filter.Column{filter.ColEventData, filter.ColSvcData})
		for range 1 + rng.IntN(2) {
			f.Path = append(f.Path, pick(rng, keys))
		}
	}
	return f
}

// RandomValue makes a literal of any kind.
func RandomValue(rng *rand.Rand) filter.Value {
	switch rng.IntN(7) {
	case 0:
		return filter.Value{Kind: filter.NumberValue, Num: float64(rng.IntN(12))}
	case 1:
		return filter.Value{Kind: filter.BoolValue, Bool: rng.IntN(2) == 0}
	case 2:
		return filter.Value{Kind: filter.TimeValue, Time: randomTime(rng)}
	case 3:
		if rng.IntN(3) > 0 {
			return pick(rng, []filter.Value{{Kind: filter.NumberValue, Num: 1 << 53, Str: "9007199254740993"}, {Kind: filter.NumberValue, Num: 1.5},
				{Kind: filter.NumberValue, Num: 0.1}, {Kind: filter.NumberValue, Num: -2}, {Kind: filter.NumberValue, Num: 1e21, Str: "1e21"}})
		}
		return filter.Value{}
	case 4:
		return filter.Value{Kind: filter.StringValue, Str: pick(rng, names)}
	}
	return filter.Value{Kind: filter.StringValue, Str: pick(rng, words)}
}

var patterns = []string{"^UNLINK", "pay", "^/hr/pay", "(?i)PAY\\.xlsx", "(?i)straße", "(?i)k", "a.b", "^$", "pay|anna", "(an)+na", `\bhr\b`, "x{2,3}",
	"[a-z]+", "^(/hr)/pay\\.", "a\\\\nb", "hr.pay", "/hr/ |x", "(?i) s b", "(?m)^b", "5", "true", "q\"", "(?i)_s_", "[a-z]pay\\.x"}

// RandomExpr makes a filter of every kind of node.
func RandomExpr(rng *rand.Rand, depth int) filter.Expr {
	n := rng.IntN(20)
	if depth <= 0 {
		n = 6 + rng.IntN(14)
	}
	f := RandomField(rng)
	switch n {
	case 0, 1, 2, 3:
		xs := make([]filter.Expr, rng.IntN(4))
		for i := range xs {
			xs[i] = RandomExpr(rng, depth-1)
		}
		if n%2 == 0 {
			return filter.And{X: xs}
		}
		return filter.Or{X: xs}
	case 4, 5:
		return filter.Not{X: RandomExpr(rng, depth-1)}
	case 6:
		if rng.IntN(3) > 0 {
			return randomReach(rng, f)
		}
		return pick(rng, []filter.Expr{filter.All{}, filter.None{}, nil})
	case 7, 8:
		vs := make([]filter.Value, rng.IntN(3))
		for i := range vs {
			vs[i] = RandomValue(rng)
		}
		return filter.In{Field: f, Values: vs}
	case 9, 10:
		return filter.Contains{Field: f, Text: pick(rng, words) + pick(rng, words), Fold: rng.IntN(2) == 0}
	case 11:
		return filter.Prefix{Field: f, Text: pick(rng, words)}
	case 12, 13:
		return filter.Match{Field: f, Re: must(pick(rng, patterns))}
	case 14:
		return filter.Exists{Field: f}
	case 15, 16:
		return filter.Words{Text: pick(rng, words) + pick(rng, []string{"", " ", "."}) + pick(rng, words), Prefix: rng.IntN(2) == 0}
	}
	return filter.Compare{Field: f, Op: filter.Op(rng.IntN(5)), Value: RandomValue(rng)}
}

// RandomAbout makes a condition that is true of r, or nearly so: random filters seldom are.
func RandomAbout(rng *rand.Rand, r *counterfoil.Record) filter.Expr {
	switch rng.IntN(8) {
	case 0:
		return filter.Compare{Field: filter.Field{Column: filter.ColUser}, Value: str(r.User)}
	case 1:
		return filter.Prefix{Field: filter.Field{Column: filter.ColObjectName}, Text: piece(rng, r.Object.Name, true)}
	case 2:
		return filter.Contains{Field: filter.Field{Column: filter.ColEventData}, Text: piece(rng, string(r.EventData), false), Fold: rng.IntN(2) == 0}
	case 3:
		return filter.Words{Text: piece(rng, r.Via+" "+r.Object.To, false), Prefix: true}
	case 4:
		for key, v := range r.EventData.Members() {
			f := filter.Field{Column: filter.ColEventData, Path: []string{key}}
			switch v.Kind() {
			case '"':
				return pick(rng, []filter.Expr{filter.Compare{Field: f, Value: str(v.Text())}, filter.Match{Field: f, Re: must(regexp.QuoteMeta(strings.ToValidUTF8(piece(rng, v.Text(), false), ".")))},
					filter.Contains{Field: f, Text: piece(rng, v.Text(), false)}, filter.Prefix{Field: f, Text: piece(rng, v.Text(), true)}})
			case '0':
				if rng.IntN(2) == 0 {
					return filter.Match{Field: f, Re: must(regexp.QuoteMeta(piece(rng, string(v), false)))}
				}
				n, _ := strconv.ParseFloat(string(v), 64)
				return filter.Compare{Field: f, Value: filter.Value{Kind: filter.NumberValue, Num: n}}
			}
			return filter.Exists{Field: f}
		}
	case 5:
		return filter.Compare{Field: filter.Field{Column: filter.ColTime}, Op: filter.Op(rng.IntN(5)), Value: filter.Value{Kind: filter.TimeValue, Time: r.Time}}
	case 6:
		return filter.Compare{Field: filter.Field{Column: filter.ColSeq}, Op: filter.Op(rng.IntN(5)), Value: filter.Value{Kind: filter.NumberValue, Num: float64(r.Seq)}}
	}
	return filter.Words{Text: piece(rng, string(r.EventData), false), Prefix: rng.IntN(2) == 0}
}

func str(s string) filter.Value { return filter.Value{Kind: filter.StringValue, Str: s} }

// piece cuts a piece out of s, between any two bytes.
func piece(rng *rand.Rand, s string, fromStart bool) string {
	from, to := 0, rng.IntN(len(s)+1)
	if !fromStart {
		from = rng.IntN(to + 1)
	}
	return s[from:to]
}

func must(re string) *filter.Regexp {
	x, err := filter.CompileRegexp(re)
	if err != nil {
		panic(err)
	}
	return x
}

// randomReach makes a condition of MongoDB's or TrueNAS's.
func randomReach(rng *rand.Rand, f filter.Field) filter.Expr {
	f.Path = slices.Clone(f.Path)
	if rng.IntN(3) == 0 {
		f.Path = append(f.Path, pick(rng, []string{"0", "1", "*", "a"}))
	}
	return filter.Reach{Field: f, Straight: rng.IntN(3) == 0, Test: randomTest(rng, 2)}
}

var literals = []counterfoil.JSON{`"anna"`, `"pay"`, `"x"`, `""`, `5`, `1.5`, `"9007199254740993"`, `true`, `null`, `{}`, `[]`, `{"a":5}`, `["x",5]`,
	`{"$date":"2026-11-22T12:00:00.000Z"}`, `{"$minKey":1}`, `{"$numberDecimal":"5.0"}`, `{"$numberDouble":"NaN"}`}

func randomTest(rng *rand.Rand, depth int) filter.Test {
	switch rng.IntN(10) {
	case 0:
		return filter.Among{Values: []counterfoil.JSON{pick(rng, literals), pick(rng, literals)}}
	case 1:
		return filter.Matches{Re: must(pick(rng, patterns))}
	case 2:
		return pick(rng, []filter.Test{filter.Present{}, filter.Mod{Divisor: 3, Remainder: 2}, filter.Bits{Mask: 5, Set: true}, filter.Bits{Mask: 3, Any: true},
			filter.Size{N: 2}, filter.OfType{Types: filter.SetOf(filter.Text)}, filter.OfType{Types: filter.OfInt | filter.SetOf(filter.Array)}})
	case 3:
		return filter.Has{Value: pick(rng, literals), Fold: rng.IntN(2) == 0}
	case 4:
		return filter.Fails{Test: randomTest(rng, depth-1), Null: rng.IntN(2) == 0}
	case 5:
		if depth > 0 {
			return randomElement(rng, depth)
		}
	}
	return filter.Holds{Op: filter.Op(rng.IntN(5)), Value: pick(rng, literals)}
}

func randomElement(rng *rand.Rand, depth int) filter.Test {
	e := filter.Element{Documents: rng.IntN(2) == 0}
	var xs []filter.Expr
	for range 1 + rng.IntN(2) {
		x := filter.Reach{Test: randomTest(rng, depth-1)}
		if e.Documents {
			x.Field.Path = []string{pick(rng, keys)}
		}
		xs = append(xs, pick(rng, []filter.Expr{x, filter.Not{X: x}, x}))
	}
	e.X = pick(rng, []filter.Expr{filter.And{X: xs}, filter.Or{X: xs}})
	return e
}
