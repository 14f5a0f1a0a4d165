package control

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil/internal/bsm"
)

// Names of the files.
const (
	ClassFile   = "audit_class"
	EventFile   = "audit_event"
	ControlFile = "audit_control"
	UserFile    = "audit_user"
)

// FileNames lists the files in the order in which they are read.
var FileNames = []string{ClassFile, EventFile, ControlFile, UserFile}

// Place is a position in one of the files, from 1.
type Place struct {
	File         string
	Line, Column int
}

// Expr is a selection expression where it stands.
type Expr struct {
	Text  string
	Masks bsm.Masks
	Place Place
}

// Event is a line of audit_event.
type Event struct {
	Number uint16
	Name   string
	Text   string
	Mask   bsm.Mask
}

// User is a line of audit_user.
type User struct {
	Name          string
	Always, Never Expr
}

// Setting is a line of audit_control.
type Setting struct {
	Key, Value string
	Place      Place
}

// Security is what the four files say, as libbsm reads them.
type Security struct {
	Classes  []bsm.Class
	Events   []Event // the first of a number counts
	Settings []Setting
	Flags    Expr
	NaFlags  Expr
	Policy   []string // words
	Users    []User   // the first of a name counts
	Problems []Problem
}

// Problem is what is wrong with a line.
type Problem struct {
	Place
	Warning bool // FreeBSD and we agree on what the line means, but it is hardly meant so
	Message string
	Source  string // the line
}

func (p *Problem) Error() string {
	kind := "error"
	if p.Warning {
		kind = "warning"
	}
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", p.File, kind, p.Message)
	}
	number := fmt.Sprintf("%5d | ", p.Line)
	return fmt.Sprintf("%s:%d:%d: %s: %s\n%s%s\n%*s^", p.File, p.Line, p.Column, kind, p.Message, number, strings.ToValidUTF8(p.Source, "?"),
		len(number)+p.Column-1, "")
}

