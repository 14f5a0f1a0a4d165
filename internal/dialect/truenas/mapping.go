package truenas

import (
	"maps"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// mapping lists what becomes what.
func mapping() (rows []dialect.Row) {
	say := func(c counterfoil.Class, k counterfoil.Category, a counterfoil.Action) string {
		var parts []string
		if a != "" {
			parts = append(parts, string(a))
		}
		if c != 0 {
			parts = append(parts, "class "+strings.Join(c.Names(), " "))
		}
		if k != 0 {
			parts = append(parts, k.String())
		}
		return strings.Join(parts, ", ")
	}
	for _, r := range rules {
		event := r.event
		if event == "" {
			event = "any other"
		}
		rows = append(rows, dialect.Row{Theirs: r.svc + " " + event, Ours: say(r.class, r.category, r.action), Note: r.note})
	}
	for _, k := range slices.Sorted(maps.Keys(controls)) {
		rows = append(rows, dialect.Row{Theirs: "SMB FSCTL " + k, Ours: string(controls[k])})
	}
	for _, k := range slices.Sorted(maps.Keys(credentials)) {
		rows = append(rows, dialect.Row{Theirs: "SYSTEM CREDENTIAL " + k, Ours: say(credentials[k].class, 0, credentials[k].action)})
	}
	for _, k := range slices.Sorted(maps.Keys(calls)) {
		rows = append(rows, dialect.Row{Theirs: "SYSTEM system call " + k, Ours: say(calls[k].class, 0, calls[k].action)})
	}
	for _, c := range methods {
		name, kind := c.method, c.kind
		if strings.HasSuffix(name, ".") {
			name += "*"
		}
		if kind != "" {
			kind = "the object is of kind " + kind
		}
		rows = append(rows, dialect.Row{Theirs: "MIDDLEWARE METHOD_CALL " + name, Ours: string(c.action), Note: kind})
	}
	return rows
}
