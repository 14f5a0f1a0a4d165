package mongo

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Error codes of the server.
const (
	codeUnknown      = 8
	codeUnauthorized = 13
	codeAuthFailed   = 18
)

// maker adds values to a tree, in order; open containers are a stack.
type maker struct {
	t    *tree
	open []struct{ n, last int32 }
}

func (m *maker) put(v node) int32 {
	c := m.t.add(v)
	if top := len(m.open) - 1; top >= 0 {
		m.t.link(m.open[top].n, m.open[top].last, c)
		m.open[top].last = c
	}
	return c
}

func (m *maker) begin(key string, k kind) {
	m.open = append(m.open, struct{ n, last int32 }{m.put(node{key: m.t.keep(key), kind: k}), 0})
}

func (m *maker) end() { m.open = m.open[:len(m.open)-1] }

func (m *maker) string(key, v string) {
	m.put(node{key: m.t.keep(key), kind: kString, text: m.t.keep(v)})
}

// text adds a string that is not empty.
func (m *maker) text(key, v string) {
	if v != "" {
		m.string(key, v)
	}
}

// foreign makes the document of an event of another dialect: an audit message for those who read MongoDB's, and the
// event's own message.
func (e *encoder) foreign(ev *counterfoil.Event) {
	e.t.reset("")
	m := maker{t: &e.t}
	r := actionAtypes[ev.Action]
	cmd := dataCommand[ev.Action]
	if cmd != "" {
		r = rows["authCheck"]
	}
	m.begin("", kDocument)
	if r != nil {
		m.string("atype", r.atype)
	} else {
		m.string("atype", ev.Name)
	}
	m.put(node{key: m.t.keep("ts"), kind: kDate, num: int64(ev.Time) / 1e6})
	m.begin("local", kDocument)
	m.end()
	m.begin("remote", kDocument)
	m.text("ip", ev.Addr)
	m.end()
	m.begin("users", kArray)
	if ev.User != "" {
		m.begin("", kDocument)
		m.string("user", ev.User)
		m.string("db", after(ev.Subject.LoginID, ev.User))
		m.end()
	}
	m.end()
	m.begin("roles", kArray)
	m.end()
	m.param(ev, r, cmd)
	m.result(ev, r)
	own := *ev
	own.Raw = ""
	m.string(ownField, string(counterfoil.AppendEvent(nil, &own)))
	m.end()
}

// dataCommand is the command that an action on data is a check of.
var dataCommand = map[counterfoil.Action]string{counterfoil.DataRead: "find", counterfoil.DataWrite: "update",
	counterfoil.DataDelete: "delete", counterfoil.DataCommand: "collMod"}

// after gives db of name@db, "" where id is not that.
func after(id, name string) string {
	if db, ok := strings.CutPrefix(id, name+"@"); ok {
		return db
	}
	return ""
}

// param adds what the object is in the words of the atype, and what the event is called at home.
func (m *maker) param(ev *counterfoil.Event, r *row, cmd string) {
	o := &ev.Object
	of := ofNothing
	if r != nil {
		of = r.object
	}
	m.begin("param", kDocument)
	switch of {
	case ofCheck:
		m.text("command", cmd)
		m.text("ns", o.Name)
	case ofNS, ofView:
		m.text("ns", o.Name)
	case ofIndex:
		m.text("ns", o.Name)
		m.text("indexName", o.ID)
	case ofRename:
		m.text("old", o.Name)
		m.text("new", o.To)
	case ofUser:
		m.text("user", o.Name)
		m.text("db", after(o.ID, o.Name))
	case ofRole:
		m.text("role", o.Name)
		m.text("db", after(o.ID, o.Name))
	default:
		m.text("object", o.Name)
		m.text("to", o.To)
	}
	if ev.Action == counterfoil.SessionLogin {
		m.text("user", ev.User)
	}
	m.string("svc", ev.Service)
	m.string("event", ev.Name)
	if ev.Service == dialect.UnparsedService && ev.Name == dialect.UnparsedEvent {
		m.text("raw", ev.Raw)
	}
	m.end()
}

// result adds an error code; what the event does not tell is left out.
func (m *maker) result(ev *counterfoil.Event, r *row) {
	code := int64(codeUnknown)
	switch {
	case ev.Outcome == counterfoil.Unknown:
		return
	case ev.Outcome == counterfoil.Success:
		code = 0
	case r != nil && r.action == counterfoil.SessionLogin:
		code = codeAuthFailed
	case r != nil && r.object == ofCheck:
		code = codeUnauthorized
	}
	m.put(node{key: m.t.keep("result"), kind: kInt, num: code})
}
