package linux

import (
	"fmt"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// mappingRows gives the table on the dialect's page: each record type, then the system calls, those together that
// become the same.
func mappingRows() []dialect.Row {
	var rows []dialect.Row
	for _, t := range recordTypes {
		row := dialect.Row{Theirs: fmt.Sprintf("`%s` (%d)", t.name, t.num), Note: kindNotes[t.kind]}
		switch t.kind {
		case calling:
			row.Ours = "`event` is the system call: see below"
		case aux:
			row.Ours = "`event_data." + t.name + "`"
			if t.num == typeEOE {
				row.Ours = "the end of the event"
			}
		default:
			row.Ours = translation(typeActions[t.num], t.class, t.category)
		}
		if isDecision(t.num) || t.num == typeLandlock {
			row.Note += "; with the classes of its system call"
		}
		rows = append(rows, row)
	}
	return append(rows, callRows()...)
}

var kindNotes = [...]string{
	multi:   "names the event; more records may follow",
	single:  "an event of its own",
	calling: "names the event where no other record does",
	aux:     "adds to an event",
}

func translation(a counterfoil.Action, c counterfoil.Class, g counterfoil.Category) string {
	s := fmt.Sprintf("class `%s`, category `%s`", c, g)
	if a != "" {
		s = fmt.Sprintf("`%s`, %s", a, s)
	}
	return s
}

func callRows() []dialect.Row {
	names := map[string][]string{}
	for i := range syscalls {
		c := &syscalls[i]
		to := translation(callActions[c.name], c.class, c.category)
		if c.flags {
			to = fmt.Sprintf("`%s`, class by its flags, category `%s`", callActions[c.name], c.category)
		}
		names[to] = append(names[to], c.name)
	}
	var rows []dialect.Row
	for to, calls := range names {
		slices.Sort(calls)
		rows = append(rows, dialect.Row{Theirs: "`SYSCALL` " + strings.Join(calls, " "), Ours: to})
	}
	slices.SortFunc(rows, func(a, b dialect.Row) int { return strings.Compare(a.Ours, b.Ours) })
	return rows
}
