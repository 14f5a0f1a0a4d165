package vault

import (
	"maps"
	"slices"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// rows makes the mapping table of the page: fields, operations, paths in the order in which they are asked.
func rows() []dialect.Row {
	all := []dialect.Row{
		{Theirs: "time", Ours: "time", Note: "else when it was received"},
		{Theirs: "auth.display_name", Ours: "user, subject.name", Note: "of a login: response.auth.display_name, else the mount and name in its path"},
		{Theirs: "auth.entity_id", Ours: "subject.login_id"},
		{Theirs: "auth.accessor, else request.client_token_accessor", Ours: "sess", Note: "hashed or not"},
		{Theirs: "request.remote_address", Ours: "addr"},
		{Theirs: "request.operation", Ours: "event", Note: "in upper case"},
		{Theirs: "request.namespace.path, request.path", Ours: "object.name"},
		{Theirs: "error, auth.policy_results.allowed false", Ours: "success false"},
		{Theirs: "type response without them", Ours: "success true"},
		{Theirs: "permission denied", Ours: "category security"},
	}
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		op := operations[name]
		all = append(all, dialect.Row{Theirs: "operation " + name, Ours: "class " + op.class.String()})
	}
	for i := range rules {
		r := &rules[i]
		row := dialect.Row{Theirs: "path " + r.path, Note: "object " + r.kind}
		if r.mount != "" {
			row.Theirs = "mount_type " + r.mount + ", " + row.Theirs
		}
		for a := read; a < inner; a++ {
			name := string(r.actions[a])
			if name == "" {
				name = "–"
			}
			if a > read {
				row.Ours += " · "
			}
			row.Ours += name
		}
		row.Ours += "; " + r.category.String()
		if r.class != 0 {
			row.Ours += ", class " + r.class.String()
		}
		all = append(all, row)
	}
	return all
}
