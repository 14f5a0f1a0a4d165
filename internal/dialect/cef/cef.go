package cef

import (
	"bytes"
	"io"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads and writes CEF messages, one a line.
var Dialect = &dialect.Dialect{
	Name:    "cef",
	Version: 1,
	Doc: `ArcSight Common Event Format, one message a line
Read behind a syslog header (RFC 5424, RFC 3164 without a tag) or without one, from any vendor. What is written has the
vendor and product counterfoil; all but raw and dialect reads back.`,
	Split:   dialect.SplitLines,
	Sniff:   sniff,
	Decode:  func(any) (dialect.Decoder, error) { return &decoder{}, nil },
	Encode:  func(w io.Writer, _ any) (dialect.Encoder, error) { return &encoder{w: w}, nil },
	Mapping: mapping,
}

func sniff(prefix []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimLeft(prefix, "\r\n"), []byte("\n"))
	var r record
	return r.parse(string(line)) == nil
}

type decoder struct {
	dialect.Whole
	r record
	b counterfoil.Builder
}

func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	line := string(f.Data)
	if err := d.r.parse(line); err != nil {
		return Dialect.Give(dst, f, counterfoil.Event{}, err)
	}
	e, ok := d.r.own()
	if !ok {
		e = d.foreign(f.Received)
	}
	e.Raw = line
	return Dialect.Give(dst, f, e, nil)
}
