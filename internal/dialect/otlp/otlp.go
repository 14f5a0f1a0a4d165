package otlp

import (
	"bytes"
	"fmt"
	"io"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads and writes OTLP/JSON log exports, one a line.
var Dialect = &dialect.Dialect{
	Name:    "otlp",
	Version: 1,
	Doc: `OpenTelemetry logs as OTLP/JSON, one export request a line
Each log record is an event; resource and scope are its svc_data. What is written follows the semantic conventions, with
counterfoil.* for what they have no word for; all but raw and dialect reads back.`,
	Split:   dialect.SplitLines,
	Sniff:   sniff,
	Decode:  func(any) (dialect.Decoder, error) { return &decoder{}, nil },
	Encode:  func(w io.Writer, _ any) (dialect.Encoder, error) { return &encoder{w: w}, nil },
	Mapping: mapping,
}

func sniff(prefix []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimLeft(prefix, " \t\r\n"), []byte("\n"))
	rest, ok := bytes.CutPrefix(line, []byte("{"))
	return ok && bytes.HasPrefix(bytes.TrimLeft(rest, " \t"), []byte(`"resourceLogs"`))
}

type decoder struct {
	dialect.Whole
	b counterfoil.Builder
}

func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	line := string(f.Data)
	request, err := counterfoil.Canonical(line)
	first := len(dst)
	if err == nil {
		dst, err = d.request(dst, request, f)
	}
	if err != nil && len(dst) == first {
		return append(dst, dialect.Unparsed(Dialect, f, err.Error())), fmt.Errorf("otlp at %d: %w", f.Pos, err)
	}
	raws(dst[first:], line)
	if err != nil { // more records than one request may hold: the rest is one event
		last := len(dst) - 1
		f.Data = []byte(dst[last].Raw)
		dst[last] = dialect.Unparsed(Dialect, f, err.Error())
		return dst, fmt.Errorf("otlp at %d: %w", f.Pos, err)
	}
	return dst, nil
}
