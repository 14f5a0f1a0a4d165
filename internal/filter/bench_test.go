package filter

import (
	"testing"

	"github.com/counterfoil/counterfoil"
)

func BenchmarkEval(b *testing.B) {
	r := counterfoil.Record{Seq: 5, Received: 2e18, Via: "smb-1", Event: counterfoil.Event{AID: counterfoil.AID{1}, Major: 1, Time: 2e18,
		Host: "nas1", Service: "SMB", Name: "UNLINK", Class: counterfoil.ClassFileDelete, Category: counterfoil.CategoryData,
		Action: counterfoil.FileDelete, Outcome: counterfoil.Success, Addr: "10.0.0.7", User: "annabel", Session: "6f0e2c1a93d14c8b",
		EventData: event}}
	text := func(s string) Value { return Value{Kind: StringValue, Str: s} }
	path := Field{Column: ColEventData, Path: []string{"file", "path"}}
	for _, c := range []struct {
		name string
		x    Expr
		want bool
	}{
		{"column", Compare{Field: Field{Column: ColUser}, Value: text("annabel")}, true},
		{"time", Compare{Field: Field{Column: ColTime}, Op: Ge, Value: Value{Kind: TimeValue, Time: 1e18}}, true},
		{"three columns", And{[]Expr{Compare{Field: Field{Column: ColUser}, Value: text("annabel")}, Compare{Field: Field{Column: ColEvent}, Value: text("UNLINK")},
			Compare{Field: Field{Column: ColSuccess}, Value: Value{Kind: BoolValue, Bool: true}}}}, true},
		{"class", Compare{Field: Field{Column: ColClass}, Value: text("fd")}, true},
		{"path", Compare{Field: path, Value: text("/mnt/tank/projects/2026/q3/report-final-v2.docx")}, true},
		{"path number", Compare{Field: Field{Column: ColEventData, Path: []string{"file", "size"}}, Op: Gt, Value: Value{Kind: NumberValue, Num: 1000}}, true},
		{"path contains", Contains{Field: path, Text: "final"}, true},
		{"path icontains", Contains{Field: path, Text: "FINAL", Fold: true}, true},
		{"path regexp", Match{Field: path, Re: must(`^/mnt/.*\.docx$`)}, true},
		{"data contains", Contains{Field: Field{Column: ColEventData}, Text: "nowhere"}, false},
		{"words", Words{Text: "report-final"}, true},
		{"words absent", Words{Text: "nowhere"}, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if Eval(c.x, &r) != c.want {
					b.Fatal("wrong")
				}
			}
		})
	}
}

// TestEvalAllocatesNothing for what scans run over every candidate.
func TestEvalAllocatesNothing(t *testing.T) {
	r := counterfoil.Record{Event: counterfoil.Event{User: "anna", Class: counterfoil.ClassFileDelete, Outcome: counterfoil.Success, EventData: event}}
	path := Field{Column: ColEventData, Path: []string{"file", "path"}}
	for _, x := range []Expr{
		Compare{Field: Field{Column: ColUser}, Value: Value{Kind: StringValue, Str: "anna"}},
		Compare{Field: Field{Column: ColTime}, Op: Lt, Value: Value{Kind: TimeValue, Time: 5}},
		Compare{Field: Field{Column: ColClass}, Value: Value{Kind: StringValue, Str: "fd"}},
		Compare{Field: Field{Column: ColSuccess}, Value: Value{Kind: BoolValue, Bool: true}},
		Compare{Field: Field{Column: ColSeq}, Value: Value{Kind: NumberValue}},
		Compare{Field: path, Value: Value{Kind: StringValue, Str: "/mnt/tank/projects/2026/q3/report-final-v2.docx"}},
		Compare{Field: Field{Column: ColEventData, Path: []string{"file", "size"}}, Value: Value{Kind: NumberValue, Num: 283648}},
		Contains{Field: path, Text: "final"},
		Prefix{Field: path, Text: "/mnt"},
		Match{Field: path, Re: must(`docx$`)},
		Exists{Field: path},
		In{Field: path, Values: []Value{{Kind: StringValue, Str: "x"}, {Kind: StringValue, Str: "/mnt/tank/projects/2026/q3/report-final-v2.docx"}}},
		Words{Text: "Report final"},
	} {
		found := false
		n := testing.AllocsPerRun(100, func() { found = Eval(x, &r) })
		if !found {
			t.Errorf("%#v is false", x)
		}
		if n != 0 {
			t.Errorf("%#v: %v allocations", x, n)
		}
	}
}

func must(re string) *Regexp {
	x, err := CompileRegexp(re)
	if err != nil {
		panic(err)
	}
	return x
}
