package samba

import (
	"maps"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// mapping lists the events, and the lines that they are made of.
func mapping() (rows []dialect.Row) {
	for _, name := range slices.Sorted(maps.Keys(events)) {
		r := events[name]
		ours := []string{"`" + name + "`"}
		if r.action != "" {
			ours = append(ours, string(r.action))
		}
		ours = append(ours, "class "+strings.Join(r.class.Names(), " "), r.category.String())
		rows = append(rows, dialect.Row{Theirs: r.from, Ours: strings.Join(ours, ", ")})
	}
	return rows
}
