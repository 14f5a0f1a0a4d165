package windows

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// maxDepth is how deep elements may nest in an event.
const maxDepth = 32

// record is an event in its own names: the texts and attributes of System ("TimeCreated/SystemTime") and the leaves of
// EventData and UserData, and all of it as event_data.
type record struct {
	system, data []attr
	all          counterfoil.JSON
}

func get(list []attr, name string) string {
	for i := range list {
		if list[i].name == name {
			return list[i].value
		}
	}
	return ""
}

// parser makes event_data: an element without attributes and elements in it is a string; any other is an object of its
// attributes, of the elements in it, and of its text, where it has some besides white space, as "text". Data is named by
// its attribute Name. Declarations of namespaces are left out.
type parser struct {
	scanner
	b   counterfoil.Builder
	rec record
}

// parse reads a frame, given as bytes and as a string that the record shares. An error says why it is no event.
func (p *parser) parse(frame []byte, text string) error {
	p.s, p.i = text, 0
	p.rec.system, p.rec.data = p.rec.system[:0], p.rec.data[:0]
	p.b.Reset()
	start, s := preamble(frame)
	if s != stateEvent {
		return p.errorf("no Event element")
	}
	p.i = start + 1
	name, empty, err := p.open()
	if err != nil {
		return err
	}
	if empty {
		return p.errorf("an Event without content")
	}
	p.b.Object("")
	if err := p.children(name, nil, 1); err != nil {
		return err
	}
	p.b.End()
	if p.space(); p.take("</Events>") {
		p.space()
	}
	if p.i < len(p.s) {
		return p.errorf("text follows the event")
	}
	if get(p.rec.system, "EventID") == "" {
		return p.errorf("an event without EventID")
	}
	p.rec.all = p.b.JSON()
	return nil
}

// children reads the content of an element of that name, up to behind its end tag. leaves takes what is found.
func (p *parser) children(name string, leaves *[]attr, depth int) error {
	if depth > maxDepth {
		return p.errorf("elements nest deeper than %d", maxDepth)
	}
	var all strings.Builder
	for {
		t, err := p.text()
		if err != nil {
			return err
		}
		all.WriteString(t)
		if done, err := p.close(name); done || err != nil {
			if text := all.String(); strings.TrimSpace(text) != "" {
				p.b.String("text", text)
			}
			return err
		}
		if err := p.element(leaves, depth); err != nil {
			return err
		}
	}
}

// close consumes the end tag of name, if one stands here. Another is an error.
func (p *parser) close(name string) (bool, error) {
	if !p.take("</") {
		return false, nil
	}
	if !p.take(name) {
		return false, p.errorf("</%s> is expected", name)
	}
	if p.space(); !p.take(">") {
		return false, p.errorf("</%s> is expected", name)
	}
	return true, nil
}

// element reads an element at its '<' into event_data and leaves.
func (p *parser) element(leaves *[]attr, depth int) error {
	p.i++
	name, empty, err := p.open()
	if err != nil {
		return err
	}
	key := name
	if name == "Data" || name == "ComplexData" {
		if n := get(p.attrs, "Name"); n != "" {
			key = n
		}
	}
	if depth == 1 {
		switch name {
		case "System":
			leaves = &p.rec.system
		case "EventData", "UserData":
			leaves = &p.rec.data
		}
	}
	attrs := p.attrs[:0]
	for _, a := range p.attrs {
		named := key != name && a.name == "Name"
		if !named && a.name != "xmlns" && !strings.HasPrefix(a.name, "xmlns:") {
			attrs = append(attrs, a)
		}
	}
	text, leaf := "", empty
	if !empty {
		at := p.i
		if text, err = p.text(); err != nil {
			return err
		}
		if leaf, err = p.close(name); err != nil {
			return err
		} else if !leaf {
			p.i = at
		}
	}
	if leaf && len(attrs) == 0 {
		p.b.String(key, text)
		keep(leaves, key, text)
		return nil
	}
	p.b.Object(key)
	for _, a := range attrs {
		p.b.String(a.name, a.value)
		keep(leaves, key+"/"+a.name, a.value)
	}
	if !leaf {
		err = p.children(name, leaves, depth+1)
	} else if keep(leaves, key, text); text != "" {
		p.b.String("text", text)
	}
	p.b.End()
	return err
}

func keep(leaves *[]attr, name, value string) {
	if leaves != nil {
		*leaves = append(*leaves, attr{name, value})
	}
}
