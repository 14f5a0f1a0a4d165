package mongo

import (
	"math"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// object names what was acted on, from param.
func (m *translation) object(of objectOf, p int32) {
	if p == 0 && of != ofServer {
		return
	}
	t, o := m.t, &m.e.Object
	switch of {
	case ofNS, ofView, ofIndex:
		m.namespace(of, p)
	case ofRename:
		if o.Name, o.To = t.string(p, "old"), t.string(p, "new"); o.Name != "" || o.To != "" {
			o.Kind = "collection"
		}
	case ofUser:
		m.member("account", t.string(p, "user"), t.string(p, "db"))
	case ofRole:
		m.member("role", t.string(p, "role"), t.string(p, "db"))
	case ofAllUsers:
		m.everyone("account", t.string(p, "db"))
	case ofAllRoles:
		m.everyone("role", t.string(p, "db"))
	case ofMutation:
		m.mutation(p)
	case ofReplica:
		m.plain("replica-set", t.text(t.path(p, "new", "_id")))
	case ofShard:
		m.plain("shard", t.string(p, "shard"))
	case ofRequested:
		m.plain("parameter", m.one(t.member(p, "requestedClusterServerParameters")))
	case ofParameter:
		m.plain("parameter", t.text(t.path(p, "updatedClusterServerParameter", "_id")))
	case ofServer:
		m.plain("service", "mongodb")
	case ofLog:
		m.plain("file", t.text(t.path(p, "logRotationStatus", "rotatedLogPath")))
	}
}

// plain sets an object that is a name; an empty one is none.
func (m *translation) plain(kind, name string) {
	if name != "" {
		m.e.Object.Kind, m.e.Object.Name = kind, name
	}
}

// member sets a user or role: its name, and with the database what it is known by.
func (m *translation) member(kind, name, db string) {
	if m.plain(kind, name); name != "" && db != "" {
		m.e.Object.ID = m.at(name, db)
	}
}

// everyone sets all users or roles of a database.
func (m *translation) everyone(kind, db string) {
	if db != "" {
		m.plain(kind, m.at("*", db))
	}
}

// namespace sets a collection, view, index or database by param.ns.
func (m *translation) namespace(of objectOf, p int32) {
	ns := m.t.string(p, "ns")
	if ns == "" {
		return
	}
	_, coll, dotted := strings.Cut(ns, ".")
	switch kind := "collection"; {
	case !dotted, strings.HasPrefix(coll, "$cmd"):
		m.plain("database", ns)
	case of == ofIndex:
		m.plain("index", ns)
		m.e.Object.ID = m.t.string(p, "indexName")
	default:
		if of == ofView || m.t.member(p, "viewOn") != 0 { // Enterprise has no events of views alone
			kind = "view"
		}
		m.plain(kind, ns)
	}
}

// one gives a string, or that of an array which has one.
func (m *translation) one(n int32) string {
	if n == 0 {
		return ""
	}
	if v := &m.t.nodes[n]; v.kind == kArray && v.first != 0 && m.t.nodes[v.first].next == 0 {
		n = v.first
	}
	return m.t.text(n)
}

// mutation reads a write to the collections in which users and roles are kept.
func (m *translation) mutation(p int32) {
	verbs := [3]counterfoil.Action{counterfoil.AccountCreate, counterfoil.AccountModify, counterfoil.AccountDelete}
	d, kind, key := m.t.member(p, "document"), "account", "user"
	if strings.HasSuffix(m.t.string(p, "ns"), "system.roles") {
		verbs = [3]counterfoil.Action{counterfoil.RoleCreate, counterfoil.RoleModify, counterfoil.RoleDelete}
		kind, key = "role", "role"
	}
	switch m.t.string(p, "operation") {
	case "insert":
		m.e.Action = verbs[0]
	case "update":
		m.e.Action = verbs[1]
	case "remove":
		m.e.Action = verbs[2]
	}
	if d != 0 {
		m.member(kind, m.t.string(d, key), m.t.string(d, "db"))
	}
}

// check translates an authCheck by its command. That a command was allowed does not say that it was done: where the server
// has an event for that, the check is auth.authorize; where it was refused, and for commands on data, which have no event
// of their own, it is the act.
func (m *translation) check() {
	p := m.top.param
	if p == 0 {
		return
	}
	name := m.t.string(p, "command")
	args := m.t.member(p, "args")
	c := commands[name]
	switch {
	case c == nil:
		m.object(ofNS, p)
	case c.like != nil:
		m.e.Class |= c.like.class
		m.e.Category = c.like.category
		if m.e.Outcome == counterfoil.Failure {
			m.e.Action = c.like.action
		}
		m.target(c.like, name, args)
	default:
		m.e.Class, m.e.Category, m.e.Action = m.e.Class|c.class, c.category, c.action
		m.object(ofNS, p)
		m.refine(name, args)
	}
	m.refusal()
}

// target names what a command like an event of its own acts on, by its arguments.
func (m *translation) target(like *row, name string, args int32) {
	if args != 0 {
		value, db := m.t.string(args, name), m.t.string(args, "$db")
		switch like.object {
		case ofRename:
			if m.plain("collection", value); value != "" {
				m.e.Object.To = m.t.string(args, "to")
				return
			}
		case ofUser:
			m.member("account", value, db)
		case ofRole:
			m.member("role", value, db)
		case ofAllUsers:
			m.everyone("account", db)
		case ofAllRoles:
			m.everyone("role", db)
		}
	}
	if m.e.Object.Name == "" {
		m.object(ofNS, m.top.param)
	}
}

// refine looks at arguments that make a command another: a pipeline that writes, a findAndModify that removes.
func (m *translation) refine(name string, args int32) {
	if args == 0 {
		return
	}
	switch name {
	case "aggregate":
		stages := m.t.member(args, "pipeline")
		if stages == 0 {
			return
		}
		for s := m.t.nodes[stages].first; s != 0; s = m.t.nodes[s].next {
			if m.t.member(s, "$out") != 0 || m.t.member(s, "$merge") != 0 {
				m.e.Class |= fw
				m.e.Action = counterfoil.DataWrite
			}
		}
	case "findAndModify", "findandmodify":
		if r := m.t.member(args, "remove"); r != 0 && m.truth(r) {
			m.e.Class = m.e.Class&^fw | fd
			m.e.Action = counterfoil.DataDelete
		}
	}
}

// truth is what the server takes for true: true, and a number that is not zero.
func (m *translation) truth(n int32) bool {
	v := &m.t.nodes[n]
	switch v.kind {
	case kBool, kInt, kLong:
		return v.num != 0
	case kDouble:
		return math.Float64frombits(uint64(v.num)) != 0
	}
	return v.kind == kNumber
}
