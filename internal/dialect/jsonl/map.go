package jsonl

import (
	"slices"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// notes says of the keys of a message what [Parse] does beside taking them as they are.
var notes = map[string]string{
	"time":       "mandatory; any RFC 3339 offset",
	"addr":       "mandatory, may be empty",
	"user":       "mandatory, may be empty",
	"svc":        "mandatory; of another form than `[A-Z0-9_.]+`: in upper case, and as sent in `event_data.svc`",
	"event":      "mandatory; likewise, and `event_data.event`",
	"event_data": "a string beside which something must be put: `event_data.text`",
	"dialect":    "absent: `jsonl/1`",
	"raw":        "or `raw_b64`",
}

// placed are the keys that say where a record was in another trail.
var placed = []string{"seq", "received", "via"}

// mapping is the table of the message's keys.
func mapping() (rows []dialect.Row) {
	for _, name := range filter.ColumnNames {
		ours := "`" + name + "`"
		if slices.Contains(placed, name) {
			ours = "`event_data.origin." + name + "`"
		}
		rows = append(rows, dialect.Row{Theirs: "`" + name + "`", Ours: ours, Note: notes[name]})
	}
	rows = append(rows, dialect.Row{Theirs: "`hidden`", Ours: "`event_data.origin.hidden`", Note: "of a record whose other half was forgotten; then `addr` and `user` are absent"})
	return append(rows, dialect.Row{Theirs: "any other key", Ours: "`COUNTERFOIL` `UNPARSED`", Note: "refused, so that a misspelt one is not lost"})
}
