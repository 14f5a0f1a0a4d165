package syslog

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Options of reading.
type Options struct {
	// Inner is the dialect of the messages inside: its name; "none"; or empty: each message is sniffed.
	Inner string `yaml:"inner"`
	// Zone is the offset of times that name none, "+01:00". Empty: they are taken as UTC, and marked.
	Zone string `yaml:"zone"`
	// MaxHeld is how many bytes of frames are held for inner dialects; beyond it all that is held is given.
	MaxHeld int `yaml:"max-held"`
}

var defaults = Options{MaxHeld: 64 << 20}

// New gives the dialect of envelopes that may hold the inner dialects, in the order in which they are asked. Those that
// cannot be read, or cannot tell their messages, are found by name only.
func New(inner []*dialect.Dialect) *dialect.Dialect {
	d := &dialect.Dialect{
		Name:    "syslog",
		Version: 1,
		Doc: `syslog: an envelope in which other dialects travel
RFC 5424, RFC 3164 and what passes for it; datagrams, lines, octet-counted streams. The message is handed to the dialect
that knows it (option inner names one); where none does it is a plain event.`,
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
	start, length, _ := count(prefix)
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
