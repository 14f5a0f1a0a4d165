package syslog

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Options of reading and writing.
type Options struct {
	// Inner is the dialect of the messages inside: its name; "none"; or empty: each message is sniffed.
	Inner string `yaml:"inner"`
	// Zone is the offset of times that name none, "+01:00". Empty: they are taken as UTC, and marked.
	Zone string `yaml:"zone"`
	// MaxHeld is how many bytes of frames are held for inner dialects; beyond it all that is held is given.
	MaxHeld int `yaml:"max-held"`
	// SDID is the SD-ID of the structured data that carries canonical events, name@enterprise-number.
	SDID string `yaml:"sd-id"`
	// Facility of what is written, by name.
	Facility string `yaml:"facility"`
	// OctetCounting frames what is written by a count before it, not by a LF behind it.
	OctetCounting bool `yaml:"octet-counting"`
}

// defaults: 32473 is the enterprise number that RFC 5612 keeps for documentation. We have none of our own, and a name
// without a number is IANA's to give (RFC 5424, section 7.2.2); who has a number sets it.
var defaults = Options{MaxHeld: 64 << 20, SDID: "counterfoil@32473", Facility: "audit"}

// New gives the dialect of envelopes that may hold the inner dialects, in the order in which they are asked. Those that
// cannot be read, or cannot tell their messages, are found by name only.
func New(inner []*dialect.Dialect) *dialect.Dialect {
	d := &dialect.Dialect{
		Name:    "syslog",
		Version: 1,
		Doc: `syslog: an envelope in which other dialects travel
RFC 5424, RFC 3164 and what passes for it; datagrams, lines, octet-counted streams. The message is handed to the dialect
that knows it (option inner names one); where none does it is a plain event. Writes RFC 5424, with the event in structured data.`,
		Split:   split,
		Sniff:   sniff,
		Options: func() any { o := defaults; return &o },
		Mapping: mappingRows,
	}
	d.Decode = func(opts any) (dialect.Decoder, error) {
		o, err := optionsOf(opts)
		if err != nil {
			return nil, err
		}
		return newDecoder(d.ID(), o, inner)
	}
	d.Encode = func(w io.Writer, opts any) (dialect.Encoder, error) {
		o, err := optionsOf(opts)
		if err != nil {
			return nil, err
		}
		return newEncoder(d, w, o)
	}
	return d
}

func optionsOf(opts any) (Options, error) {
	o := defaults
	if p, ok := opts.(*Options); ok && p != nil {
		o = *p
	} else if opts != nil && !ok {
		return o, fmt.Errorf("syslog: options are %T, want *syslog.Options", opts)
	}
	if o.MaxHeld <= 0 {
		return o, fmt.Errorf("syslog: max-held is %d, must be above zero", o.MaxHeld)
	}
	name, number, ok := strings.Cut(o.SDID, "@")
	if !ok || name == "" || number == "" || len(o.SDID) > 32 || strings.Trim(number, "0123456789.") != "" {
		return o, fmt.Errorf("syslog: sd-id is %q, want a name and an enterprise number such as %s, 32 bytes at most", o.SDID, defaults.SDID)
	}
	for i := range len(name) {
		if c := name[i]; !isName(c) || c > '~' {
			return o, fmt.Errorf("syslog: sd-id %q has the byte %q, which RFC 5424 does not allow there", o.SDID, c)
		}
	}
	return o, nil
}

// readable gives the inner dialects that messages may be of, or the one that is named.
func readable(name string, inner []*dialect.Dialect) ([]*dialect.Dialect, error) {
	var list []*dialect.Dialect
	var names []string
	for _, d := range inner {
		if d.Decode == nil {
			continue
		}
		names = append(names, d.Name)
		if d.Name == name || name == "" && d.Sniff != nil {
			list = append(list, d)
		}
	}
	if len(list) == 0 && name != "" && name != "none" {
		slices.Sort(names)
		return nil, fmt.Errorf("syslog: inner is %q, want none or one of %s", name, strings.Join(names, ", "))
	}
	return list, nil
}

// sniff asks for a first line with a priority and a version or time, or with a time, a host and a tag.
func sniff(prefix []byte) bool {
	start, length, _ := Count(prefix)
	if prefix = prefix[start:]; length > 0 && length < len(prefix) {
		prefix = prefix[:length]
	}
	for line := range bytes.SplitSeq(prefix, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		m := parse(string(line[:min(len(line), 4<<10)]), 0, &zone{})
		switch m.form {
		case form5424:
			return m.broken != "time" && m.pri/8 < len(facilities)
		case form3164:
			return m.time != 0 && (m.pri < 0 && m.host != "" && m.app != "" || m.pri >= 0 && m.pri/8 < len(facilities))
		}
		return false
	}
	return false
}
