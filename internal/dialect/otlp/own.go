package otlp

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

// own gives the event that a record of ours was written from; false if it is another's, or no longer whole.
func own(r counterfoil.JSON, from source) (e counterfoil.Event, ok bool) {
	if from.scope != product {
		return e, false
	}
	e.Major = 1
	e.Name = text(r, "eventName")
	e.Time = timeOf(r, 0)
	for _, key := range [...]string{hostName, serviceName} {
		if fieldKeys[key].Set(&e, text(from.resource, key)) != nil {
			return e, false
		}
	}
	for _, exactly := range [...]bool{false, true} { // what is exact replaces what is shown
		for p := range r.Member("attributes").Elements() {
			key := p.Member("key").Text()
			if strings.HasPrefix(key, exactPrefix) == exactly && !set(&e, key, p.Member("value"), exactly) {
				return e, false
			}
		}
	}
	return e, e.Check() == nil
}

// set fills the field of an attribute; one that is none was shown only, or added on the way.
func set(e *counterfoil.Event, key string, value counterfoil.JSON, exactly bool) bool {
	name, isText := strings.CutSuffix(key, jsonSuffix)
	f := fieldKeys[name]
	if f == nil || isText && f.Kind != carry.JSON {
		return true
	}
	var b counterfoil.Builder
	appendValue(&b, "", value)
	v := b.JSON()
	text, err := v.Text(), error(nil)
	switch {
	case exactly:
		text, err = carry.Unquote(text)
	case f.Kind == carry.JSON && !isText:
		text = string(v)
	}
	return err == nil && f.Set(e, text) == nil
}
