package segment

import (
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// textColumn is a column of strings, "" where the message has no such key. Most are dictionary encoded.
type textColumn struct {
	name string        // in the Parquet schema
	col  filter.Column // what it is in filters
	get  func(*counterfoil.Record) string
	set  func(*counterfoil.Record, string) error
}

// textColumns are all columns but the numbers, the outcome and the aid, in the order of the message.
var textColumns = [...]textColumn{
	{"vers", filter.ColVersion, versionText, setVersion},
	{"via", filter.ColVia, func(r *counterfoil.Record) string { return r.Via }, func(r *counterfoil.Record, s string) error { r.Via = s; return nil }},
	{"dialect", filter.ColDialect, func(r *counterfoil.Record) string { return r.Dialect }, func(r *counterfoil.Record, s string) error { r.Dialect = s; return nil }},
	{"host", filter.ColHost, func(r *counterfoil.Record) string { return r.Host }, func(r *counterfoil.Record, s string) error { r.Host = s; return nil }},
	{"svc", filter.ColService, func(r *counterfoil.Record) string { return r.Service }, func(r *counterfoil.Record, s string) error { r.Service = s; return nil }},
	{"event", filter.ColEvent, func(r *counterfoil.Record) string { return r.Name }, func(r *counterfoil.Record, s string) error { r.Name = s; return nil }},
	{"class", filter.ColClass, classText, setClass},
	{"category", filter.ColCategory, func(r *counterfoil.Record) string { return r.Category.String() }, setCategory},
	{"action", filter.ColAction, func(r *counterfoil.Record) string { return string(r.Action) }, func(r *counterfoil.Record, s string) error { r.Action = counterfoil.Action(s); return nil }},
	{"addr", filter.ColAddr, func(r *counterfoil.Record) string { return r.Addr }, func(r *counterfoil.Record, s string) error { r.Addr = s; return nil }},
	{"user", filter.ColUser, func(r *counterfoil.Record) string { return r.User }, func(r *counterfoil.Record, s string) error { r.User = s; return nil }},
	{"sess", filter.ColSession, func(r *counterfoil.Record) string { return r.Session }, func(r *counterfoil.Record, s string) error { r.Session = s; return nil }},
	{"subject_login_id", filter.ColLoginID, func(r *counterfoil.Record) string { return r.Subject.LoginID }, func(r *counterfoil.Record, s string) error { r.Subject.LoginID = s; return nil }},
	{"subject_id", filter.ColSubjectID, func(r *counterfoil.Record) string { return r.Subject.ID }, func(r *counterfoil.Record, s string) error { r.Subject.ID = s; return nil }},
	{"subject_name", filter.ColSubjectName, func(r *counterfoil.Record) string { return r.Subject.Name }, func(r *counterfoil.Record, s string) error { r.Subject.Name = s; return nil }},
	{"subject_group", filter.ColGroup, func(r *counterfoil.Record) string { return r.Subject.Group }, func(r *counterfoil.Record, s string) error { r.Subject.Group = s; return nil }},
	{"subject_terminal", filter.ColTerminal, func(r *counterfoil.Record) string { return r.Subject.Terminal }, func(r *counterfoil.Record, s string) error { r.Subject.Terminal = s; return nil }},
	{"subject_process", filter.ColProcess, func(r *counterfoil.Record) string { return r.Subject.Process }, func(r *counterfoil.Record, s string) error { r.Subject.Process = s; return nil }},
	{"object_kind", filter.ColObjectKind, func(r *counterfoil.Record) string { return r.Object.Kind }, func(r *counterfoil.Record, s string) error { r.Object.Kind = s; return nil }},
	{"object_name", filter.ColObjectName, func(r *counterfoil.Record) string { return r.Object.Name }, func(r *counterfoil.Record, s string) error { r.Object.Name = s; return nil }},
	{"object_id", filter.ColObjectID, func(r *counterfoil.Record) string { return r.Object.ID }, func(r *counterfoil.Record, s string) error { r.Object.ID = s; return nil }},
	{"object_to", filter.ColObjectTo, func(r *counterfoil.Record) string { return r.Object.To }, func(r *counterfoil.Record, s string) error { r.Object.To = s; return nil }},
	{"svc_data", filter.ColSvcData, func(r *counterfoil.Record) string { return string(r.SvcData) }, func(r *counterfoil.Record, s string) error { r.SvcData = counterfoil.JSON(s); return nil }},
	{nameEventData, filter.ColEventData, func(r *counterfoil.Record) string { return string(r.EventData) }, func(r *counterfoil.Record, s string) error { r.EventData = counterfoil.JSON(s); return nil }},
	{"raw", filter.ColRaw, func(r *counterfoil.Record) string { return r.Raw }, func(r *counterfoil.Record, s string) error { r.Raw = s; return nil }},
}

// Columns that are no text.
const (
	nameSeq       = "seq"
	nameTime      = "time"
	nameReceived  = "received"
	namePID       = "subject_pid"
	nameSuccess   = "success"
	nameAID       = "aid"
	nameEventData = "event_data"
	// nameExact holds, for the rare record with a string that is not valid UTF-8, a JSON object of those strings in
	// canonical form; the columns then hold them with U+FFFD for the bytes that a Parquet string cannot carry. Of a record
	// whose hidden half was forgotten it has what the leaf has of that half, as exactHidden.
	nameExact   = "exact"
	exactHidden = "hidden"
)

// textOf finds a text column by what it is in filters; -1 if it is none.
var textOf = func() (t [filter.NumColumns]int) {
	for i := range t {
		t[i] = -1
	}
	for i, c := range textColumns {
		t[c.col] = i
	}
	return t
}()

// columnNamed finds what a column of the Parquet schema is in filters. The column exact is in none.
var columnNamed = func() map[string]filter.Column {
	m := map[string]filter.Column{nameSeq: filter.ColSeq, nameTime: filter.ColTime, nameReceived: filter.ColReceived, namePID: filter.ColPID,
		nameSuccess: filter.ColSuccess, nameAID: filter.ColAID}
	for i := range textColumns {
		m[textColumns[i].name] = textColumns[i].col
	}
	for k := range numParts {
		m[partName(k)] = filter.ColEventData
	}
	return m
}()

func versionText(r *counterfoil.Record) string {
	if r.Major == 1 && r.Minor == 0 {
		return "1.0"
	}
	return strconv.Itoa(r.Major) + "." + strconv.Itoa(r.Minor)
}

func setVersion(r *counterfoil.Record, s string) (err error) {
	if s == "1.0" {
		r.Major, r.Minor = 1, 0
		return nil
	}
	major, minor, _ := strings.Cut(s, ".")
	if r.Major, err = strconv.Atoi(major); err == nil {
		r.Minor, err = strconv.Atoi(minor)
	}
	return err
}

func classText(r *counterfoil.Record) string {
	if r.Class == 0 {
		return ""
	}
	return r.Class.String()
}

func setClass(r *counterfoil.Record, s string) error {
	r.Class = 0
	for s != "" {
		var name string
		name, s, _ = strings.Cut(s, ",")
		c, err := counterfoil.ParseClass(name)
		if err != nil {
			return err
		}
		r.Class |= c
	}
	return nil
}

func setCategory(r *counterfoil.Record, s string) (err error) {
	r.Category = counterfoil.NoCategory
	if s != "" {
		r.Category, err = counterfoil.ParseCategory(s)
	}
	return err
}
