package windows

import (
	"bytes"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads the Windows Event Log as XML.
var Dialect = &dialect.Dialect{
	Name:    "windows",
	Version: 1,
	Doc: `the Windows Event Log as XML: Event elements, one behind the other or within Events
Any provider is read; the events of Security-Auditing are translated. UTF-8; wevtutil qe /f:xml and ToXml() give it.`,
	Split:   split,
	Sniff:   sniff,
	Decode:  func(any) (dialect.Decoder, error) { return &decoder{}, nil },
	Mapping: rows,
}

func sniff(prefix []byte) bool {
	start, state := preamble(prefix)
	return state == stateEvent && (bytes.Contains(prefix[start:], []byte("schemas.microsoft.com/win/2004/08/events/event")) ||
		bytes.Contains(prefix[start:], []byte("<System>")))
}

// decoder keeps the parser for its memory only.
type decoder struct {
	dialect.Whole
	p parser
}

func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	e := counterfoil.Event{Major: 1, Host: f.Host, Time: f.Received, Raw: string(f.Data)}
	if isClosing(f.Data) {
		e.Service, e.Name, e.Class, e.Category = "WINDOWS", "EVENTS", counterfoil.ClassNone, counterfoil.CategorySystem
		return Dialect.Give(dst, f, e, nil)
	}
	err := d.decode(&e, f.Data)
	return Dialect.Give(dst, f, e, err)
}
