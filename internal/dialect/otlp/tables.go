package otlp

import (
	"strings"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

const (
	product     = "counterfoil"        // name of our scope
	ourPrefix   = "counterfoil."       // of attributes for what the conventions have no word for
	exactPrefix = "counterfoil.exact." // of those with a JSON string of the exact bytes
	jsonSuffix  = "_json"              // of data that is a JSON text
)

// homes are the attributes of the semantic conventions that fields are written under. file.path and counterfoil.object.name
// are both object.name.
var homes = map[string]string{
	"aid":              "log.record.uid",
	"addr":             "client.address",
	"user":             "user.name",
	"sess":             "session.id",
	"subject.login_id": "user.id",
	"subject.id":       "process.user.id",
	"subject.name":     "process.user.name",
	"subject.pid":      "process.pid",
	"subject.process":  "process.executable.path",
}

const (
	filePath    = "file.path"
	hostName    = "host.name"    // of the resource
	serviceName = "service.name" // of the resource
	original    = "log.record.original"
)

// fieldKeys gives the field that an attribute of ours means.
var fieldKeys = func() map[string]*carry.Field {
	m := map[string]*carry.Field{filePath: carry.FieldOf("object.name"), hostName: carry.FieldOf("host"), serviceName: carry.FieldOf("svc")}
	for i := range carry.Fields {
		f := &carry.Fields[i]
		m[ourPrefix+f.Name] = f
		if f.Kind == carry.Text {
			m[exactPrefix+f.Name] = f
		}
		if home := homes[f.Name]; home != "" {
			m[home] = f
		}
	}
	return m
}()

// severities are SeverityNumber by level, with their texts.
var severities = [...]struct {
	number int64
	text   string
}{carry.Informational: {9, "INFO"}, carry.Low: {13, "WARN"}, carry.Medium: {17, "ERROR"}}

// names are the attributes of others that fill a field, the first that has a value: the conventions', then older ones.
var names = []struct {
	field string
	keys  []string
}{
	{"addr", []string{"client.address", "source.address", "http.client_ip", "net.peer.ip"}},
	{"user", []string{"user.name", "enduser.id"}},
	{"sess", []string{"session.id"}},
	{"subject.login_id", []string{"user.id"}},
	{"subject.name", []string{"process.user.name"}},
	{"subject.id", []string{"process.user.id"}},
	{"subject.pid", []string{"process.pid"}},
	{"subject.process", []string{"process.executable.path", "process.executable.name"}},
	{"object.name", []string{filePath}},
}

func mapping() []dialect.Row {
	rows := []dialect.Row{
		{Theirs: "timeUnixNano, else observedTimeUnixNano", Ours: "`time`", Note: "read; written to the former, times before 1970 to " + ourPrefix + "time"},
		{Theirs: "observedTimeUnixNano", Ours: "`received`", Note: "written"},
		{Theirs: "body", Ours: "the sentence", Note: "written"},
		{Theirs: "eventName, else event.name", Ours: "`event`", Note: "read, in capitals, LOG where there is none; written to the former"},
		{Theirs: "severityNumber, severityText", Note: "written: 9 INFO, 13 WARN for what failed or was refused, 17 ERROR for alarms, anomalies and gaps"},
		{Theirs: serviceName + " of the resource, else the scope's name", Ours: "`svc`", Note: "read, in capitals, OTLP where there is none; written to the former"},
		{Theirs: hostName + " of the resource", Ours: "`host`", Note: "read and written"},
		{Theirs: "resource, scope", Ours: "`svc_data`", Note: "read"},
	}
	for _, n := range names {
		rows = append(rows, dialect.Row{Theirs: strings.Join(n.keys, ", else "), Ours: "`" + n.field + "`", Note: "read"})
	}
	for _, f := range carry.Fields {
		home := homes[f.Name]
		switch f.Name {
		case "host", "svc", "event", "time":
			continue
		case "object.name":
			home = filePath + " for a file, else " + ourPrefix + f.Name
		case "svc_data", "event_data":
			home = ourPrefix + f.Name + ", or " + ourPrefix + f.Name + jsonSuffix
		}
		if home == "" {
			home = ourPrefix + f.Name
		}
		rows = append(rows, dialect.Row{Theirs: home, Ours: "`" + f.Name + "`", Note: "written, and read in our scope"})
	}
	return append(rows, dialect.Row{Theirs: original + ", " + ourPrefix + "dialect", Ours: "`raw`, `dialect`", Note: "written, shown only: not read back"})
}
