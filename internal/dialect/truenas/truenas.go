package truenas

import (
	"fmt"
	"io"
	"strings"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads and writes TrueNAS's audit messages.
var Dialect = &dialect.Dialect{
	Name:    "truenas",
	Version: 1,
	Doc: `TrueNAS SCALE audit messages: @cee: lines of syslog, and rows of its API
SMB, MIDDLEWARE, SUDO and SYSTEM, bare or behind a syslog header; rows of audit.query and of JSON exports, one a line or
in an array. Written is the @cee: line; max-bytes 1024 keeps the documented limit by a fixed order of truncation.`,
	Split:   split,
	Sniff:   sniff,
	Options: func() any { return &Options{} },
	Decode: func(opts any) (dialect.Decoder, error) {
		if _, err := options(opts); err != nil {
			return nil, err
		}
		return &decoder{}, nil
	},
	Encode: func(w io.Writer, opts any) (dialect.Encoder, error) {
		o, err := options(opts)
		if err != nil {
			return nil, err
		}
		return &encoder{w: w, max: o.MaxBytes}, nil
	},
	Mapping: mapping,
}

// Options of encoding.
type Options struct {
	// MaxBytes is the longest line that is written, without its LF; 0: no limit. TrueNAS's documentation says 1024.
	MaxBytes int `yaml:"max-bytes"`
}

func options(opts any) (Options, error) {
	o, ok := opts.(*Options)
	switch {
	case opts == nil || ok && o == nil:
		return Options{}, nil
	case !ok:
		return Options{}, fmt.Errorf("truenas: options are %T, want *truenas.Options", opts)
	case o.MaxBytes != 0 && o.MaxBytes < leastBytes:
		return Options{}, fmt.Errorf("truenas: max-bytes is %d: want 0, which is no limit, or at least %d", o.MaxBytes, leastBytes)
	}
	return *o, nil
}

// sniff tells a line of TNAUDIT, and the beginning of rows. sudo's lines are another dialect's as well.
func sniff(prefix []byte) bool {
	text := strings.TrimLeft(string(prefix), " \t\r\n[")
	if strings.HasPrefix(text, "{") {
		return strings.Contains(text, `"audit_id"`) && strings.Contains(text, `"message_timestamp"`)
	}
	line, _, _ := strings.Cut(text, "\n")
	_, body, problem := envelope(line)
	return problem == "" && strings.HasPrefix(body, `{"TNAUDIT"`)
}
