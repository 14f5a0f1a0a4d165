package cef

import (
	"maps"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

const (
	vendor    = "counterfoil"
	ourPrefix = "counterfoil" // of keys for what the dictionary has no word for
	ourExact  = "Exact"       // behind such a key: the value is a JSON string of the exact bytes
)

// home is the key of the dictionary under which a field of ours travels.
type home struct {
	field, key string
	limit      int    // the longest value that the dictionary allows, in bytes
	label      string // what key+"Label" says; "" where the key says it itself
}

// homes of fields whose key depends on nothing else; addr and object have theirs in encode.go.
var homes = []home{
	{"aid", "externalId", 40, ""},
	{"host", "dvchost", 100, ""},
	{"category", "cat", 1023, ""},
	{"action", "act", 63, ""},
	{"success", "outcome", 63, ""},
	{"user", "suser", 1023, ""},
	{"sess", "cs1", 4000, "Session"},
	{"class", "cs4", 4000, "Event Classes"},
	{"subject.login_id", "suid", 1023, ""},
	{"subject.id", "cs2", 4000, "Effective User ID"},
	{"subject.group", "cs6", 4000, "Group"},
	{"subject.terminal", "cs5", 4000, "Terminal"},
	{"subject.pid", "spid", 20, ""},
	{"subject.process", "sproc", 1023, ""},
	{"object.kind", "cs3", 4000, "Object Type"},
}

// objectHomes are the keys of an object's name and id by its kind.
var objectHomes = map[string]struct{ name, id string }{
	"file":    {"filePath", "fileId"},
	"account": {"duser", "duid"},
	"process": {"dproc", ""},
	"service": {"destinationServiceName", ""},
}

const (
	renamedFrom     = "oldFilePath"
	renamedTo       = "filePath"
	address4        = "src"
	address6        = "c6a2"
	address6Label   = "Source IPv6 Address"
	objectNameLimit = 1023
)

// ourKey gives the key of ours for a field: "counterfoilObjectKind".
func ourKey(field string) string { return carry.CamelKey(ourPrefix, field) }

// fieldKeys gives the field that a key of a message of ours means.
var fieldKeys = func() map[string]*carry.Field {
	m := map[string]*carry.Field{address4: carry.FieldOf("addr"), address6: carry.FieldOf("addr"), renamedFrom: carry.FieldOf("object.name")}
	for _, h := range homes {
		m[h.key] = carry.FieldOf(h.field)
	}
	for _, h := range objectHomes {
		m[h.name], m[h.id] = carry.FieldOf("object.name"), carry.FieldOf("object.id")
	}
	for i := range carry.Fields {
		m[ourKey(carry.Fields[i].Name)] = &carry.Fields[i]
	}
	delete(m, "")
	return m
}()

// severities are header values by level: 0 to 3 is low, 4 to 6 medium, 7 and 8 high.
var severities = [...]string{carry.Informational: "2", carry.Low: "5", carry.Medium: "7"}

// behaviours are ArcSight's words in categoryBehavior, of which connectors write a few, and what they are here.
var behaviours = map[string]struct {
	action counterfoil.Action
	class  counterfoil.Class
}{
	"/Authentication/Verify": {counterfoil.AuthAttempt, counterfoil.ClassLogin | counterfoil.ClassAuthentication},
	"/Authentication/Add":    {counterfoil.AccountCreate, counterfoil.ClassAdministration},
	"/Authentication/Delete": {counterfoil.AccountDelete, counterfoil.ClassAdministration},
	"/Authentication/Modify": {counterfoil.AccountModify, counterfoil.ClassAdministration},
	"/Authorization/Verify":  {counterfoil.AuthAuthorize, counterfoil.ClassAuthentication},
	"/Authorization/Add":     {counterfoil.RoleGrant, counterfoil.ClassAdministration},
	"/Authorization/Delete":  {counterfoil.RoleRevoke, counterfoil.ClassAdministration},
}

// outcomes are the words for outcome and categoryOutcome that leave no doubt.
var outcomes = map[string]counterfoil.Outcome{
	"success": counterfoil.Success, "Success": counterfoil.Success, "SUCCESS": counterfoil.Success, "/Success": counterfoil.Success,
	"failure": counterfoil.Failure, "Failure": counterfoil.Failure, "FAILURE": counterfoil.Failure, "/Failure": counterfoil.Failure,
}

// foreign are the fields that a key of another vendor's message fills, the first key that has a value.
var foreign = []struct {
	field string
	keys  []string
}{
	{"host", []string{"dvchost", "dvc"}},
	{"addr", []string{"src"}},
	{"user", []string{"suser", "duser"}},
	{"subject.login_id", []string{"suid"}},
	{"subject.pid", []string{"spid"}},
	{"subject.process", []string{"sproc", "sourceProcessName"}},
}

func mapping() []dialect.Row {
	rows := []dialect.Row{
		{Theirs: "Device Product", Ours: "`svc`", Note: "in capitals, other bytes as `_`; read"},
		{Theirs: "Device Event Class ID", Ours: "`event`", Note: "read likewise; the Name where the ID is only a number. Written: `svc:event`"},
		{Theirs: "Name, msg", Ours: "`action`, the sentence", Note: "written"},
		{Theirs: "Severity", Ours: "", Note: "written: 2, 5 for what failed or was refused, 7 for alarms, anomalies and gaps"},
		{Theirs: "rt, end, start, the syslog header", Ours: "`time`", Note: "read, the first there is; `event_data.inferred` where year or zone were not told. Written: `rt` and " + ourKey("time")},
	}
	for _, f := range foreign {
		keys := f.keys[0]
		for _, k := range f.keys[1:] {
			keys += ", else " + k
		}
		rows = append(rows, dialect.Row{Theirs: keys, Ours: "`" + f.field + "`", Note: "read"})
	}
	rows = append(rows, dialect.Row{Theirs: "c6a2", Ours: "`addr`", Note: "read where c6a2Label says `" + address6Label + "`; written for IPv6"},
		dialect.Row{Theirs: "outcome, else categoryOutcome", Ours: "`success`", Note: "read where it is one of success, failure, /Success, /Failure"},
		dialect.Row{Theirs: "filePath, else fname; else duser beside suser; else request; else dhost, dst", Ours: "`object`", Note: "read, kinds file, account, url, socket"})
	for _, b := range slices.Sorted(maps.Keys(behaviours)) {
		rows = append(rows, dialect.Row{Theirs: "categoryBehavior=" + b, Ours: "`action` " + string(behaviours[b].action), Note: "read"})
	}
	for _, h := range homes {
		note := "written"
		if h.label != "" {
			note = "written, labelled " + h.label
		}
		rows = append(rows, dialect.Row{Theirs: h.key, Ours: "`" + h.field + "`", Note: note})
	}
	for _, kind := range slices.Sorted(maps.Keys(objectHomes)) {
		rows = append(rows, dialect.Row{Theirs: objectHomes[kind].name, Ours: "`object.name`", Note: "written for a " + kind})
	}
	return append(rows, dialect.Row{Theirs: renamedFrom + ", " + renamedTo, Ours: "`object.name`, `object.to`", Note: "written for a file with two names"},
		dialect.Row{Theirs: ourKey("event_data") + " and others", Ours: "the field", Note: "written for what has no key above"},
		dialect.Row{Theirs: "rawEvent, " + ourKey("dialect"), Ours: "`raw`, `dialect`", Note: "written, shown only: not read back"})
}
