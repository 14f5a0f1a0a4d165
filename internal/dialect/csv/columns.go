package csv

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Columns lists the columns in the order in which they stand when nothing else is asked for: what people read first
// comes first. The names are those of the canonical message, and sentence, which says it in English.
func Columns() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// column is one field. Its cell is a text, or else what append appends, unprotected and unquoted.
type column struct {
	name   string
	text   func(r *counterfoil.Record) string
	append func(dst []byte, r *counterfoil.Record) []byte
	bare   bool                                           // what is appended never asks for quotes or protection
	read   func(r *counterfoil.Record, cell string) error // takes the text of a cell back; nil: what the cell says is known from the others
	data   bool                                           // the field is data: see [readsBack]
	note   string                                         // of the mapping table
}

// cell appends the text of a cell.
func (c *column) cell(dst []byte, r *counterfoil.Record) []byte {
	if c.text != nil {
		return append(dst, c.text(r)...)
	}
	return c.append(dst, r)
}

// text is a column of a field that holds any text.
func text(name string, of func(r *counterfoil.Record) *string) column {
	return column{name: name,
		text: func(r *counterfoil.Record) string { return *of(r) },
		read: func(r *counterfoil.Record, cell string) error { *of(r) = cell; return nil }}
}

// data is a column of a field that holds an object or a string. A string is shown without its quotes.
func data(name string, of func(r *counterfoil.Record) *counterfoil.JSON) column {
	return column{name: name, note: "an object as JSON, a text as it is", data: true,
		text: func(r *counterfoil.Record) string { return of(r).Text() },
		read: func(r *counterfoil.Record, cell string) error { *of(r) = dataOf(cell); return nil }}
}

// dataOf gives the data that a cell shows: an object where it is one, else a text.
func dataOf(cell string) counterfoil.JSON {
	if cell == "" {
		return ""
	}
	if cell[0] == '{' {
		if j, err := counterfoil.Canonical(cell); err == nil {
			return j
		}
	}
	return counterfoil.String(cell)
}

var columns = []column{
	{name: "seq", append: appendSeq, bare: true, read: readSeq, note: placed},
	{name: "time", append: func(dst []byte, r *counterfoil.Record) []byte { return r.Time.Append(dst) }, bare: true,
		read: func(r *counterfoil.Record, cell string) (err error) {
			r.Time, err = counterfoil.ParseTime(cell)
			return err
		}, note: "RFC 3339"},
	{name: "sentence", append: func(dst []byte, r *counterfoil.Record) []byte { return r.AppendSentence(dst) }, note: "made of the others; not read"},
	text("host", func(r *counterfoil.Record) *string { return &r.Host }),
	text("svc", func(r *counterfoil.Record) *string { return &r.Service }),
	text("event", func(r *counterfoil.Record) *string { return &r.Name }),
	{name: "action", text: func(r *counterfoil.Record) string { return string(r.Action) }, read: readAction},
	{name: "success", append: appendOutcome, bare: true, read: readOutcome, note: "true, false, or empty"},
	text("user", func(r *counterfoil.Record) *string { return &r.User }),
	text("addr", func(r *counterfoil.Record) *string { return &r.Addr }),
	text("object.kind", func(r *counterfoil.Record) *string { return &r.Object.Kind }),
	text("object.name", func(r *counterfoil.Record) *string { return &r.Object.Name }),
	text("object.to", func(r *counterfoil.Record) *string { return &r.Object.To }),
	text("object.id", func(r *counterfoil.Record) *string { return &r.Object.ID }),
	{name: "class", append: appendClass, bare: true, read: readClass, note: "names, with spaces"},
	{name: "category", append: appendCategory, read: readCategory},
	text("sess", func(r *counterfoil.Record) *string { return &r.Session }),
	text("subject.login_id", func(r *counterfoil.Record) *string { return &r.Subject.LoginID }),
	text("subject.id", func(r *counterfoil.Record) *string { return &r.Subject.ID }),
	text("subject.name", func(r *counterfoil.Record) *string { return &r.Subject.Name }),
	text("subject.group", func(r *counterfoil.Record) *string { return &r.Subject.Group }),
	text("subject.terminal", func(r *counterfoil.Record) *string { return &r.Subject.Terminal }),
	{name: "subject.pid", append: appendPID, read: readPID},
	text("subject.process", func(r *counterfoil.Record) *string { return &r.Subject.Process }),
	data("svc_data", func(r *counterfoil.Record) *counterfoil.JSON { return &r.SvcData }),
	data("event_data", func(r *counterfoil.Record) *counterfoil.JSON { return &r.EventData }),
	{name: "received", append: appendReceived, bare: true, read: readReceived, note: placed},
	{name: "via", text: func(r *counterfoil.Record) string {
		if r.Received == 0 {
			return ""
		}
		return r.Via
	}, read: func(r *counterfoil.Record, cell string) error { r.Via = cell; return nil }, note: placed},
	text("dialect", func(r *counterfoil.Record) *string { return &r.Dialect }),
	{name: "aid", append: appendAID, bare: true, read: readAID},
	{name: "vers", append: func(dst []byte, r *counterfoil.Record) []byte {
		return strconv.AppendInt(append(strconv.AppendInt(dst, int64(r.Major), 10), '.'), int64(r.Minor), 10)
	}, read: readVersion},
	text("raw", func(r *counterfoil.Record) *string { return &r.Raw }),
}

// placed: a record that is being converted has no place in a trail.
const placed = "the place in a trail, empty where there is none; read into `event_data.origin`"

// columnNamed gives the column of a name, or nil.
func columnNamed(name string) *column {
	i := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return &columns[i]
}

// mapping is the table of our own columns.
func mapping() (rows []dialect.Row) {
	for _, c := range columns {
		ours := "`" + c.name + "`"
		if c.read == nil {
			ours = ""
		}
		rows = append(rows, dialect.Row{Theirs: "`" + c.name + "`", Ours: ours, Note: c.note})
	}
	return rows
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
