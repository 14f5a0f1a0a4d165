package sudo

import (
	"bytes"
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads sudo's log.
var Dialect = &dialect.Dialect{
	Name:    "sudo",
	Version: 1,
	Doc: `sudo's log: its own format and JSON, behind syslog headers and in files
Wrapped and continued lines are put together. Where a directory's name or an argument looks like a field, what cannot be told
apart is not told.`,
	Split:   dialect.SplitLines,
	Sniff:   sniff,
	Options: func() any { o := defaults; return &o },
	Decode: func(opts any) (dialect.Decoder, error) {
		o := defaults
		if p, ok := opts.(*Options); ok && p != nil {
			o = *p
		} else if opts != nil && !ok {
			return nil, fmt.Errorf("sudo: options are %T, want *sudo.Options", opts)
		}
		if o.Timeout <= 0 || o.MaxEvent <= 0 {
			return nil, fmt.Errorf("sudo: timeout and max-event must be above zero: %+v", o)
		}
		return &decoder{opts: o}, nil
	},
	Mapping: mapping,
}

// Options of decoding.
type Options struct {
	// Timeout is how long a record waits for its next line by the clock of the transport.
	Timeout time.Duration `yaml:"timeout"`
	// MaxEvent is how many bytes of lines make one record; what comes after is a record of its own.
	MaxEvent int `yaml:"max-event"`
}

var defaults = Options{Timeout: 2 * time.Second, MaxEvent: 1 << 20}

// sniff looks for a record of sudo in the first lines: a log of authorisations has others between them.
func sniff(prefix []byte) bool {
	for line := range bytes.SplitSeq(prefix, []byte("\n")) {
		switch l := startOf(string(line), 1); l.kind {
		case kindSyslog, kindFile:
			if _, _, ok := cutUser(l.message); ok {
				return true
			}
		case kindJSON:
			return true
		case kindPretty:
			if member(l.message) {
				return true
			}
		}
	}
	return false
}
