package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/control"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// Policy says which events are kept. docs/policy.md is the page for operators.
type Policy struct {
	File       string       `yaml:"file"`       // the policy stands in a file of its own, with the keys below
	FreeBSD    string       `yaml:"freebsd"`    // directory of audit_control, audit_user, audit_class, audit_event: instead of flags, naflags, users, classes, events and policy
	Categories *Categories  `yaml:"categories"` // absent: categories decide nothing
	Sets       []Set        `yaml:"sets"`
	Lists      []List       `yaml:"lists"`
	Flags      *string      `yaml:"flags"`
	NaFlags    *string      `yaml:"naflags"`
	Users      []User       `yaml:"users"`
	Classes    []AuditClass `yaml:"classes"` // none: those of OpenBSM
	Events     []AuditEvent `yaml:"events"`  // what differs from OpenBSM's audit_event
	Policy     string       `yaml:"policy"`  // FreeBSD's words, with commas
	Filters    []Filter     `yaml:"filters"`
	Observe    *Observe     `yaml:"observe"` // absent: the rules are in force

	spec     preselect.Spec
	origin   Origin
	warnings []string
}

// Origin is all that a policy was read from: what it takes to read it again when the files are not there any more.
type Origin struct {
	File  string            // name of the file, for places
	Line  int               // of it where Text begins, from 1
	Text  string            // the policy's own
	Files map[string]string // FreeBSD's, by their names; nil where none are read
}

