package gelf

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

const (
	marker = "_counterfoil" // its value is the dialect; other senders' messages have it not
	exact  = "_exact"       // behind a name: a JSON string of the exact bytes
	noHost = "-"            // host is mandatory
)

// ourKey gives the name of the additional field for a field: "_object_kind". host has the one that every message has.
func ourKey(field string) string {
	if field == "host" {
		return field
	}
	return "_" + strings.ReplaceAll(field, ".", "_")
}

// keys are ourKey of carry.Fields.
var keys = func() (list []string) {
	for _, f := range carry.Fields {
		list = append(list, ourKey(f.Name))
	}
	return list
}()

var fieldKeys = func() map[string]*carry.Field {
	m := map[string]*carry.Field{}
	for i, k := range keys {
		m[k] = &carry.Fields[i]
	}
	m["_host"] = m["host"]
	return m
}()

// levels are syslog's severities by level: informational, notice, warning.
var levels = [...]int64{carry.Informational: 6, carry.Low: 5, carry.Medium: 4}

// names are the additional fields of other senders that fill a field, the first that has a value: those of Graylog's
// information model, then what libraries use.
var names = []struct {
	field string
	keys  []string
}{
	{"addr", []string{"_source_ip", "_src_ip", "_client_ip", "_remote_addr"}},
	{"user", []string{"_user_name", "_username", "_user"}},
	{"sess", []string{"_user_session_id", "_session_id"}},
	{"success", []string{"_event_outcome", "_outcome"}},
	{"subject.login_id", []string{"_user_id"}},
	{"subject.pid", []string{"_process_id", "_pid"}},
	{"subject.process", []string{"_process_path", "_process_name"}},
	{"object.name", []string{"_file_path", "_file_name"}},
}

// services and events are where other senders name themselves, and what happened.
var (
	services = []string{"facility", "_facility", "_application_name", "_service_name", "_app"}
	events   = []string{"_event_action", "_event_code", "_event_type", "_event"}
)

func mapping() []dialect.Row {
	rows := []dialect.Row{
		{Theirs: "host", Ours: "`host`", Note: "read and written; written as `-` where there is none"},
		{Theirs: "timestamp", Ours: "`time`", Note: "read, all digits; written to the millisecond, the rest in `_time`"},
		{Theirs: "short_message", Ours: "the sentence", Note: "written"},
		{Theirs: "full_message", Ours: "`raw`", Note: "written, shown only: not read back"},
		{Theirs: "level", Note: "written: 6, 5 for what failed or was refused, 4 for alarms, anomalies and gaps"},
		{Theirs: strings.Join(services, ", else "), Ours: "`svc`", Note: "read, in capitals; GELF where there is none"},
		{Theirs: strings.Join(events, ", else "), Ours: "`event`", Note: "read, in capitals; MESSAGE where there is none"},
	}
	for _, n := range names {
		rows = append(rows, dialect.Row{Theirs: strings.Join(n.keys, ", else "), Ours: "`" + n.field + "`", Note: "read"})
	}
	for i, f := range carry.Fields {
		if f.Name != "host" {
			rows = append(rows, dialect.Row{Theirs: keys[i], Ours: "`" + f.Name + "`", Note: "written, and read where `" + marker + "` is"})
		}
	}
	return append(rows, dialect.Row{Theirs: "_dialect", Ours: "`dialect`", Note: "written, shown only: not read back"})
}

// outcomes are the words for success that leave no doubt.
var outcomes = map[string]counterfoil.Outcome{
	"success": counterfoil.Success, "succeeded": counterfoil.Success, "failure": counterfoil.Failure, "failed": counterfoil.Failure,
}
