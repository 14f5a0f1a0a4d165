package mongo

import (
	"errors"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// service is what produced the events: mongod or mongos, which a log does not tell.
const service = "MONGODB"

// ownField holds the message of a record of another dialect, in documents that this room wrote. Servers write no field of
// that name, and clients have no say in the names at the top of a document.
const ownField = "counterfoil"

// top is where the fields of a document are that the mapping asks for; 0: there is none.
type top struct {
	atype, ts, remote, users, param, result, uuid, own int32

	class, typ, time, metadata int32 // OCSF
}

func (t *tree) top() (f top) {
	set := func(at *int32, c int32) {
		if *at == 0 {
			*at = c
		}
	}
	for c := t.nodes[0].first; c != 0; c = t.nodes[c].next {
		switch t.str(t.nodes[c].key) {
		case "atype":
			set(&f.atype, c)
		case "ts":
			set(&f.ts, c)
		case "remote":
			set(&f.remote, c)
		case "users":
			set(&f.users, c)
		case "param", "params": // params until Percona's 3.4
			set(&f.param, c)
		case "result":
			set(&f.result, c)
		case "uuid":
			set(&f.uuid, c)
		case ownField:
			set(&f.own, c)
		case "class_uid":
			set(&f.class, c)
		case "type_uid":
			set(&f.typ, c)
		case "time":
			set(&f.time, c)
		case "metadata":
			set(&f.metadata, c)
		}
	}
	return f
}

// event translates the document in the tree into e, which is zero.
func (d *decoder) event(e *counterfoil.Event, raw string, f *dialect.Frame) error {
	t := &d.t
	m := &d.m
	m.t, m.e, m.top = t, e, t.top()
	if m.top.own != 0 && own(e, t.text(m.top.own)) {
		e.Raw, e.Dialect = raw, "mongo/1"
		if e.Host == "" {
			e.Host = f.Host
		}
		if e.Service == dialect.UnparsedService && e.Name == dialect.UnparsedEvent {
			return errors.New("was not understood when it was written: " + e.EventData.Member("reason").Text())
		}
		return nil
	}
	skip := int32(0)
	switch {
	case t.text(m.top.atype) != "":
		skip = m.time(m.top.ts)
		m.audit()
	case m.top.class != 0 && t.string(m.top.metadata, "product") == ocsfProduct:
		skip = m.time(m.top.time)
		m.ocsf()
	default:
		return errors.New("a document that is no audit message: it has no atype, nor OCSF's class_uid with the product " + ocsfProduct)
	}
	e.Major, e.Dialect, e.Host, e.Service, e.Raw = 1, "mongo/1", f.Host, service, raw
	if e.Time == 0 {
		e.Time = max(f.Received, 1)
	}
	if e.EventData = d.data(skip, 0); len(raw) > largeRaw && len(e.EventData)+cost(raw) > counterfoil.MaxMessage-1<<16 {
		if m.top.param == 0 {
			*e = counterfoil.Event{}
			return errors.New("the message would be too long")
		}
		e.EventData = d.data(skip, m.top.param)
	}
	return nil
}

// data writes the document without its field skip, and without withhold, in whose place a sentence stands.
func (d *decoder) data(skip, withhold int32) counterfoil.JSON {
	if withhold == 0 {
		if d.q.event(&d.t, skip) {
			return counterfoil.JSON(d.a.String(d.q.out))
		}
	}
	return d.w.event(&d.t, skip, withhold)
}

// largeRaw is the length below which no document makes a message that is too long.
const largeRaw = 512 << 10

// own reads the message in a document that this room wrote.
func own(e *counterfoil.Event, text string) bool {
	got, err := counterfoil.ParseEvent(text)
	if err == nil {
		*e = got
	}
	return err == nil
}

// translation is the work of translating one document, and what is remembered from one to the next.
type translation struct {
	t   *tree
	e   *counterfoil.Event
	top top
	names
}

// time takes the event's time from n, and gives n if it is told wholly by that.
func (m *translation) time(n int32) int32 {
	if n == 0 {
		return 0
	}
	switch v := &m.t.nodes[n]; v.kind {
	case kDate, kInt, kLong:
		if (v.kind == kDate) == (n == m.top.ts) && v.num != 0 && v.num > firstTime && v.num < lastTime {
			m.e.Time = counterfoil.Time(v.num * 1e6)
			return n
		}
	case kDocument: // a date that is finer than BSON's, or before 1970
		if ms, ns, ok := m.t.dates.parse(m.t.string(n, "$date")); ok && ms > firstTime && ms < lastTime {
			m.e.Time = counterfoil.Time(ms*1e6 + int64(ns))
		}
	}
	return 0
}

// Times of events lie in the years 1678 to 2261, in milliseconds.
const (
	firstTime = -9214560000001
	lastTime  = 9214646400000
)

// audit translates a document of the mongo schema.
func (m *translation) audit() {
	atype := m.t.text(m.top.atype)
	m.who()
	m.from(m.t.string(m.top.remote, "ip"))
	m.session()
	m.result(m.top.result)
	row, ok := rows[atype]
	if !ok {
		m.e.Name = m.eventName(atype)
		return
	}
	m.e.Name = row.event
	m.classify(row)
	switch row.object {
	case ofCheck:
		m.check()
	default:
		m.object(row.object, m.top.param)
	}
	if p := m.top.param; p != 0 {
		m.byType(atype, p)
	}
}

// byType adds what only one atype has.
func (m *translation) byType(atype string, p int32) {
	switch atype {
	case "authenticate":
		if user := m.t.string(p, "user"); m.e.User == "" && user != "" { // who tried, where nobody is logged in
			m.name(user, m.t.string(p, "db"))
		}
		m.refusal()
	case "updateUser":
		for _, flag := range [...]string{"password", "passwordChanged"} { // Percona's, Enterprise's
			if n := m.t.member(p, flag); n != 0 && m.truth(n) {
				m.e.Action = counterfoil.AccountPassword
			}
		}
	}
}

func (m *translation) classify(r *row) {
	m.e.Class, m.e.Category, m.e.Action = r.class, r.category, r.action
}

// refusal puts what was refused among the events of security.
func (m *translation) refusal() {
	if m.e.Outcome == counterfoil.Failure {
		m.e.Category = counterfoil.CategorySecurity
	}
}

// who names the first of users.
func (m *translation) who() {
	if u := &m.t.first; u.node != 0 && u.node == m.top.users && u.user != "" {
		m.name(u.user, u.db)
	}
	if m.top.users == 0 || m.t.nodes[m.top.users].kind != kArray {
		return
	}
	if u := m.t.nodes[m.top.users].first; u != 0 {
		if user := m.t.string(u, "user"); user != "" {
			m.name(user, m.t.string(u, "db"))
		}
	}
}

// name sets user to the name alone, by which a person is the same in every system, and login_id to name and database,
// which is what MongoDB identifies.
func (m *translation) name(user, db string) {
	m.e.User = user
	if db != "" {
		m.e.Subject.LoginID = m.at(user, db)
	}
}

// from sets the address, if it is one.
func (m *translation) from(ip string) {
	if ip == "" {
		return
	}
	if ip != m.lastIP {
		if _, err := netip.ParseAddr(ip); err != nil {
			return
		}
		m.lastIP = strings.Clone(ip)
	}
	m.e.Addr = ip
}

// session is the connection's identity, which Enterprise has.
func (m *translation) session() {
	if m.top.uuid == 0 || m.t.string(m.top.uuid, "$type") != "04" {
		return
	}
	m.e.Session = uuidText(m.t.string(m.top.uuid, "$binary"))
}

// result sets the outcome from an error code.
func (m *translation) result(n int32) {
	if n == 0 {
		return
	}
	switch v := &m.t.nodes[n]; v.kind {
	case kInt, kLong:
		m.e.Outcome = counterfoil.OutcomeOf(v.num == 0)
	case kDouble:
		m.e.Outcome = counterfoil.OutcomeOf(math.Float64frombits(uint64(v.num)) == 0)
	case kNumber:
		if f, err := strconv.ParseFloat(m.t.str(v.text), 64); err == nil {
			m.e.Outcome = counterfoil.OutcomeOf(f == 0)
		}
	}
}

// names keeps texts that come again and again, so that each is made once.
type names struct {
	events map[string]string // of an atype that is in no table
	logins map[string]string // user@db
	last   string            // of them
	key    []byte
	lastIP string // the last that was found to be an address
}

const (
	maxNames    = 8192
	maxNameKept = 256 // bytes; whoever is audited chooses names
)

// eventName gives the canonical name of an atype.
func (n *names) eventName(atype string) string {
	if v, ok := n.events[atype]; ok {
		return v
	}
	if n.events == nil || len(n.events) >= maxNames {
		n.events = map[string]string{}
	}
	v := counterfoil.ServiceName(atype)
	if len(atype) <= maxNameKept {
		n.events[strings.Clone(atype)] = v
	}
	return v
}

// at gives user@db.
func (n *names) at(user, db string) string {
	if l := len(n.last) - len(db) - 1; l == len(user) && n.last[:l] == user && n.last[l] == '@' && n.last[l+1:] == db {
		return n.last
	}
	n.last = n.login(user, db)
	return n.last
}

func (n *names) login(user, db string) string {
	n.key = append(append(append(n.key[:0], user...), '@'), db...)
	if v, ok := n.logins[string(n.key)]; ok {
		return v
	}
	if n.logins == nil || len(n.logins) >= maxNames {
		n.logins = map[string]string{}
	}
	v := string(n.key)
	if len(v) <= maxNameKept {
		n.logins[v] = v
	}
	return v
}
