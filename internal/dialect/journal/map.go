package journal

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// decode fills e from the entry in a frame, whose bytes it has as raw.
func decode(e *counterfoil.Event, frame []byte) error {
	x, err := parse(frame, e.Raw)
	if err != nil {
		return err
	}
	e.EventData = x.data()
	x.when(e)
	if host := x.get("_HOSTNAME"); host != "" {
		e.Host = host
	}
	audit := x.get("_TRANSPORT") == "audit"
	x.who(e)
	x.service(e, audit)
	e.Name, e.Class, e.Category = "MESSAGE", ap, system
	if audit {
		x.record(e)
	} else if m, ok := messages[x.get("MESSAGE_ID")]; ok {
		e.Name = m.event
		if x.get("_UID") == "0" || x.get("_TRANSPORT") == "driver" { // anybody can send any MESSAGE_ID
			x.message(e, &m)
		}
	}
	return nil
}

// when: the time that the sender's kernel or journald gave the message, else that of its arrival in the journal.
func (x *entry) when(e *counterfoil.Event) {
	for _, name := range [...]string{"_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"} {
		const most = 1<<63/1000 - 1
		if us, err := strconv.ParseUint(x.get(name), 10, 64); err == nil && us <= most && counterfoil.Time(us*1000).Valid() {
			e.Time = counterfoil.Time(us * 1000)
			return
		}
	}
}

// who fills user, session and subject from the journal's own fields.
func (x *entry) who(e *counterfoil.Event) {
	s := &e.Subject
	s.LoginID, e.Session = set(x.get("_AUDIT_LOGINUID")), set(x.get("_AUDIT_SESSION"))
	if s.ID = x.get("_EUID"); s.ID == "" {
		s.ID = x.get("_UID")
	}
	s.Group, s.Terminal, s.Process = x.get("_GID"), x.get("_TTY"), x.get("_EXE")
	if s.Terminal == "(none)" {
		s.Terminal = ""
	}
	if s.Process == "" {
		s.Process = x.get("_COMM")
	}
	if pid, err := strconv.ParseUint(x.get("_PID"), 10, 32); err == nil {
		s.PID = int64(pid)
	}
	switch {
	case s.LoginID != "":
		e.User = "UID:" + s.LoginID
	case x.get("_UID") != "":
		e.User = "UID:" + x.get("_UID")
	}
}

// set gives an id of the audit system, nothing where it is unset.
func set(id string) string {
	if id == "4294967295" || id == "-1" {
		return ""
	}
	return id
}

// service names the program: what the kernel says its name is, and only where it says nothing what it calls itself.
func (x *entry) service(e *counterfoil.Event, audit bool) {
	name := x.get("_COMM")
	if audit || name == "" {
		if exe := x.get("_EXE"); exe != "" {
			name = exe
		} else if audit && x.get("AUDIT_FIELD_EXE") != "" {
			name = x.get("AUDIT_FIELD_EXE")
		}
	}
	if name == "" && (audit || x.get("_TRANSPORT") == "kernel") {
		name = "KERNEL"
	}
	if name == "" {
		name = x.get("SYSLOG_IDENTIFIER")
	}
	base := name[strings.LastIndexByte(name, '/')+1:]
	if e.Service = counterfoil.ServiceName(base); e.Service == "" {
		e.Service = "JOURNAL"
	}
}

func (x *entry) message(e *counterfoil.Event, m *message) {
	e.Action, e.Class, e.Category, e.Outcome = m.action, m.class, m.category, m.outcome
	x.object(e, m)
	switch m.action {
	case counterfoil.SessionOpen, counterfoil.SessionClose:
		if user := x.get("USER_ID"); user != "" {
			e.User = user
		}
		e.Session = x.get("SESSION_ID")
	case counterfoil.ProcessCrash: // the subject is who crashed, not systemd-coredump
		e.Subject = counterfoil.Subject{ID: x.get("COREDUMP_UID"), Group: x.get("COREDUMP_GID"), Process: x.get("COREDUMP_EXE")}
		if e.Subject.Process == "" {
			e.Subject.Process = x.get("COREDUMP_COMM")
		}
		if pid, err := strconv.ParseUint(x.get("COREDUMP_PID"), 10, 32); err == nil {
			e.Subject.PID = int64(pid)
		}
		if e.User = ""; e.Subject.ID != "" {
			e.User = "UID:" + e.Subject.ID
		}
	}
}

func (x *entry) object(e *counterfoil.Event, m *message) {
	name := ""
	if m.object != "" {
		if name = x.get(m.object); name == "" && m.object == "UNIT" {
			name = x.get("USER_UNIT")
		}
	}
	if name == "?" {
		name = ""
	}
	if name != "" || m.kind == "session" {
		e.Object = counterfoil.Object{Kind: m.kind, Name: name}
	}
}

// record maps an entry that is an audit record. Fields with '_' are the kernel's; those without are what the program with
// CAP_AUDIT_WRITE said.
func (x *entry) record(e *counterfoil.Event) {
	e.Class, e.Name = ot, counterfoil.ServiceName(x.get("_AUDIT_TYPE_NAME"))
	if e.Name == "" {
		e.Name = "AUDIT"
	}
	m, ok := records[e.Name]
	if ok {
		e.Action, e.Class, e.Category = m.action, m.class, m.category
		x.object(e, &m)
		if e.Subject.LoginID == "" {
			e.User = "" // auditing of logins: the uid is that of the service
			if acct := x.get("AUDIT_FIELD_ACCT"); acct != "?" && acct != "(unknown)" {
				e.User = acct
			}
		}
	}
	if e.Subject.Process == "" {
		e.Subject.Process = x.get("AUDIT_FIELD_EXE")
	}
	if addr, err := netip.ParseAddr(x.get("AUDIT_FIELD_ADDR")); err == nil {
		e.Addr = addr.String()
	}
	for _, name := range [...]string{"_AUDIT_FIELD_RES", "_AUDIT_FIELD_SUCCESS", "AUDIT_FIELD_RES", "AUDIT_FIELD_RESULT"} {
		switch x.get(name) {
		case "1", "yes", "success":
			e.Outcome = success
			return
		case "0", "no", "failed", "fail":
			e.Outcome = failure
			return
		}
	}
}
