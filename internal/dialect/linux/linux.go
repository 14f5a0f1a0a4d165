package linux

import (
	"bytes"
	"fmt"
	"io"
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
is kept undecoded. Written as auditd does: the records as they came or made anew, other events as records of user space.`,
	Split:   dialect.SplitLines,
	Sniff:   sniff,
	Options: func() any { o := defaults; return &o },
	Decode: func(opts any) (dialect.Decoder, error) {
		o, err := optionsOf(opts)
		if err != nil {
			return nil, err
		}
		return newDecoder(o), nil
	},
	Encode: func(w io.Writer, opts any) (dialect.Encoder, error) {
		o, err := optionsOf(opts)
		if err != nil {
			return nil, err
		}
		return &encoder{w: w, opts: o}, nil
	},
	Mapping: mappingRows,
}

// Options of decoding and encoding.
type Options struct {
	// Timeout ends an event whose last record does not come: so much later by the clock of its node, or without a record.
	Timeout time.Duration `yaml:"timeout"`
	// MaxEvent is how many bytes of records make one event; what comes after is given apart, flagged late.
	MaxEvent int `yaml:"max-event"`
	// MaxHeld is how many bytes unfinished events may take, their own memory included; beyond it the oldest is given, flagged evicted.
	MaxHeld int `yaml:"max-held"`
	// Format is log_format of what is written: enriched, or raw, which leaves out the names that auditd gave to numbers.
	Format string `yaml:"format"`
	// MaxLine is how long a line that we make may be, in bytes; 0: without limit. Readers of audit-userspace cut at 8970.
	MaxLine int `yaml:"max-line"`
}

const (
	formatRaw      = "raw"
	formatEnriched = "enriched"
)

// defaults: auditd's end_of_event_timeout is 2 s too.
var defaults = Options{Timeout: 2 * time.Second, MaxEvent: 1 << 20, MaxHeld: 32 << 20, Format: formatEnriched, MaxLine: maxLine}

func optionsOf(opts any) (Options, error) {
	o := defaults
	if p, ok := opts.(*Options); ok && p != nil {
		o = *p
	} else if opts != nil && !ok {
		return o, fmt.Errorf("linux: options are %T, want *linux.Options", opts)
	}
	switch {
	case o.Timeout <= 0 || o.MaxEvent <= 0 || o.MaxHeld <= 0:
		return o, fmt.Errorf("linux: timeout, max-event and max-held must be above zero: %+v", o)
	case o.Format != formatRaw && o.Format != formatEnriched:
		return o, fmt.Errorf("linux: format is %q, want %s or %s", o.Format, formatRaw, formatEnriched)
	case o.MaxLine < 0:
		return o, fmt.Errorf("linux: max-line is %d, want a number of bytes or 0", o.MaxLine)
	}
	return o, nil
}

// sniff asks for a record in at least every other line: a system log in which some lines are audit records is no audit log.
func sniff(prefix []byte) bool {
	records, others := 0, 0
	for len(prefix) > 0 {
		line, rest, whole := bytes.Cut(prefix, []byte("\n"))
		prefix = rest
		if line = bytes.TrimRight(line, " \r"); len(line) == 0 {
			continue
		}
		if _, problem := parseHeader(line, 0, nil); problem == "" {
			records++
		} else if whole {
			others++
		}
	}
	return records > 0 && records >= others
}