// Read reads the texts of the files by their names. Without audit_class or audit_event those of OpenBSM are meant.
func Read(files map[string]string) *Security {
	s := &Security{Classes: bsm.Classes}
	for _, name := range FileNames {
		text, ok := files[name]
		f := file{s: s, name: name, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
		if !ok || text == "" {
			f.missing(ok)
			continue
		}
		f.lengths()
		map[string]func(){ClassFile: f.classes, EventFile: f.events, ControlFile: f.control, UserFile: f.users}[name]()
	}
	if files[EventFile] == "" {
		s.Events = DefaultEvents(s.Classes)
	}
	return s
}

// Errors gives the problems that are no warnings.
func (s *Security) Errors() (errs []Problem) {
	for _, p := range s.Problems {
		if !p.Warning {
			errs = append(errs, p)
		}
	}
	return errs
}

// MasksOf gives what is audited of a user: (flags | always) & ~never.
func (s *Security) MasksOf(user string) bsm.Masks {
	for _, u := range s.Users {
		if u.Name == user {
			return s.Flags.Masks.Union(u.Always.Masks).Without(u.Never.Masks)
		}
	}
	return s.Flags.Masks
}

// Values gives what a key of audit_control was given: its first value, and all of dir.
func (s *Security) Values(key string) (values []string) {
	for _, c := range s.Settings {
		if c.Key == key {
			values = append(values, c.Value)
		}
	}
	return values
}

// DefaultEvents gives OpenBSM's audit_event with the classes of a table; of a number the first.
func DefaultEvents(classes []bsm.Class) (list []Event) {
	for _, e := range bsm.Events() {
		if bsm.EventByNumber(e.Number).Name != e.Name {
			continue
		}
		var m bsm.Mask
		for name := range strings.SplitSeq(e.Classes(), ",") {
			bits, _ := bsm.MaskOf(classes, name)
			m |= bits
		}
		list = append(list, Event{e.Number, e.Name, e.Text, m})
	}
	return list
}

// file is one of them while it is read.
type file struct {
	s     *Security
	name  string
	lines []string
	line  int // of the line at hand, from 1
}

func (f *file) say(warning bool, column int, format string, args ...any) {
	p := Problem{Place{f.name, f.line, column}, warning, fmt.Sprintf(format, args...), ""}
	if f.line > 0 {
		p.Source = f.lines[f.line-1]
	}
	f.s.Problems = append(f.s.Problems, p)
}

// missing says what the lack of a file means.
func (f *file) missing(empty bool) {
	what := "is not there"
	if empty {
		what = "is empty"
	}
	switch f.name {
	case ClassFile, EventFile:
		f.say(true, 0, "the file %s: the table of OpenBSM is used, where FreeBSD would know none", what)
	case UserFile:
		f.say(true, 0, "the file %s: no user is audited more or less than flags says", what)
	default:
		f.say(false, 0, "the file %s: it says what is audited", what)
	}
}

// maxLine is the longest line that libbsm's buffer holds.
const maxLine = 255

// lengths finds lines that libbsm reads as two.
func (f *file) lengths() {
	for i, l := range f.lines {
		if f.line = i + 1; len(l) >= maxLine {
			f.say(false, maxLine, "the line has %d bytes: libbsm splits it here and misreads both parts", len(l))
		}
	}
	f.line = 0
}

// field is a part of a line, and where it begins.
type field struct {
	text   string
	column int
}

// fields splits as strtok does: empty fields are not there.
func fields(line string) (list []field) {
	at := 0
	for part := range strings.SplitSeq(line, ":") {
		if part != "" {
			list = append(list, field{part, at + 1})
		}
		at += len(part) + 1
	}
	return list
}

// table reads a file whose first bad line ends it for libbsm. entry says what is wrong with a line, or nothing.
func (f *file) table(entry func([]field) (column int, reason string)) {
	for i, l := range f.lines {
		f.line = i + 1
		if strings.HasPrefix(l, "#") {
			continue
		}
		column, reason := 1, "the line is blank"
		if strings.Trim(l, " \t\r") != "" {
			column, reason = entry(fields(l))
		}
		if reason == "" {
			continue
		}
		if n := f.entriesBehind(); n > 0 {
			f.say(false, column, "%s: libbsm stops reading here, and %s in force", reason, behind(n))
		} else if l != "" {
			f.say(false, column, "%s: libbsm does not read the line", reason)
		}
		return
	}
}

func behind(n int) string {
	if n == 1 {
		return "the entry behind it is not"
	}
	return fmt.Sprintf("the %d entries behind it are not", n)
}

func (f *file) entriesBehind() (n int) {
	for _, l := range f.lines[f.line:] {
		if strings.TrimSpace(l) != "" && !strings.HasPrefix(l, "#") {
			n++
		}
	}
	return n
}

// Limits of names and descriptions in bytes, as libbsm has them.
const (
	maxClassName, maxClassText = 7, 71
	maxEventName, maxEventText = 29, 49
	maxUserName                = 49
)

func (f *file) classes() {
	f.s.Classes = nil
	f.table(func(v []field) (int, string) {
		if len(v) < 3 {
			return 1, "a class is written mask:name:description"
		}
		mask, err := strconv.ParseUint(v[0].text, 0, 32)
		switch {
		case err != nil:
			return v[0].column, fmt.Sprintf("%q is no mask such as 0x00001000", v[0].text)
		case len(v[1].text) > maxClassName:
			return v[1].column, fmt.Sprintf("the name has %d bytes, at most %d are read", len(v[1].text), maxClassName)
		case len(v[2].text) > maxClassText:
			return v[2].column, fmt.Sprintf("the description has %d bytes, at most %d are read", len(v[2].text), maxClassText)
		}
		if _, twice := bsm.MaskOf(f.s.Classes, v[1].text); twice {
			f.say(true, v[1].column, "the class %s is there twice: the first is in force", v[1].text)
		}
		f.s.Classes = append(f.s.Classes, bsm.Class{Mask: bsm.Mask(mask), Name: v[1].text, Text: v[2].text})
		return 0, ""
	})
}

func (f *file) events() {
	seen := map[uint16]bool{}
	f.table(func(v []field) (int, string) {
		if len(v) < 2 {
			return 1, "an event is written number:name:description:classes"
		}
		e := Event{Name: v[1].text}
		n, err := strconv.ParseUint(v[0].text, 10, 16)
		switch {
		case err != nil:
			return v[0].column, fmt.Sprintf("%q is no number up to 65535", v[0].text)
		case len(e.Name) > maxEventName:
			return v[1].column, fmt.Sprintf("the name has %d bytes, at most %d are read", len(e.Name), maxEventName)
		}
		if len(v) > 2 {
			if e.Text = v[2].text; len(e.Text) > maxEventText {
				return v[2].column, fmt.Sprintf("the description has %d bytes, at most %d are read", len(e.Text), maxEventText)
			}
		}
		if e.Number = uint16(n); !seen[e.Number] {
			if len(v) > 3 {
				e.Mask = f.eventMask(e.Name, v[3])
			} else { // a third field is the description, also where none was meant
				f.say(true, 1, "no classes stand behind the description: libbsm puts %s in no class, so that it is never audited", e.Name)
			}
			seen[e.Number] = true
			f.s.Events = append(f.s.Events, e)
		}
		return 0, ""
	})
}

// eventMask gives the classes of an event: libbsm reads an expression and takes its success side.
func (f *file) eventMask(name string, v field) bsm.Mask {
	m, err := bsm.ParseMasks(v.text, f.s.Classes)
	if bad, ok := err.(*bsm.FlagError); ok {
		f.say(true, v.column+bad.Byte-1, "%s: libbsm puts %s in no class, so that it is never audited", bad.Message, name)
		return 0
	}
	if m.Failure != m.Success {
		f.say(true, v.column, "the classes of %s are written with + or -: libbsm takes the success side", name)
	}
	return m.Success
}
