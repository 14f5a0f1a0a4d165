package csv

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect writes comma-separated values.
var Dialect = &dialect.Dialect{
	Name:    "csv",
	Version: 1,
	Doc: `comma-separated values for spreadsheets (RFC 4180), write only
One row an event under a header row. A cell that begins with = + - @ TAB CR LF or ' gets a ' before it, so that no
spreadsheet runs it as a formula; bytes that are not UTF-8 and control characters are shown as \xff. Use jsonl where the
bytes must be exact.`,
	Options: func() any { return &Options{} },
	Encode: func(w io.Writer, opts any) (dialect.Encoder, error) {
		o, ok := opts.(*Options)
		if !ok && opts != nil {
			return nil, fmt.Errorf("csv: options are %T, want *csv.Options", opts)
		}
		if o == nil {
			o = &Options{}
		}
		return newEncoder(w, *o)
	},
}

// Options of the encoder.
type Options struct {
	// Columns are the names of the columns in their order, of those that [Columns] lists. Empty: all of them.
	Columns []string `yaml:"columns" doc:"names of the columns to write, in this order; empty: all"`
}

// Columns lists the columns in the order in which they stand when nothing else is asked for: what people read first
// comes first. The names are those of the canonical message, and sentence, which says it in English.
func Columns() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// column is how one field becomes a cell: append appends its text, unprotected and unquoted.
type column struct {
	name   string
	append func(dst []byte, r *counterfoil.Record) []byte
}

func text(name string, of func(r *counterfoil.Record) string) column {
	return column{name, func(dst []byte, r *counterfoil.Record) []byte { return append(dst, of(r)...) }}
}

var columns = []column{
	{"seq", func(dst []byte, r *counterfoil.Record) []byte { return strconv.AppendUint(dst, r.Seq, 10) }},
	{"time", func(dst []byte, r *counterfoil.Record) []byte { return r.Time.Append(dst) }},
	text("sentence", func(r *counterfoil.Record) string { return r.SentenceText() }),
	text("host", func(r *counterfoil.Record) string { return r.Host }),
	text("svc", func(r *counterfoil.Record) string { return r.Service }),
	text("event", func(r *counterfoil.Record) string { return r.Name }),
	text("action", func(r *counterfoil.Record) string { return string(r.Action) }),
	{"success", appendOutcome},
	text("user", func(r *counterfoil.Record) string { return r.User }),
	text("addr", func(r *counterfoil.Record) string { return r.Addr }),
	text("object.kind", func(r *counterfoil.Record) string { return r.Object.Kind }),
	text("object.name", func(r *counterfoil.Record) string { return r.Object.Name }),
	text("object.to", func(r *counterfoil.Record) string { return r.Object.To }),
	text("object.id", func(r *counterfoil.Record) string { return r.Object.ID }),
	{"class", func(dst []byte, r *counterfoil.Record) []byte {
		return append(dst, strings.Join(r.Class.Names(), " ")...)
	}},
	{"category", appendCategory},
	text("sess", func(r *counterfoil.Record) string { return r.Session }),
	text("subject.login_id", func(r *counterfoil.Record) string { return r.Subject.LoginID }),
	text("subject.id", func(r *counterfoil.Record) string { return r.Subject.ID }),
	text("subject.name", func(r *counterfoil.Record) string { return r.Subject.Name }),
	text("subject.group", func(r *counterfoil.Record) string { return r.Subject.Group }),
	text("subject.terminal", func(r *counterfoil.Record) string { return r.Subject.Terminal }),
	{"subject.pid", appendPID},
	text("subject.process", func(r *counterfoil.Record) string { return r.Subject.Process }),
	text("svc_data", func(r *counterfoil.Record) string { return r.SvcData.Text() }),
	text("event_data", func(r *counterfoil.Record) string { return r.EventData.Text() }),
	{"received", func(dst []byte, r *counterfoil.Record) []byte { return r.Received.Append(dst) }},
	text("via", func(r *counterfoil.Record) string { return r.Via }),
	text("dialect", func(r *counterfoil.Record) string { return r.Dialect }),
	{"aid", appendAID},
	{"vers", func(dst []byte, r *counterfoil.Record) []byte {
		return strconv.AppendInt(append(strconv.AppendInt(dst, int64(r.Major), 10), '.'), int64(r.Minor), 10)
	}},
	text("raw", func(r *counterfoil.Record) string { return r.Raw }),
}

func appendOutcome(dst []byte, r *counterfoil.Record) []byte {
	if r.Outcome == counterfoil.Unknown {
		return dst
	}
	return strconv.AppendBool(dst, r.Outcome == counterfoil.Success)
}

func appendCategory(dst []byte, r *counterfoil.Record) []byte {
	if r.Category == counterfoil.NoCategory {
		return dst
	}
	return append(dst, r.Category.String()...)
}

func appendPID(dst []byte, r *counterfoil.Record) []byte {
	if r.Subject.PID == 0 {
		return dst
	}
	return strconv.AppendInt(dst, r.Subject.PID, 10)
}

func appendAID(dst []byte, r *counterfoil.Record) []byte {
	if r.AID.IsZero() {
		return dst
	}
	return r.AID.Append(dst)
}

// choose gives the columns of these names, and those left out.
func choose(names []string) (chosen, left []column, err error) {
	if len(names) == 0 {
		return columns, nil, nil
	}
	for i, name := range names {
		j := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
		if j < 0 {
			return nil, nil, fmt.Errorf("csv: %q is no column: choose of %s", name, strings.Join(Columns(), ", "))
		}
		if slices.Contains(names[:i], name) {
			return nil, nil, fmt.Errorf("csv: column %q is named twice", name)
		}
		chosen = append(chosen, columns[j])
	}
	for _, c := range columns {
		if !slices.Contains(names, c.name) {
			left = append(left, c)
		}
	}
	return chosen, left, nil
}
