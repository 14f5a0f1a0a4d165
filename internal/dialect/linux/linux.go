package linux

import (
	"bytes"
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads Linux audit records.
var Dialect = &dialect.Dialect{
	Name:    "linux",
	Version: 1,
	Doc: `Linux audit records: auditd's log, its plugins, the kernel's netlink socket and log
Raw and enriched lines (log_format), node=, and the envelopes of audisp-syslog and the kernel log. The records of one
event are put together by node, time and serial number. Interpreted text (ausearch -i) cannot be read without doubt and
is kept undecoded.`,
	Split:   dialect.SplitLines,
	Sniff:   sniff,
	Options: func() any { o := defaults; return &o },
	Decode: func(opts any) (dialect.Decoder, error) {
		o := defaults
		if p, ok := opts.(*Options); ok && p != nil {
			o = *p
		} else if opts != nil && !ok {
			return nil, fmt.Errorf("linux: options are %T, want *linux.Options", opts)
		}
		if o.Timeout <= 0 || o.MaxEvent <= 0 || o.MaxHeld <= 0 {
			return nil, fmt.Errorf("linux: timeout, max-event and max-held must be above zero: %+v", o)
		}
		return newDecoder(o), nil
	},
	Mapping: mappingRows,
}

// Options of decoding.
type Options struct {
	// Timeout ends an event whose last record does not come: so much later by the clock of its node, or without a record.
	Timeout time.Duration `yaml:"timeout"`
	// MaxEvent is how many bytes of records make one event; what comes after is given apart, flagged late.
	MaxEvent int `yaml:"max-event"`
	// MaxHeld is how many bytes of unfinished events are held; beyond it the oldest is given, flagged evicted.
	MaxHeld int `yaml:"max-held"`
}

// defaults: auditd's end_of_event_timeout is 2 s too.
var defaults = Options{Timeout: 2 * time.Second, MaxEvent: 1 << 20, MaxHeld: 32 << 20}

func sniff(prefix []byte) bool {
	for line := range bytes.SplitSeq(prefix, []byte("\n")) {
		if line = bytes.TrimRight(line, " \r"); len(line) > 0 {
			if _, problem := parseHeader(line, 0); problem == "" {
				return true
			}
		}
	}
	return false
}
