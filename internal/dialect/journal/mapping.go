package journal

import (
	"cmp"
	"maps"
	"slices"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// rows makes the mapping table of the page: fields, MESSAGE_IDs by the name of the event, types of audit records.
func rows() []dialect.Row {
	all := []dialect.Row{
		{Theirs: "_SOURCE_REALTIME_TIMESTAMP, else __REALTIME_TIMESTAMP", Ours: "time"},
		{Theirs: "_HOSTNAME", Ours: "host"},
		{Theirs: "_COMM, else _EXE, else SYSLOG_IDENTIFIER", Ours: "svc", Note: "audit records: _EXE or AUDIT_FIELD_EXE, else KERNEL"},
		{Theirs: "_AUDIT_LOGINUID, else _UID", Ours: "user", Note: "UID:<n>"},
		{Theirs: "_AUDIT_LOGINUID · _AUDIT_SESSION", Ours: "subject.login_id · sess", Note: "unless unset"},
		{Theirs: "_EUID or _UID · _GID · _TTY · _PID · _EXE or _COMM", Ours: "subject.id · .group · .terminal · .pid · .process"},
		{Theirs: "_AUDIT_TYPE_NAME", Ours: "event", Note: "_TRANSPORT audit"},
		{Theirs: "_AUDIT_FIELD_RES, _AUDIT_FIELD_SUCCESS, AUDIT_FIELD_RES, AUDIT_FIELD_RESULT", Ours: "success", Note: "_TRANSPORT audit"},
		{Theirs: "AUDIT_FIELD_ADDR", Ours: "addr", Note: "_TRANSPORT audit"},
		{Theirs: "AUDIT_FIELD_ACCT", Ours: "user", Note: "audit records of programs, where the login uid is unset"},
		{Theirs: "USER_ID · SESSION_ID", Ours: "user · sess", Note: "SESSION_START, SESSION_STOP"},
		{Theirs: "any other", Ours: "event MESSAGE", Note: "class " + ap.String()},
	}
	ids := slices.SortedFunc(maps.Keys(messages), func(a, b string) int { return cmp.Compare(messages[a].event, messages[b].event) })
	for _, id := range ids {
		m := messages[id]
		all = append(all, m.row("MESSAGE_ID "+id, "event "+m.event))
	}
	for _, name := range slices.Sorted(maps.Keys(records)) {
		m := records[name]
		all = append(all, m.row("_AUDIT_TYPE_NAME "+name, "event "+name))
	}
	return all
}

func (m *message) row(theirs, ours string) dialect.Row {
	if m.action != "" {
		ours += ", " + string(m.action)
	}
	ours += ", " + m.class.String() + ", " + m.category.String()
	if m.outcome != unknown {
		ours += ", " + m.outcome.String()
	}
	r := dialect.Row{Theirs: theirs, Ours: ours}
	if m.object != "" {
		r.Note = "object " + m.kind + ": " + m.object
	}
	return r
}
