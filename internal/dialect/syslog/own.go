package syslog

import (
	"fmt"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

// Structured data carries a canonical event in one element: each field is a parameter under its key in the canonical
// message, "subject.pid". A text that holds control characters or bytes that are not UTF-8 is written as a JSON string
// under the key with quoted behind it, so that no reader meets a byte that it breaks at.
const (
	quoted       = "_json"
	dialectParam = "dialect"
)

// carried reads the event that an element with our SD-ID carries. ok: there is such an element; reason says what is wrong
// with it, if anything. Parameters with other names are left in raw.
func (d *decoder) carried(m *message) (e counterfoil.Event, ok bool, reason string) {
	e.Major = 1
	var seen []string
	fail := func(format string, args ...any) {
		if reason == "" {
			reason = fmt.Sprintf(format, args...)
		}
	}
	elements(m.data, func(id, name, value string) {
		switch {
		case id != d.opts.SDID:
			return
		case name == "" && ok:
			fail("the element stands twice")
			return
		case name == "":
			ok = true
			return
		}
		key := strings.TrimSuffix(name, quoted)
		for _, s := range seen {
			if s == key {
				fail("%s stands twice", key)
			}
		}
		seen = append(seen, key)
		if err := set(&e, key, unescape(value), key != name); err != nil {
			fail("%s: %v", name, err)
		}
	})
	if !ok {
		return e, false, ""
	}
	if e.Dialect == "" {
		e.Dialect = d.id
	}
	e.Raw = m.raw
	if err := e.Check(); err != nil {
		fail("%v", err)
	}
	return e, true, reason
}

func set(e *counterfoil.Event, key, text string, isQuoted bool) (err error) {
	f := carry.FieldOf(key)
	if f == nil && key != dialectParam {
		return nil
	}
	if isQuoted {
		if text, err = carry.Unquote(text); err != nil {
			return err
		}
	}
	if f == nil {
		e.Dialect = text
		return nil
	}
	return f.Set(e, text)
}
