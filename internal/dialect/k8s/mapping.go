package k8s

import (
	"maps"
	"slices"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// rows makes the mapping table of the page: fields, verbs, resources.
func rows() []dialect.Row {
	all := []dialect.Row{
		{Theirs: "stageTimestamp", Ours: "time", Note: "else requestReceivedTimestamp, else when it was received"},
		{Theirs: "user.username", Ours: "user", Note: "who authenticated"},
		{Theirs: "user.uid", Ours: "subject.login_id"},
		{Theirs: "impersonatedUser, else user", Ours: "subject.id, subject.name", Note: "whose rights were used"},
		{Theirs: "user.extra authentication.kubernetes.io/credential-id", Ours: "sess"},
		{Theirs: "sourceIPs, the last", Ours: "addr", Note: "the client can set those before it"},
		{Theirs: "objectRef", Ours: "object", Note: "kind resource[/subresource], name as in the API's paths, id uid"},
		{Theirs: "requestURI", Ours: "object", Note: "where there is no resource: kind url"},
		{Theirs: "responseStatus.code, .status", Ours: "success", Note: "below 400; else stage Panic and annotation authorization.k8s.io/decision: forbid are failures"},
		{Theirs: "401, 403, decision forbid", Ours: "category security"},
	}
	for _, name := range slices.Sorted(maps.Keys(verbs)) {
		v := verbs[name]
		all = append(all, dialect.Row{Theirs: "verb " + name, Ours: "event " + v.event + ", class " + v.class.String()})
	}
	for _, name := range slices.Sorted(maps.Keys(families)) {
		all = append(all, families[name].row(name))
	}
	return append(all, configuration.row("any other resource"), nonResource.row("no resource"))
}

func (f *family) row(name string) dialect.Row {
	ours := "category " + f.category.String() + "; " + string(f.actions[read])
	if rest := f.actions[create:]; rest[0] != f.actions[read] {
		ours += " · " + string(rest[0])
		if rest[1] != rest[0] || rest[2] != rest[0] {
			ours += " · " + string(rest[1]) + " · " + string(rest[2])
		}
	}
	if f.class != 0 {
		ours += ", class " + f.class.String()
	}
	return dialect.Row{Theirs: name, Ours: ours}
}
