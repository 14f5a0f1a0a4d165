package samba

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// subject gives the path that a line about attributes is of.
func (a *audit) subject() string {
	switch a.op {
	case "fntimes", "ntimes":
		path, _, _ := a.times()
		return path
	case "fset_nt_acl":
		path, _ := a.acl()
		return path
	}
	return a.relative(a.args)
}

// unchanged is how full_audit writes a time that is not set.
const unchanged = "Thu Jan  1 00:00:01 1970 UTC"

// attrEvent is a change of times, of DOS attributes (whose value is not told), or of the access list.
func (p *proc) attrEvent(a *audit) counterfoil.Event {
	b := begin()
	path := a.subject()
	name := "SET_ATTR"
	file(b, "file", path, "")
	switch a.op {
	case "fset_nt_acl":
		name = "SET_ACL"
		_, sddl := a.acl()
		textOrNull(b, "sd", sddl)
	case "fset_dos_attributes":
		b.String("attr_type", "DOSMODE")
		b.Null("dosmode")
		b.Null("ts")
	default:
		b.String("attr_type", "TIMESTAMP")
		b.Null("dosmode")
		_, times, _ := a.times()
		b.Object("ts")
		for i, key := range [...]string{"btime", "atime", "mtime", "ctime"} {
			if times[i] != "" && times[i] != unchanged {
				b.String(key, times[i])
			}
		}
		b.End()
	}
	e := p.of(name, a, counterfoil.OutcomeOf(a.ok))
	e.Object = object(path, "")
	data(&e, b, unixResult(a))
	return e
}

// quotaEvent: full_audit does not tell whose quota, nor the values.
func (p *proc) quotaEvent(a *audit) counterfoil.Event {
	e := p.of("SET_QUOTA", a, counterfoil.OutcomeOf(a.ok))
	e.Object = counterfoil.Object{Kind: "share", Name: a.share}
	b := begin()
	b.String("detail", "unavailable")
	data(&e, b, unixResult(a))
	return e
}

func (p *proc) controlEvent(a *audit) counterfoil.Event {
	e := p.of("FSCTL", a, counterfoil.OutcomeOf(a.ok))
	b := begin()
	b.String("detail", "unavailable")
	data(&e, b, unixResult(a))
	return e
}

// setinfoEvent is a change that smbd refused before full_audit saw it: a rename where the file was opened to be deleted
// or renamed and smbd looked at another path since; a delete by its status; else a change that is not told.
func (p *proc) setinfoEvent(status string) counterfoil.Event {
	h := p.created
	name, path := "SET_INFO", ""
	if h != nil {
		path = h.path
		switch {
		case status == "NT_STATUS_CANNOT_DELETE", status == "NT_STATUS_DIRECTORY_NOT_EMPTY":
			name = "UNLINK"
		case h.mask&accessDelete != 0 && (p.touched != "" || status == "NT_STATUS_OBJECT_NAME_COLLISION"):
			name = "RENAME"
		}
	}
	share := p.only()
	if h != nil {
		share = h.tcon.share
	}
	e := p.event(name, share, counterfoil.Failure)
	e.Object = object(path, "")
	b := begin()
	if name == "RENAME" {
		file(b, "src_file", path, "")
		file(b, "dst_file", "", "")
		textOrNull(b, "touched", p.touched)
	} else {
		file(b, "file", path, "")
	}
	data(&e, b, ntResult(status))
	return e
}

func (p *proc) refusedOp(m *message) counterfoil.Event {
	name := "READ"
	if m.source == "smb2_write.c" {
		name = "WRITE"
	}
	e := p.event(name, p.only(), counterfoil.Failure)
	b := begin()
	file(b, "file", "", "")
	data(&e, b, ntResult(m.status))
	return e
}

// authentication is a record of auth_json_audit, in TrueNAS's form: the status is the result. What TrueNAS leaves out
// (version, eventId, duration) stays.
func (p *proc) authentication(j counterfoil.JSON) counterfoil.Event {
	status := j.Member("status").Text()
	r := ntResult(status)
	e := p.event("AUTHENTICATION", "", r.outcome())
	e.Session = ""
	if status == "" {
		e.Outcome = counterfoil.Unknown
	}
	became := value(j, "becameAccount")
	if e.User = became; e.User == "" {
		e.User = value(j, "clientAccount")
	}
	if r.ok && became != "" {
		p.account = strings.Clone(became)
	}
	p.peer = strings.Clone(value(j, "remoteAddress"))
	e.Addr = peer(p.peer)
	e.Subject.LoginID = value(j, "becameSid")
	members(&e, j, r)
	return e
}

func (p *proc) authorization(j counterfoil.JSON) counterfoil.Event {
	id := strings.Clone(value(j, "sessionId"))
	p.mixed = p.mixed || p.session != "" && p.session != id && len(p.tcons) > 0
	if p.session = id; p.pid <= 0 || p.mixed {
		p.session = ""
	}
	p.peer = strings.Clone(value(j, "remoteAddress"))
	e := p.event("AUTHORIZATION", "", counterfoil.Success)
	e.User, e.Addr, e.Session = value(j, "account"), peer(p.peer), id
	e.Subject.LoginID = value(j, "sid")
	members(&e, j, success("NTSTATUS"))
	return e
}

func members(e *counterfoil.Event, j counterfoil.JSON, r result) {
	b := begin()
	for key, v := range j.Members() {
		if key != "status" && key != "result" && key != "vers" {
			b.Value(key, v)
		}
	}
	data(e, b, r)
}

func value(j counterfoil.JSON, key string) string {
	if v := j.Member(key); v.Kind() == '"' {
		return v.Text()
	}
	return ""
}

// peer takes the address from "ipv4:192.0.2.1:445" and "ipv6:::1:445".
func peer(s string) string {
	family, rest, _ := strings.Cut(s, ":")
	i := strings.LastIndexByte(rest, ':')
	if family != "ipv4" && family != "ipv6" || i < 0 {
		return ""
	}
	return rest[:i]
}
