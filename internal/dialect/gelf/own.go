package gelf

import (
	"errors"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

var (
	errObject  = errors.New("byte 1: a GELF message is a JSON object")
	errMessage = errors.New("the object has neither short_message nor host")
)

// own gives the event that a message of ours was written from; false if it is another sender's, or no longer whole.
func own(object counterfoil.JSON) (e counterfoil.Event, ok bool) {
	if object.Member(marker) == "" {
		return e, false
	}
	e.Major = 1
	for _, exactly := range [...]bool{false, true} { // what is exact replaces what is shown
		for key, v := range object.Members() {
			name, isExact := strings.CutSuffix(key, exact)
			f := fieldKeys[name]
			if isExact != exactly || f == nil || isExact && f.Kind != carry.Text || key == "host" && v.Text() == noHost {
				continue // shown only, or added on the way
			}
			text, err := v.Text(), error(nil)
			if isExact {
				text, err = carry.Unquote(text)
			}
			if err != nil || f.Set(&e, text) != nil {
				return e, false
			}
		}
	}
	return e, e.Check() == nil
}
