package mongo

import (
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// ocsfProduct is metadata.product of MongoDB's OCSF events.
const ocsfProduct = "MongoDB Server"

// ocsfTypes are the atypes of OCSF events that do not name theirs: of types that only one atype has. Those of others keep
// the number as their name, and have a class where all agree.
var ocsfTypes = map[int64]row{
	300201: {atype: "authenticate"}, 300202: {atype: "logout"}, 300403: {atype: "renameCollection"}, 400101: {atype: "clientMetadata"},
	100701: {atype: "startup"}, 100702: {atype: "shutdown"}, 300100: {atype: "directAuthMutation"},
	300101: {class: ad, category: admin}, 300106: {class: ad, category: admin}, 300107: {class: ad, category: admin},
	300108: {class: ad, category: admin}, 300199: {class: ad, category: admin},
	300401: {class: fc, category: data}, 300404: {class: fd, category: data},
	500101: {class: ad, category: provision}, 500201: {class: ad, category: provision}, 500203: {class: ad, category: provision},
	100799: {class: ad, category: system},
}

// ocsf translates an event of MongoDB's OCSF schema (Enterprise 8.0 and later).
func (m *translation) ocsf() {
	t := m.t
	m.identity(t.path(0, "actor", "user"))
	m.from(t.text(t.path(0, "src_endpoint", "ip")))
	m.e.Session = t.string(m.top.metadata, "correlation_uid")
	m.ocsfResult()
	atype := t.text(t.path(0, "unmapped", "atype"))
	if atype == "authzCheck" || atype == "" && m.number(m.top.class) == 6003 {
		atype = "authCheck"
	}
	typ := m.number(m.top.typ)
	known := ocsfTypes[typ]
	if atype == "" {
		atype = known.atype
	}
	row, ok := rows[atype]
	switch {
	case ok:
		m.e.Name = row.event
		m.classify(row)
	case atype != "":
		m.e.Name = m.eventName(atype)
	default:
		m.e.Name = "OCSF_" + counterfoil.ServiceName(strconv.FormatInt(typ, 10))
		m.e.Class, m.e.Category = known.class, known.category
	}
	switch {
	case atype == "authCheck":
		m.ocsfCheck()
	case atype == "authenticate":
		if m.e.User == "" {
			m.identity(t.member(0, "user"))
		}
		m.refusal()
	default:
		m.ocsfObject(row)
	}
}

// identity names a user, "db.user": a database's name has no dot, a user's may.
func (m *translation) identity(n int32) {
	if n == 0 {
		return
	}
	if db, user, ok := strings.Cut(m.t.string(n, "name"), "."); ok && user != "" {
		m.name(user, db)
	} else if db != "" {
		m.e.User = db
	}
}

// ocsfResult reads the error code of an API call, or OCSF's status.
func (m *translation) ocsfResult() {
	m.result(m.t.path(0, "api", "response", "code"))
	switch m.number(m.t.member(0, "status_id")) {
	case 1:
		m.e.Outcome = counterfoil.Success
	case 2:
		m.e.Outcome = counterfoil.Failure
	}
}

// ocsfCheck translates the check of a command.
func (m *translation) ocsfCheck() {
	if c := commands[m.t.text(m.t.path(0, "api", "operation"))]; c != nil {
		switch {
		case c.like == nil:
			m.e.Class, m.e.Category, m.e.Action = m.e.Class|c.class, c.category, c.action
		default:
			m.e.Class, m.e.Category = m.e.Class|c.like.class, c.like.category
			if m.e.Outcome == counterfoil.Failure {
				m.e.Action = c.like.action
			}
		}
	}
	ns := m.t.text(m.t.path(0, "api", "request", "uid"))
	if strings.Contains(ns, ".") {
		m.plain("collection", ns)
	} else {
		m.plain("database", ns)
	}
	m.refusal()
}

// ocsfObject names the user of an account change, or the entity of a change of entities.
func (m *translation) ocsfObject(r *row) {
	if n := m.t.member(0, "user"); n != 0 && m.number(m.top.class) == 3001 {
		kind := "account"
		if r != nil && (r.object == ofRole || r.object == ofAllRoles) {
			kind = "role"
		}
		db, name, ok := strings.Cut(m.t.string(n, "name"), ".")
		if !ok {
			db, name = "", db
		}
		m.member(kind, name, db)
	}
	if r != nil && r.object == ofServer {
		m.object(ofServer, 0)
	}
	m.plain("entity", m.t.text(m.t.path(0, "entity", "name")))
}

// number gives an integer, 0 where there is none.
func (m *translation) number(n int32) int64 {
	if n == 0 || m.t.nodes[n].kind != kInt && m.t.nodes[n].kind != kLong {
		return 0
	}
	return m.t.nodes[n].num
}
