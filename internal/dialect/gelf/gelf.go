package gelf

import (
	"bytes"
	"fmt"
	"io"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads and writes GELF messages.
var Dialect = &dialect.Dialect{
	Name:    "gelf",
	Version: 1,
	Doc: `Graylog Extended Log Format 1.1, JSON objects that end in NUL or LF
Read from any sender. What is written has every field as an additional field; all but raw and dialect reads back. The option
framing is line or nul (for GELF over TCP).`,
	Split:   split,
	Sniff:   sniff,
	Options: func() any { o := defaults; return &o },
	Decode: func(opts any) (dialect.Decoder, error) {
		_, err := options(opts)
		return decoder{}, err
	},
	Encode: func(w io.Writer, opts any) (dialect.Encoder, error) {
		o, err := options(opts)
		if err != nil {
			return nil, err
		}
		e := &encoder{w: w, end: "\n"}
		if o.Framing == "nul" {
			e.end = "\x00"
		}
		return e, nil
	},
	Mapping: mapping,
}

// Options of writing.
type Options struct {
	// Framing is what ends a message: "line" or "nul".
	Framing string `yaml:"framing"`
}

var defaults = Options{Framing: "line"}

func options(opts any) (Options, error) {
	o := defaults
	if p, ok := opts.(*Options); ok && p != nil {
		o = *p
	} else if opts != nil && !ok {
		return o, fmt.Errorf("gelf: options are %T, want *gelf.Options", opts)
	}
	if o.Framing != "line" && o.Framing != "nul" {
		return o, fmt.Errorf("gelf: framing is %q, want line or nul", o.Framing)
	}
	return o, nil
}

// split ends a message at NUL or LF. No JSON text on one line has either.
func split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexAny(data, "\x00\n"); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

func sniff(prefix []byte) bool {
	_, line, err := split(bytes.TrimLeft(prefix, "\r\n\x00"), true)
	return err == nil && bytes.HasPrefix(line, []byte("{")) && bytes.Contains(line, []byte(`"short_message"`)) && bytes.Contains(line, []byte(`"host"`))
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
	case err == nil && object.Member("short_message") == "" && object.Member("host") == "":
		err = errMessage
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
