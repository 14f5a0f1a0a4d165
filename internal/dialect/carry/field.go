package carry

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// Field is a field of an event as a text. Texts may be any bytes, except where Word or JSON says more.
type Field struct {
	Name string // its key in the canonical message, "subject.pid"
	Kind Kind
	Text func(e *counterfoil.Event) string // "" where the event has none
	Set  func(e *counterfoil.Event, text string) error
}

// Kind says what a field's text can be.
type Kind uint8

const (
	Text Kind = iota // any bytes
	Word             // printable ASCII of a known form: a number, a time, a word of a vocabulary
	JSON             // canonical JSON, which is valid UTF-8
)

// Fields lists every field of an event but raw and dialect: those are of the bytes that an event was read from, and what
// reads it back has others. The order is that of the canonical message.
var Fields = []Field{
	{"aid", Word, func(e *counterfoil.Event) string {
		if e.AID.IsZero() {
			return ""
		}
		return e.AID.String()
	}, func(e *counterfoil.Event, t string) (err error) { e.AID, err = counterfoil.ParseAID(t); return }},
	{"vers", Word, version, setVersion},
	{"time", Word, func(e *counterfoil.Event) string { return e.Time.String() },
		func(e *counterfoil.Event, t string) (err error) { e.Time, err = counterfoil.ParseTime(t); return }},
	text("host", func(e *counterfoil.Event) *string { return &e.Host }),
	word("svc", func(e *counterfoil.Event) *string { return &e.Service }),
	word("event", func(e *counterfoil.Event) *string { return &e.Name }),
	{"class", Word, func(e *counterfoil.Event) string { return e.Class.String() }, setClass},
	{"category", Word, func(e *counterfoil.Event) string { return e.Category.String() },
		func(e *counterfoil.Event, t string) (err error) {
			e.Category, err = counterfoil.ParseCategory(t)
			return
		}},
	{"action", Word, func(e *counterfoil.Event) string { return string(e.Action) },
		func(e *counterfoil.Event, t string) error { e.Action = counterfoil.Action(t); return nil }},
	{"success", Word, outcome, setOutcome},
	text("addr", func(e *counterfoil.Event) *string { return &e.Addr }),
	text("user", func(e *counterfoil.Event) *string { return &e.User }),
	text("sess", func(e *counterfoil.Event) *string { return &e.Session }),
	text("subject.login_id", func(e *counterfoil.Event) *string { return &e.Subject.LoginID }),
	text("subject.id", func(e *counterfoil.Event) *string { return &e.Subject.ID }),
	text("subject.name", func(e *counterfoil.Event) *string { return &e.Subject.Name }),
	text("subject.group", func(e *counterfoil.Event) *string { return &e.Subject.Group }),
	text("subject.terminal", func(e *counterfoil.Event) *string { return &e.Subject.Terminal }),
	{"subject.pid", Word, pid, func(e *counterfoil.Event, t string) (err error) {
		e.Subject.PID, err = strconv.ParseInt(t, 10, 64)
		return
	}},
	text("subject.process", func(e *counterfoil.Event) *string { return &e.Subject.Process }),
	text("object.kind", func(e *counterfoil.Event) *string { return &e.Object.Kind }),
	text("object.name", func(e *counterfoil.Event) *string { return &e.Object.Name }),
	text("object.id", func(e *counterfoil.Event) *string { return &e.Object.ID }),
	text("object.to", func(e *counterfoil.Event) *string { return &e.Object.To }),
	data("svc_data", func(e *counterfoil.Event) *counterfoil.JSON { return &e.SvcData }),
	data("event_data", func(e *counterfoil.Event) *counterfoil.JSON { return &e.EventData }),
}

// FieldOf gives the field of a name, nil if there is none.
func FieldOf(name string) *Field {
	for i := range Fields {
		if Fields[i].Name == name {
			return &Fields[i]
		}
	}
	return nil
}

func text(name string, of func(e *counterfoil.Event) *string) Field {
	return Field{name, Text, func(e *counterfoil.Event) string { return *of(e) },
		func(e *counterfoil.Event, t string) error { *of(e) = t; return nil }}
}

func word(name string, of func(e *counterfoil.Event) *string) Field {
	f := text(name, of)
	f.Kind = Word
	return f
}

func data(name string, of func(e *counterfoil.Event) *counterfoil.JSON) Field {
	return Field{name, JSON, func(e *counterfoil.Event) string { return string(*of(e)) },
		func(e *counterfoil.Event, t string) (err error) { *of(e), err = counterfoil.Canonical(t); return }}
}

// version is absent for 1.0, which a reader assumes.
func version(e *counterfoil.Event) string {
	if e.Major == 1 && e.Minor == 0 {
		return ""
	}
	return strconv.Itoa(e.Major) + "." + strconv.Itoa(e.Minor)
}

func setVersion(e *counterfoil.Event, t string) (err error) {
	major, minor, _ := strings.Cut(t, ".")
	if e.Major, err = strconv.Atoi(major); err == nil {
		e.Minor, err = strconv.Atoi(minor)
	}
	return err
}

func setClass(e *counterfoil.Event, t string) error {
	e.Class = 0
	for name := range strings.SplitSeq(t, ",") {
		c, err := counterfoil.ParseClass(name)
		if err != nil {
			return err
		}
		e.Class |= c
	}
	return nil
}

func outcome(e *counterfoil.Event) string {
	if e.Outcome == counterfoil.Unknown {
		return ""
	}
	return e.Outcome.String()
}

func setOutcome(e *counterfoil.Event, t string) error {
	switch t {
	case "success":
		e.Outcome = counterfoil.Success
	case "failure":
		e.Outcome = counterfoil.Failure
	default:
		return fmt.Errorf("%q is neither success nor failure", t)
	}
	return nil
}

func pid(e *counterfoil.Event) string {
	if e.Subject.PID == 0 {
		return ""
	}
	return strconv.FormatInt(e.Subject.PID, 10)
}
