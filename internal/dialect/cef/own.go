package cef

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

// own gives the event that a message of ours was written from; false if it is another vendor's, or no longer whole.
func (r *record) own() (e counterfoil.Event, ok bool) {
	if r.vendor != vendor || r.product != vendor {
		return e, false
	}
	e.Major = 1
	e.Service, e.Name, _ = strings.Cut(r.id, ":")
	renamed := r.get(renamedFrom) != ""
	for _, p := range r.pairs {
		key, value := p.key, p.value
		f := fieldKeys[key]
		switch exact, isExact := strings.CutSuffix(key, ourExact); {
		case isExact:
			if f = fieldKeys[exact]; f == nil || f.Kind != carry.Text {
				continue
			}
			var err error
			if value, err = carry.Unquote(value); err != nil {
				return e, false
			}
		case f == nil:
			continue // shown only, or added on the way
		case renamed && key == renamedTo:
			f = fieldObjectTo
		}
		if f.Set(&e, value) != nil {
			return e, false
		}
	}
	return e, e.Check() == nil
}

var fieldObjectTo = carry.FieldOf("object.to")
