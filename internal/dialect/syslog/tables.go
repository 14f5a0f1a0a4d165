package syslog

import (
	"slices"

	"github.com/counterfoil/counterfoil"
)

// facilities are the parts of a system that RFC 5424 numbers, table 1, under the names of syslog.conf(5); 12 to 15 have no
// common names there.
var facilities = [...]struct {
	name  string
	class counterfoil.Class
}{
	{"kern", counterfoil.ClassOther}, {"user", counterfoil.ClassApplication}, {"mail", counterfoil.ClassApplication},
	{"daemon", counterfoil.ClassApplication}, {"auth", counterfoil.ClassAuthentication}, {"syslog", counterfoil.ClassApplication},
	{"lpr", counterfoil.ClassApplication}, {"news", counterfoil.ClassApplication}, {"uucp", counterfoil.ClassApplication},
	{"cron", counterfoil.ClassApplication}, {"authpriv", counterfoil.ClassAuthentication}, {"ftp", counterfoil.ClassApplication},
	{"ntp", counterfoil.ClassApplication}, {"audit", counterfoil.ClassOther}, {"alert", counterfoil.ClassOther},
	{"clock", counterfoil.ClassApplication}, {"local0", counterfoil.ClassApplication}, {"local1", counterfoil.ClassApplication},
	{"local2", counterfoil.ClassApplication}, {"local3", counterfoil.ClassApplication}, {"local4", counterfoil.ClassApplication},
	{"local5", counterfoil.ClassApplication}, {"local6", counterfoil.ClassApplication}, {"local7", counterfoil.ClassApplication},
}

// Facility gives the number of a facility.
func Facility(name string) (number int, ok bool) {
	number = slices.Index(Facilities(), name)
	return number, number >= 0
}

// Facilities gives the names of the facilities, by number.
func Facilities() (names []string) {
	for _, f := range facilities {
		names = append(names, f.name)
	}
	return names
}

// severities of RFC 5424, table 2.
var severities = [...]struct {
	name     string
	category counterfoil.Category
}{
	{"emerg", counterfoil.CategoryAlarm}, {"alert", counterfoil.CategoryAlarm}, {"crit", counterfoil.CategoryAlarm},
	{"err", counterfoil.CategorySystem}, {"warning", counterfoil.CategorySystem}, {"notice", counterfoil.CategorySystem},
	{"info", counterfoil.CategorySystem}, {"debug", counterfoil.CategorySystem},
}

// Numbers of severities that are written.
const (
	severityWarning = 4
	severityNotice  = 5
	severityInfo    = 6
)

const (
	service = "SYSLOG"
	name    = "MESSAGE"
)
