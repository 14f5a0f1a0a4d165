package ocsf

import (
	"errors"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

var (
	errObject = errors.New("byte 1: an OCSF event is a JSON object")
	errClass  = errors.New("the object has no class_uid")
)

// Keys in unmapped: the canonical message, or its text where a JSON reader might not take it as an object.
const (
	ourMessage = "counterfoil"
	ourText    = "counterfoil_json"
)

// carried is how deep a canonical message may nest to be an object in unmapped: counterfoil.MaxDepth holds for the whole.
const carried = counterfoil.MaxDepth - 4

// appendOwn writes the canonical message of e, without raw and dialect, into the object that is open.
func appendOwn(b *counterfoil.Builder, e *counterfoil.Event) {
	v := *e
	v.Raw, v.Dialect = "", ""
	text := string(counterfoil.AppendEvent(nil, &v))
	if object, err := counterfoil.Canonical(text); err == nil && carry.Exact(object) && carry.Depth(object) <= carried {
		b.Value(ourMessage, object)
	} else {
		b.String(ourText, text)
	}
}

// own gives the event that an object of ours was written from; false if it is another's.
func own(object counterfoil.JSON) (e counterfoil.Event, ok bool) {
	unmapped := object.Member("unmapped")
	text := string(unmapped.Member(ourMessage))
	if text == "" {
		text = unmapped.Member(ourText).Text()
	}
	if text == "" {
		return e, false
	}
	e, err := counterfoil.ParseEvent(text)
	return e, err == nil
}
