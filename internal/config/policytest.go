package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// PolicyTests are sample events and what a policy is expected to decide on them.
type PolicyTests struct {
	Policy string       `yaml:"policy"` // file of the policy, from the directory of this one
	Tests  []PolicyTest `yaml:"tests"`
}

// PolicyTest is one of them.
type PolicyTest struct {
	Name   string         `yaml:"name"`
	Via    string         `yaml:"via"`    // the input that the event comes by
	Groups []string       `yaml:"groups"` // of the event's user, by this machine's database
	Event  map[string]any `yaml:"event"`  // a message; time, addr and user may be absent
	Expect string         `yaml:"expect"` // keep, refuse, stream
	Rule   string         `yaml:"rule"`   // name of the deciding rule; "": whichever

	Sample counterfoil.Event `yaml:"-"`
	Place  preselect.Place   `yaml:"-"`
}

// Decisions are the words for what becomes of an event.
var Decisions = []string{"keep", "refuse", "stream"}

// DecisionWord gives the word for a decision.
func DecisionWord(d preselect.Decision) string {
	switch {
	case !d.Keep:
		return "refuse"
	case !d.Persist:
		return "stream"
	}
	return "keep"
}

// LoadPolicyTests reads a file of tests.
func LoadPolicyTests(name string) (*PolicyTests, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read tests: %w", err)
	}
	s := source{name: name, text: src, what: "file of tests"}
	t := new(PolicyTests)
	if err := s.read(t); err != nil {
		return nil, err
	}
	if t.Policy != "" && !filepath.IsAbs(t.Policy) {
		t.Policy = filepath.Join(filepath.Dir(name), t.Policy)
	}
	if len(t.Tests) == 0 {
		s.atPath("$.tests", "there are no tests: want a list of events with what is expected")
	}
	for i := range t.Tests {
		s.policyTest(&t.Tests[i], fmt.Sprintf("$.tests[%d]", i))
	}
	return t, s.mistakes()
}

func (s *source) policyTest(t *PolicyTest, at string) {
	t.Place = preselect.Place{File: s.name}
	if tk := s.tokenAt(at); tk != nil {
		t.Place.Line, t.Place.Column = tk.Position.Line, tk.Position.Column
	}
	if t.Expect == "" {
		s.atPath(at, "a test needs expect: keep, refuse or stream")
	} else {
		s.oneOf(at+".expect", "expect", t.Expect, Decisions)
	}
	var err error
	if t.Sample, err = sample(t.Event); err != nil {
		var f *counterfoil.FieldError
		if errors.As(err, &f) {
			s.atPath(at+".event."+f.Field, "%v", err)
			return
		}
		s.atPath(at+".event", "%v", err)
	}
	act.Disclaim(&t.Sample) // as where it comes in
}

// sample makes an event of the keys of a message. What a test need not say is filled in.
func sample(keys map[string]any) (counterfoil.Event, error) {
	message := map[string]any{"time": "2026-01-01T00:00:00Z", "addr": "", "user": ""}
	for k, v := range keys {
		message[k] = v
	}
	text, err := json.Marshal(message)
	if err != nil {
		return counterfoil.Event{}, fmt.Errorf("an event is written with the keys of a message: %w", err)
	}
	e, err := jsonl.Parse(string(text))
	if err == nil {
		err = e.Check()
	}
	return e, err
}
