package ocsf

import (
	"bytes"
	"io"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads and writes OCSF events, one a line.
var Dialect = &dialect.Dialect{
	Name:    "ocsf",
	Version: 1,
	Doc: `Open Cybersecurity Schema Framework ` + schemaVersion + `, one JSON object a line
Classes by action; an action that no class fits is a Base Event. unmapped.counterfoil has the whole event, so that all but
raw and dialect reads back. Events of others are read by what all classes share and by the classes that are written.`,
	Split:   dialect.SplitLines,
	Sniff:   sniff,
	Decode:  func(any) (dialect.Decoder, error) { return &decoder{}, nil },
	Encode:  func(w io.Writer, _ any) (dialect.Encoder, error) { return &encoder{w: w}, nil },
	Mapping: mapping,
}

// sniff: an object that says its class and its type.
func sniff(prefix []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimLeft(prefix, " \t\r\n"), []byte("\n"))
	return bytes.HasPrefix(line, []byte("{")) && bytes.Contains(line, []byte(`"class_uid"`)) &&
		(bytes.Contains(line, []byte(`"activity_id"`)) || bytes.Contains(line, []byte(`"type_uid"`)))
}

type decoder struct{ dialect.Whole }

func (decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	line := string(f.Data)
	object, err := counterfoil.Canonical(line)
	switch {
	case err == nil && object.Kind() != '{':
		err = errObject
	case err == nil && object.Member("class_uid") == "":
		err = errClass
	}
	if err != nil {
		return Dialect.Give(dst, f, counterfoil.Event{}, err)
	}
	e, ok := own(object)
	if !ok {
		e = foreign(object, f.Received)
	}
	e.Raw = line
	return Dialect.Give(dst, f, e, nil)
}
