package praudit

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/event"
	"github.com/counterfoil/counterfoil/internal/bsm/text"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads and writes what praudit shows.
var Dialect = &dialect.Dialect{
	Name:    "praudit",
	Version: 1,
	Doc: `BSM records as praudit(1) shows them: text, a record on a line (-l), numbers (-r), XML (-x)
What is written has its strings escaped, so that none of them can become a token, and is well-formed XML. Read is also
what praudit itself wrote; there the size in a record's header tells what is a token and what only looks like one.`,
	Split:   text.Split,
	Sniff:   sniff,
	Options: func() any { o := defaults; return &o },
	Decode: func(opts any) (dialect.Decoder, error) {
		o, err := options(opts)
		return &decoder{zone: o.zone}, err
	},
	Encode: func(w io.Writer, opts any) (dialect.Encoder, error) {
		o, err := options(opts)
		if err != nil {
			return nil, err
		}
		return newEncoder(w, o), nil
	},
	Mapping: mapping,
}

// Options of reading and writing.
type Options struct {
	// Form is how records are written: lines, line (praudit -l), xml (-x), xml-line (-lx).
	Form string `yaml:"form"`
	// Events is how events are written: text (execve(2)), name (AUE_EXECVE, praudit -s) or number (-r: everything is a number).
	Events string `yaml:"events"`
	// Zone is that of the times, which do not tell it: a name such as Europe/Berlin, or UTC.
	Zone string `yaml:"zone"`

	zone *time.Location
}

var defaults = Options{Form: "lines", Events: "text", Zone: "UTC"}

var (
	forms  = []string{"lines", "line", "xml", "xml-line"}
	events = []string{"text", "name", "number"}
)

func options(opts any) (o Options, err error) {
	o = defaults
	if p, ok := opts.(*Options); ok && p != nil {
		o = *p
	} else if opts != nil && !ok {
		return o, fmt.Errorf("praudit: options are %T, want *praudit.Options", opts)
	}
	if !slices.Contains(forms, o.Form) {
		return o, fmt.Errorf("praudit: form %q: want one of %v", o.Form, forms)
	}
	if !slices.Contains(events, o.Events) {
		return o, fmt.Errorf("praudit: events %q: want one of %v", o.Events, events)
	}
	if o.zone, err = time.LoadLocation(o.Zone); err != nil {
		return o, fmt.Errorf("praudit: zone: %w", err)
	}
	return o, nil
}

// sniff asks for the first line of a record's text, or the beginning of praudit's XML.
func sniff(prefix []byte) bool {
	prefix = bytes.TrimLeft(prefix, "\n")
	if rest, ok := bytes.CutPrefix(prefix, []byte("<?xml version='1.0' ?>\n<audit>\n")); ok {
		return len(rest) == 0 || bytes.HasPrefix(rest, []byte("<record ")) || bytes.HasPrefix(rest, []byte("<file "))
	}
	if bytes.HasPrefix(prefix, []byte("<record version=")) {
		return true
	}
	if !bytes.HasPrefix(prefix, []byte("header")) {
		return false
	}
	if _, frame, _ := text.Split(prefix, false); frame != nil {
		prefix = frame
	} else if line, _, whole := bytes.Cut(prefix, []byte("\n")); whole {
		prefix = line // a header alone reads as a record whose size is another
	} else {
		return bytes.Contains(prefix, []byte(" msec,"))
	}
	_, err := text.Scan(prefix, time.UTC)
	return err == nil
}

func mapping() []dialect.Row {
	var rows []dialect.Row
	for _, s := range bsm.Shapes {
		if s == nil || s.ID == bsm.IDTrailer {
			continue
		}
		ours := "event_data.tokens: `" + s.Key + "`"
		if bsm.IsHeader(s.ID) {
			ours = "event_data.header: `" + s.Key + "`"
		}
		rows = append(rows, dialect.Row{Theirs: fmt.Sprintf("`%s`, `<%s>`, %d", s.Name, s.XML, s.ID), Ours: ours})
	}
	var classes []string
	for _, r := range event.Rows() {
		classes = append(classes, strings.Split(r.Class, ",")...)
	}
	slices.Sort(classes)
	return append(rows, dialect.Row{Theirs: "all else", Ours: "as for bsm, with the classes " + strings.Join(slices.Compact(classes), " "),
		Note: fmt.Sprintf("%d events", len(event.Rows()))})
}
