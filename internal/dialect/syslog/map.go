package syslog

import (
	"strconv"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// member is one member of the envelope as data. The list is in canonical order.
type member struct {
	name         string
	theirs, note string
	value        func(m *message) string
}

var members = []member{
	{"app", "APP-NAME; TAG", "", func(m *message) string { return m.app }},
	{"facility", "PRI", "number by 8, by name", func(m *message) string {
		if m.pri < 0 || m.pri/8 >= len(facilities) {
			return ""
		}
		return facilities[m.pri/8].name
	}},
	{"form", "how the envelope is written", "`rfc5424`, `rfc3164` or `none`", func(m *message) string { return formNames[m.form] }},
	{"host", "HOSTNAME", "", func(m *message) string { return m.host }},
	{"malformed", "the part of the header that does not fit", "`time` or `structured data`; at the latter the message begins", func(m *message) string { return m.broken }},
	{"msgid", "MSGID", "", func(m *message) string { return m.msgid }},
	{"procid", "PROCID; the brackets behind TAG", "", func(m *message) string { return m.procid }},
	{"severity", "PRI", "number modulo 8, by name", func(m *message) string {
		if m.pri < 0 || m.pri/8 >= len(facilities) {
			return ""
		}
		return severities[m.pri%8].name
	}},
	{"time", "TIMESTAMP", "as it was written", func(m *message) string { return m.stamp }},
}

// envelope writes the members of an envelope into the object that is open in b.
func (m *message) envelope(b *counterfoil.Builder) {
	for i := range members {
		if v := members[i].value(m); v != "" {
			b.String(members[i].name, v)
		}
	}
	if m.noYear || m.noZone {
		b.Array("inferred")
		if m.noYear {
			b.String("", "year")
		}
		if m.noZone {
			b.String("", "zone")
		}
		b.End()
	}
	if m.pri >= 0 {
		b.Int("pri", int64(m.pri))
	}
	if m.data != "" {
		m.structured(b)
	}
}

// structured writes structured data as objects in an object. What comes twice is name#2.
func (m *message) structured(b *counterfoil.Builder) {
	b.Object("sd")
	open := false
	elements(m.data, func(id, name, value string) {
		if name != "" {
			b.String(name, unescape(value))
			return
		}
		if open {
			b.End()
		}
		b.Object(id)
		open = true
	})
	b.End()
	b.End()
}

// plain makes the event of a message that no dialect took. reason, if any, says why one that should have did not.
func (d *decoder) plain(e *counterfoil.Event, m *message, f *dialect.Frame, inner, reason string) {
	d.b.Reset()
	d.b.Object("")
	m.envelope(&d.b)
	if reason != "" {
		d.b.Object("inner")
		d.b.String("dialect", inner)
		d.b.String("reason", reason)
		d.b.End()
	}
	if m.at < m.end {
		d.b.String("message", m.text())
	}
	d.b.End()
	*e = counterfoil.Event{Major: 1, Time: m.time, Dialect: d.id, Host: m.host, Service: service, Name: name,
		Class: counterfoil.ClassOther, Category: counterfoil.CategorySystem, EventData: d.b.JSON(), Raw: m.raw}
	if e.Time == 0 {
		e.Time = max(f.Received, 1)
	}
	if e.Host == "" {
		e.Host = f.Host
	}
	if m.pri >= 0 && m.pri/8 < len(facilities) {
		e.Class, e.Category = facilities[m.pri/8].class, severities[m.pri%8].category
	}
	e.Subject.Process = m.app
	if isDigits(m.procid) && len(m.procid) <= 10 {
		e.Subject.PID, _ = strconv.ParseInt(m.procid, 10, 64)
	}
}

// wrap gives an event that an inner dialect made its envelope and its bytes as they came; handed is the time of receipt
// that the inner dialect was told, which stands for a time that it did not find.
func (d *decoder) wrap(e *counterfoil.Event, m *message, raw string, handed counterfoil.Time) {
	if e.Host == "" {
		e.Host = m.host
	}
	if e.Time == handed && m.time != 0 {
		e.Time = m.time
	}
	e.Raw = raw
	d.b.Reset()
	d.b.Object("")
	switch e.SvcData.Kind() {
	case '{':
		for k, v := range e.SvcData.Members() {
			d.b.Value(k, v)
		}
	case '"':
		d.b.Value("text", e.SvcData)
	}
	d.b.Object("syslog")
	m.envelope(&d.b)
	d.b.End()
	d.b.End()
	e.SvcData = d.b.JSON()
}

// mappingRows gives the table on the dialect's page.
func mappingRows() []dialect.Row {
	var rows []dialect.Row
	for _, x := range members {
		rows = append(rows, dialect.Row{Theirs: x.theirs, Ours: "`" + x.name + "`", Note: x.note})
	}
	rows = append(rows,
		dialect.Row{Theirs: "what a time lacks", Ours: "`inferred`", Note: "a list of `year`, `zone`"},
		dialect.Row{Theirs: "PRI", Ours: "`pri`", Note: "the number"},
		dialect.Row{Theirs: "STRUCTURED-DATA", Ours: "`sd`", Note: "`{id: {name: value}}`, a name that comes again is `name#2`"},
		dialect.Row{Theirs: "the element with our SD-ID", Ours: "the event that it carries, each field a parameter of its name", Note: "before all else"},
		dialect.Row{Theirs: "MSG", Ours: "the inner event; else `message`"})
	for i, f := range facilities {
		rows = append(rows, dialect.Row{Theirs: "facility " + strconv.Itoa(i), Ours: "`" + f.name + "`, class `" + f.class.String() + "`", Note: "class of plain events"})
	}
	for i, s := range severities {
		rows = append(rows, dialect.Row{Theirs: "severity " + strconv.Itoa(i), Ours: "`" + s.name + "`, category `" + s.category.String() + "`", Note: "category of plain events"})
	}
	return rows
}
