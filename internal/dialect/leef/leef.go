package leef

import (
	"fmt"
	"io"
	"strings"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect writes LEEF events, one a line.
var Dialect = &dialect.Dialect{
	Name:    "leef",
	Version: 1,
	Doc: `QRadar Log Event Extended Format 2.0 or 1.0, one line an event, write only
Options: version (2.0, 1.0), and for 2.0 delimiter (tab, or one of ^ ~ ; ! # $ % & * ? @). Everything but raw is written.`,
	Split:   dialect.SplitLines,
	Options: func() any { o := defaults; return &o },
	Encode: func(w io.Writer, opts any) (dialect.Encoder, error) {
		o := defaults
		if p, ok := opts.(*Options); ok && p != nil {
			o = *p
		} else if opts != nil && !ok {
			return nil, fmt.Errorf("leef: options are %T, want *leef.Options", opts)
		}
		return newEncoder(w, o)
	},
	Mapping: mapping,
}

// Options of writing.
type Options struct {
	// Version of the format: "2.0" or "1.0".
	Version string `yaml:"version"`
	// Delimiter parts the attributes: "tab", or one of [delimiters], which is for version 2.0 only.
	Delimiter string `yaml:"delimiter"`
}

var defaults = Options{Version: "2.0", Delimiter: "tab"}

// delimiters may part attributes: no letters, digits or spaces, nothing that JSON, keys or the header are made of.
const delimiters = "^~;!#$%&*?@"

func newEncoder(w io.Writer, o Options) (*encoder, error) {
	e := &encoder{w: w, delimiter: '\t'}
	if o.Delimiter != "tab" {
		if len(o.Delimiter) != 1 || !strings.Contains(delimiters, o.Delimiter) {
			return nil, fmt.Errorf("leef: delimiter is %q, want tab or one of %s", o.Delimiter, delimiters)
		}
		e.delimiter = o.Delimiter[0]
	}
	switch {
	case o.Version == "2.0" && e.delimiter == '\t':
		e.head, e.name = "LEEF:2.0|", "x09|"
	case o.Version == "2.0":
		e.head, e.name = "LEEF:2.0|", o.Delimiter+"|"
	case o.Version == "1.0" && e.delimiter == '\t':
		e.head = "LEEF:1.0|"
	case o.Version == "1.0":
		return nil, fmt.Errorf("leef: delimiter is %q, but in version 1.0 it is always tab", o.Delimiter)
	default:
		return nil, fmt.Errorf("leef: version is %q, want 2.0 or 1.0", o.Version)
	}
	return e, nil
}
