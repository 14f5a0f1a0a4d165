package router

import (
	"errors"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

// What we write are records of SSR's stream: its words where it has one for a field, and the field's own name for the
// others, so that every field comes back. The tag writer says that a record is so, and that nothing is to be concluded.

const (
	writerWord = "writer"
	writer     = "counterfoil"
)

// home is where a field of an event stands in a record of ours.
type home struct {
	field string // carry's name
	word  string
	tag   bool // among the tags, else the fields
}

// homes lists the fields that have another word than their name, or are tags. In the flat form there are no tags.
var homes = []home{
	{"category", "type", true}, {"event", "subtype", true}, {"svc", "collector_id", true}, {"host", "host", true},
	{"class", "class", true}, {"success", "permitted", false}, {"addr", "source_ip", false}, {"sess", "session", false},
	{"subject.process", "process", false}, {"aid", "id", false},
}

// homeOf gives where a field stands.
func homeOf(field string) home {
	for _, h := range homes {
		if h.field == field {
			return h
		}
	}
	return home{field: field, word: field}
}

var errBoolean = errors.New("is neither true nor false")

// own reads a record that we wrote; tags and fields are the same object in the flat form.
func own(e *counterfoil.Event, tags, fields counterfoil.JSON) (problem string) {
	for i := range carry.Fields {
		f := &carry.Fields[i]
		h := homeOf(f.Name)
		group := fields
		if h.tag {
			group = tags
		}
		v := group.Member(h.word)
		if v == "" {
			continue
		}
		if err := setOwn(e, f, v); err != nil {
			return "a record of ours whose " + h.word + " is wrong: " + err.Error()
		}
	}
	if err := e.Check(); err != nil {
		return "a record of ours that is no event: " + err.Error()
	}
	return ""
}

func setOwn(e *counterfoil.Event, f *carry.Field, v counterfoil.JSON) error {
	text := v.Text()
	switch {
	case f.Name == "event":
		text = strings.ToUpper(text)
	case f.Name == "category" && text == ssrCategories[0].theirs:
		text = ssrCategories[0].ours.String()
	case f.Name == "success" && v == "true":
		text = "success"
	case f.Name == "success" && v == "false":
		text = "failure"
	case f.Name == "success":
		return errBoolean
	case f.Kind == carry.JSON && v.Kind() == '{': // the flat form has it as it is
		text = string(v)
	}
	return f.Set(e, text)
}
