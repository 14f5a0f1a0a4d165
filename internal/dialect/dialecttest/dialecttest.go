// Package dialecttest is the suite that every dialect passes. A room has one call of [Run] in its tests and one of
// [Fuzz]; what the suite holds a room to is written at [Suite.Check] and at each part of Run.
//
// Goldens: testdata/NAME.in is a stream, testdata/NAME.golden.jsonl the canonical messages of its events. With -update
// the goldens are written anew; read the difference before you commit it.
package dialecttest

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

var update = flag.Bool("update", false, "write the goldens anew")

// Update reports whether goldens, and pages made from tables, are to be written anew.
func Update() bool { return *update }

// Received is when the suite says that frames were taken in.
const Received counterfoil.Time = 1795000000 * 1e9

// Suite is what Run needs to know of a room.
type Suite struct {
	Dialect *dialect.Dialect
	Options any
	Dir     string   // of the goldens; "testdata" where empty
	Inputs  []string // more streams; with Frames set, each is a stream of datagrams as Frames makes them

	// Frames cuts an input where the dialect has no Split. Type and Host of frames may be set too.
	Frames func(input []byte) []dialect.Frame
	// Canonical: the dialect writes canonical messages, so an understood event has no raw.
	Canonical bool
	// Header: the first frame says how to read the others. A decoder holds it throughout and puts it into the raw of the
	// first event it gives; a writer puts it before its first record.
	Header bool
	// Parts: a frame may hold several events. Their raws, one behind the other, are the frame; nothing is held.
	Parts bool
	// Undo takes from a decoded event what the dialect adds to it because it was a record; nil: nothing.
	Undo func(r *counterfoil.Record, e *counterfoil.Event)
	// Written says what a stranger who knows the form finds wrong with an event as it is written; nil: it is not asked.
	Written func(e *counterfoil.Event, out []byte) error
}

// Run runs the whole suite.
func Run(t *testing.T, s Suite) {
	inputs := s.goldens(t)
	for i, in := range s.Inputs {
		inputs[fmt.Sprintf("input-%d", i)] = []byte(in)
	}
	if len(inputs) == 0 {
		t.Fatal("no input: want testdata/*.in or Suite.Inputs")
	}
	for _, name := range sortedKeys(inputs) {
		in := inputs[name]
		t.Run(name, func(t *testing.T) {
			events, err := s.Check(in)
			if err != nil {
				t.Fatal(err)
			}
			s.checkChunks(t, in)
			s.checkReplay(t, in, events)
			s.checkHeldFrames(t, in)
			s.checkReuse(t, in, events)
			s.checkDamage(t, in)
			s.checkEncoder(t, events)
		})
	}
}

// Fuzz adds the goldens' inputs and Suite.Inputs as seeds and fuzzes [Suite.Check].
func Fuzz(f *testing.F, s Suite) {
	files, err := filepath.Glob(filepath.Join(s.dir(), "*.in"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		in, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(in[:min(len(in), 4<<10)])
	}
	for _, in := range s.Inputs {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		events, err := s.Check(in)
		if err != nil {
			t.Fatal(err)
		}
		s.checkEncoder(t, events)
	})
}

func (s *Suite) dir() string {
	if s.Dir == "" {
		return "testdata"
	}
	return s.Dir
}

// goldens reads testdata/*.in and compares, or writes, what they decode to.
func (s *Suite) goldens(t *testing.T) map[string][]byte {
	files, err := filepath.Glob(filepath.Join(s.dir(), "*.in"))
	if err != nil {
		t.Fatal(err)
	}
	inputs := map[string][]byte{}
	for _, name := range files {
		in, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		base := strings.TrimSuffix(filepath.Base(name), ".in")
		inputs[base] = in
		var got []byte
		for _, e := range s.Decode(in) {
			got = append(counterfoil.AppendEvent(got, &e), '\n')
		}
		golden := strings.TrimSuffix(name, ".in") + ".golden.jsonl"
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatalf("%v: run the test with -update to write it", err)
		}
		compareLines(t, golden, string(got), string(want))
	}
	return inputs
}

func compareLines(t *testing.T, name, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "(nothing)", "(nothing)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Errorf("%s:%d\n got %s\nwant %s", name, i+1, a, b)
			return
		}
	}
}

// Cut gives the frames of an input, by the dialect's Split or by Suite.Frames.
func (s *Suite) Cut(in []byte) []dialect.Frame {
	if s.Frames != nil {
		return s.Frames(in)
	}
	frames, err := split(s.Dialect.Split, bufio.NewReaderSize(bytes.NewReader(in), max(16, len(in)+1)), len(in))
	if err != nil {
		panic(fmt.Sprintf("dialecttest: Split of %s: %v", s.Dialect.Name, err))
	}
	return frames
}

// Decode gives the events of an input, everything flushed.
func (s *Suite) Decode(in []byte) []counterfoil.Event {
	d := s.decoder()
	var events []counterfoil.Event
	for _, f := range s.Cut(in) {
		events, _ = d.Decode(events, f) // its error is the event UNPARSED, which Check looks at
	}
	return d.Flush(events, time.Time{})
}

func (s *Suite) decoder() dialect.Decoder {
	d, err := s.Dialect.Decode(s.Options)
	if err != nil {
		panic(fmt.Sprintf("dialecttest: Decode of %s: %v", s.Dialect.Name, err))
	}
	return d
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
