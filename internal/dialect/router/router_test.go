package router

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/counterfoil/counterfoil"

	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{ // times beyond what a time is
		"[9216806400.000000]\t    [NEW] tcp      6 120 SYN_SENT src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 [UNREPLIED] src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1\n",
		`{"name":"t128_events","tags":{},"fields":{},"timestamp":9216806400}` + "\n",
	},
}

// flat writes the other form.
var flat = func() dialecttest.Suite {
	o := defaults()
	o.Form = formJSON
	return dialecttest.Suite{Dialect: Dialect, Options: &o, Dir: "testdata/flat"}
}()

func TestRouter(t *testing.T) { dialecttest.Run(t, suite) }

func TestEncoder(t *testing.T) {
	dialecttest.RunEncoder(t, suite)
	dialecttest.RunEncoder(t, flat)
}

// TestFlat writes what the goldens hold in the flat form and reads it back.
func TestFlat(t *testing.T) {
	for _, e := range goldens(t) {
		if err := flat.Boomerang(&e); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzRouter(f *testing.F)  { dialecttest.Fuzz(f, suite) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, suite) }
func FuzzFlat(f *testing.F)    { dialecttest.FuzzEncoder(f, flat) }

// goldens reads the events of every input.
func goldens(t *testing.T) (events []counterfoil.Event) {
	files, err := filepath.Glob("testdata/*.in")
	if err != nil || len(files) == 0 {
		t.Fatalf("no input: %v", err)
	}
	for _, name := range files {
		in, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, suite.Decode(in)...)
	}
	return events
}
