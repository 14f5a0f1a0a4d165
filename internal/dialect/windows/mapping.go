package windows

import (
	"fmt"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// rows makes the mapping table of the page: fields, event ids, rights.
func rows() []dialect.Row {
	all := []dialect.Row{
		{Theirs: "TimeCreated SystemTime", Ours: "time"},
		{Theirs: "Computer", Ours: "host"},
		{Theirs: "Provider Name", Ours: "svc", Note: "in upper case"},
		{Theirs: "EventID", Ours: "event"},
		{Theirs: "Keywords 0x0010000000000000 · 0x0020000000000000", Ours: "success false · true", Note: "audit failure · audit success"},
		{Theirs: "SubjectUserName · SubjectUserSid · SubjectLogonId", Ours: "user · subject.login_id · sess", Note: "who asked for it"},
		{Theirs: "TargetUserName · TargetUserSid or TargetSid · TargetLogonId", Ours: "user · subject.login_id · sess", Note: "logons: those marked so"},
		{Theirs: "SubjectDomainName, TargetDomainName", Ours: "subject.name", Note: `DOMAIN\user`},
		{Theirs: "Security UserID", Ours: "subject.login_id", Note: "where the event has no other"},
		{Theirs: "IpAddress, ClientAddress, SourceAddress; DestAddress of what came in", Ours: "addr"},
		{Theirs: "ProcessName, CallerProcessName, Application, ParentProcessName", Ours: "subject.process"},
		{Theirs: "ProcessId, CallerProcessId, ProcessID", Ours: "subject.pid"},
	}
	for _, p := range []struct {
		name string
		list []spec
	}{{"", auditing}, {eventlogProvider + " ", eventlog}, {controlProvider + " ", control}} {
		for i := range p.list {
			all = append(all, p.list[i].row(p.name+p.list[i].ids))
		}
	}
	all = append(all, otherAuditing.row("any other of "+auditingProvider),
		dialect.Row{Theirs: "any other event, or provider in another channel", Ours: "ap, system", Note: "no user but Security UserID, no success"})
	for _, r := range rights {
		all = append(all, dialect.Row{Theirs: fmt.Sprintf("AccessMask %#x (%s) of a file", r.mask, r.name), Ours: string(r.action) + ", " + r.class.String(),
			Note: "4663: the first that is set; 4656 and 5145: file.open with the classes of all"})
	}
	return all
}

func (s *spec) row(theirs string) dialect.Row {
	r := dialect.Row{Theirs: theirs, Ours: s.class.String() + ", " + s.category.String()}
	if s.class == 0 {
		r.Ours = "by AccessMask, " + s.category.String()
	}
	if s.action != "" {
		r.Ours = string(s.action) + ", " + r.Ours
	}
	if s.who == byTarget {
		r.Note = "logon"
	}
	if s.kind == "*" {
		r.Note = "object by ObjectType: " + s.name
	} else if s.name != "" {
		if r.Note != "" {
			r.Note += "; "
		}
		r.Note += "object " + s.kind + ": " + s.name
	}
	return r
}