// Digest is the SHA-256 of the texts, in hexadecimal.
func (o Origin) Digest() string {
	h := sha256.New()
	io.WriteString(h, o.Text)
	for _, name := range control.FileNames {
		if text, ok := o.Files[name]; ok {
			fmt.Fprintf(h, "\x00%s\x00%s", name, text)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Read reads the policy again.
func (o Origin) Read() (*Policy, error) {
	return parsePolicy(source{name: o.File, text: []byte(strings.Repeat("\n", max(0, o.Line-1)) + o.Text), what: "policy", files: o.Files})
}

// Categories are those of Juniper's SSR and two more.
type Categories struct {
	Administration *Switch `yaml:"administration"`
	System         *Switch `yaml:"system"`
	Traffic        *Switch `yaml:"traffic"`
	Security       *Switch `yaml:"security"`
	Data           *Switch `yaml:"data"`
	Alarm          *Switch `yaml:"alarm"`
	Provisioning   *Switch `yaml:"provisioning"`
}

// Switch says what becomes of the events of a category.
type Switch struct {
	Enabled *bool `yaml:"enabled"`
	Persist *bool `yaml:"persist"` // false: shown to who looks on, never on the disk
}

// Set is people under one name.
type Set struct {
	Name   string   `yaml:"name"`
	Users  []string `yaml:"users"`
	Groups []string `yaml:"groups"`
}

// List says whose events are kept, or are not.
type List struct {
	Name   string   `yaml:"name"`
	Inputs []string `yaml:"inputs"` // none: all
	Watch  Members  `yaml:"watch"`  // only of these
	Limit  Members  `yaml:"limit"`  // of all but these; not asked where somebody is watched
}

// Members are people. "*" is everybody.
type Members struct {
	Users  []string `yaml:"users"`
	Groups []string `yaml:"groups"`
	Sets   []string `yaml:"sets"`
}

// User is audited by (flags | always) & ~never.
type User struct {
	Name   string `yaml:"name"`
	Always string `yaml:"always"`
	Never  string `yaml:"never"`
}

// AuditClass is a line of audit_class(5).
type AuditClass struct {
	Name string `yaml:"name"`
	Mask string `yaml:"mask"`
	Text string `yaml:"text"`
}

// AuditEvent is a line of audit_event(5).
type AuditEvent struct {
	Number  int    `yaml:"number"`
	Name    string `yaml:"name"`
	Classes string `yaml:"classes"`
}

// Filter decides by what an event says.
type Filter struct {
	Name   string   `yaml:"name"`
	Inputs []string `yaml:"inputs"` // none: all
	Filter string   `yaml:"filter"`
	Then   string   `yaml:"then"` // "": only
}

// Spec is the policy as preselect compiles it.
func (p *Policy) Spec() preselect.Spec { return p.spec }

// Origin is all that the policy was read from.
func (p *Policy) Origin() Origin { return p.origin }

// Warnings are what is hardly meant so, with their places.
func (p *Policy) Warnings() []string { return p.warnings }

// LoadPolicy reads a policy: a file with the keys of one, or a configuration that has one.
func LoadPolicy(name string) (*Policy, error) {
	src, err := readSmall(name)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return parsePolicy(source{name: name, text: src, what: "policy"})
}

func parsePolicy(s source) (*Policy, error) {
	if _, err := s.parse(); err != nil {
		return nil, err
	}
	p, root, err := new(Policy), "$", error(nil)
	if s.isMapping("$.policy") {
		c := Default()
		s.what = "configuration"
		err = s.read(c)
		p, root = c.Policy, "$.policy"
	} else {
		err = s.read(p)
	}
	if err != nil {
		return nil, err
	}
	s.policy(p, root)
	return p, s.mistakes()
}

// policy makes the spec of p, whose keys stand at root, and says what is wrong with it.
func (s *source) policy(p *Policy, root string) {
	if p.File != "" {
		s.policyFile(p, root)
		return
	}
	p.origin = Origin{File: s.name, Line: 1, Text: string(s.text)}
	if key, nested := strings.CutPrefix(root, "$."); nested {
		p.origin.Line, p.origin.Text = s.lines(key)
	}
	c := checker{source: s, p: p, root: root}
	c.categories()
	c.lists()
	if p.FreeBSD != "" {
		c.freeBSD()
	} else {
		c.masks()
	}
	c.filters()
	c.observe()
}

// policyFile reads the file that a policy stands in.
func (s *source) policyFile(p *Policy, root string) {
	if only := (&Policy{File: p.File}); fmt.Sprint(*p) != fmt.Sprint(*only) {
		s.atPath(root+".file", "file stands alone: the other keys of the policy are in %s", p.File)
		return
	}
	src, err := readSmall(p.File)
	if err != nil {
		s.atPath(root+".file", "%v", err)
		return
	}
	inner := source{name: p.File, text: src, what: "policy"}
	q := new(Policy)
	if err := inner.read(q); err != nil {
		s.errs = append(s.errs, err)
		return
	}
	if q.File != "" {
		inner.atPath("$.file", "a policy that is in a file of its own names no other file")
	}
	q.File = ""
	inner.policy(q, "$")
	s.errs = append(s.errs, inner.errs...)
	q.File = p.File
	*p = *q
}

// FreeBSDFiles are the names of the files that a policy may be read from.
var FreeBSDFiles = control.FileNames

// maxFile is the longest file of a policy in bytes: its text goes into one event.
const maxFile = 2 << 20

// readSmall reads a file that is one, and no longer than a policy may be.
func readSmall(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &os.PathError{Op: "read", Path: name, Err: errors.New("it is no file")}
	case info.Size() > maxFile:
		return nil, &os.PathError{Op: "read", Path: name, Err: fmt.Errorf("it has %d bytes, at most %d are read", info.Size(), maxFile)}
	}
	return os.ReadFile(name)
}

// freeBSDFiles reads what is there of the files in a directory.
func freeBSDFiles(dir string) (map[string]string, error) {
	files := map[string]string{}
	for _, name := range control.FileNames {
		text, err := readSmall(filepath.Join(dir, name))
		if err == nil {
			files[name] = string(text)
		} else if !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds none of %s", dir, strings.Join(control.FileNames, ", "))
	}
	return files, nil
}

// LoadFreeBSD reads the files of FreeBSD's audit in a directory.
func LoadFreeBSD(dir string) (*control.Security, error) {
	files, err := freeBSDFiles(dir)
	if err != nil {
		return nil, fmt.Errorf("read the audit files of FreeBSD: %w", err)
	}
	return control.Read(files), nil
}

// bsmEvents gives the classes of BSM records by the names that their events have here. One that our tables do not know is
// called by its number.
func bsmEvents(events []control.Event) map[string]bsm.Mask {
	m := map[string]bsm.Mask{}
	for i := len(events) - 1; i >= 0; i-- { // the first of a number counts
		e := events[i]
		m[counterfoil.ServiceName(strings.TrimPrefix(e.Name, "AUE_"))] = e.Mask
		m[fmt.Sprintf("EVENT_%d", e.Number)] = e.Mask
	}
	return m
}
