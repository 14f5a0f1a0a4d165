package gelf

import (
	"bytes"
	"os"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{
		"{\"host\":\"a\",\"short_message\":\"x\"}\x00{\"host\":\"b\",\"short_message\":\"y\"}\x00\n{\"host\":1}\n{}\n[]\x00{\n",
		`{"_counterfoil":"gelf/1","_time":"soon","host":"a"}` + "\n" + `{"_counterfoil":1,"_time":"2026-01-01T00:00:00Z","_svc":"A","_event":"B","host":"-","_host_exact":"\"-\"","_user_exact":"x"}`,
		`{"host":"a","timestamp":-1.5,"_process_id":-1}` + "\n" + `{"host":"a","timestamp":1e9,"_process_id":1e300}` + "\n" + `{"host":"a","timestamp":"9999999999999.9"}` + "\n" + `{"host":"a","timestamp":9216806400}` + "\n" + `{"host":"a","timestamp":-9223372035}`, // beyond what a time is
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, suite) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

// TestNul: the other framing keeps the same promises.
func TestNul(t *testing.T) {
	nul := suite
	nul.Options, nul.Dir = &Options{Framing: "nul"}, "testdata/none"
	dialecttest.RunEncoder(t, nul)
	var b bytes.Buffer
	enc, err := Dialect.Encode(&b, nul.Options)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := enc.Encode(&counterfoil.Record{Event: counterfoil.Event{Major: 1, Time: 1, Service: "A", Name: "B"}}); err != nil {
			t.Fatal(err)
		}
	}
	if n := bytes.Count(b.Bytes(), []byte("}\x00")); n != 2 || bytes.Contains(b.Bytes(), []byte("\n")) {
		t.Errorf("two messages become %q", b.Bytes())
	}
	if _, err := Dialect.Encode(&b, &Options{Framing: "chunks"}); err == nil {
		t.Error("a framing that is none is taken")
	}
}

func TestSeconds(t *testing.T) {
	for in, want := range map[string]counterfoil.Time{
		"1": 1e9, "1385053862.3072": 1385053862307200000, "1.0000000019": 1000000001, "-1.5": -1500000000, "-0.5": -500000000,
		"0": 0, "": 0, "1e9": 0, "1.x": 0, "9999999999999": 0,
	} {
		if got, ok := parseSeconds(in); got != want && ok || ok != (want != 0) {
			t.Errorf("parseSeconds(%q) = %d, %v, want %d", in, got, ok, want)
		}
	}
	if got := seconds(-1_500_000_000); got != "-1.500" {
		t.Errorf("seconds before 1970: %s", got)
	}
}

// BenchmarkDecode reads messages of others and of ours.
func BenchmarkDecode(b *testing.B) {
	var in []byte
	for _, name := range []string{"testdata/others.in", "testdata/own.in"} {
		text, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		in = append(in, text...)
	}
	dialecttest.Benchmark(b, suite, in)
}
