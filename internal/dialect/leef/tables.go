package leef

import (
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

const (
	product   = "counterfoil"
	ourPrefix = "counterfoil" // of attributes that LEEF does not define
	exact     = "Exact"       // behind such a key: the value is a JSON string of the exact bytes
	// timeFormat is how devTime is written, in Java's letters; LEEF wants it beside a time that is not a number.
	timeFormat = "MMM dd yyyy HH:mm:ss.SSS z"
)

// homes are the predefined attributes of fields. A field without one is written under a key of ours, so is one whose text
// its attribute cannot have.
var homes = map[string]string{
	"category": "cat",
	"user":     "usrName",
	"host":     "identHostName",
}

const address = "src" // of addr, where it is an IP address

// severities are sev by level, from 1 to 10.
var severities = [...]string{carry.Informational: "2", carry.Low: "5", carry.Medium: "7"}

// keys are the keys of carry.Fields that are ours.
var keys = func() (list []string) {
	for _, f := range carry.Fields {
		list = append(list, carry.CamelKey(ourPrefix, f.Name))
	}
	return list
}()

func mapping() []dialect.Row {
	rows := []dialect.Row{
		{Theirs: "EventID", Ours: "`svc`:`event`"},
		{Theirs: "devTime, devTimeFormat", Ours: "`time`", Note: "to the millisecond; all digits in " + carry.CamelKey(ourPrefix, "time")},
		{Theirs: "sev", Note: "2, 5 for what failed or was refused, 7 for alarms, anomalies and gaps"},
		{Theirs: address, Ours: "`addr`", Note: "where it is an IP address"},
		{Theirs: "msg", Ours: "the sentence"},
	}
	for i, f := range carry.Fields {
		switch home := homes[f.Name]; {
		case home != "":
			rows = append(rows, dialect.Row{Theirs: home, Ours: "`" + f.Name + "`"})
		case f.Name != "svc" && f.Name != "event":
			rows = append(rows, dialect.Row{Theirs: keys[i], Ours: "`" + f.Name + "`"})
		}
	}
	return append(rows, dialect.Row{Theirs: ourPrefix + "Dialect", Ours: "`dialect`"})
}
