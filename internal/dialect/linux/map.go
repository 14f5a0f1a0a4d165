package linux

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// intern keeps names that come again and again, so that each is made once. It forgets all when it has grown large, and keeps no long ones:
// who is audited chooses some.
type intern map[string]string

const (
	maxIntern     = 8192
	maxInternName = 128
)

func (in intern) get(k string, make func(string) string) string {
	if v, ok := in[k]; ok {
		return v
	}
	if len(k) > maxInternName {
		return make(k)
	}
	if len(in) >= maxIntern {
		clear(in)
	}
	k = strings.Clone(k)
	v := make(k)
	in[k] = v
	return v
}

// event maps what was read to the canonical event.
func (d *decoder) event(e *counterfoil.Event, ev *happening) {
	r := &d.read
	r.read(ev)
	if len(r.recs) == 1 {
		if carried(e, &r.recs[0]) {
			e.Raw = r.raw
			return
		}
	}
	m := mapping{reading: r, d: d, e: e, ev: ev}
	m.survey()
	e.Major = 1
	e.Time = counterfoil.Time(ev.key.id.ns)
	if e.Time == 0 {
		e.Time = max(ev.received, 1)
	}
	e.Dialect = "linux/1"
	e.Host = ev.host
	m.naming()
	m.who()
	m.service()
	m.result()
	m.classify()
	m.what()
	e.EventData = r.data(ev)
	e.Raw = r.raw
}

// mapping is the work of turning records into one canonical event.
type mapping struct {
	*reading
	d  *decoder
	e  *counterfoil.Event
	ev *happening

	prime *record     // names the event: the first special record, else SYSCALL, else the first
	typ   *recordType // of prime; nil: not known
	fact  *part       // where prime says what happened: a program's text, else the kernel's fields
	cwd   string
	saddr *record
	objs  *record // first OBJ_PID
	open2 *record // OPENAT2
}

// survey finds the records by the part they play.
func (m *mapping) survey() {
	for i := range m.recs {
		rec := &m.recs[i]
		switch rec.num {
		case typeCwd:
			m.cwd = rec.parts[partKernel].text(fCwd)
		case typeSockaddr:
			m.saddr = rec
		case typeObjPID:
			if m.objs == nil {
				m.objs = rec
			}
		case typeOpenat2:
			m.open2 = rec
		}
		if t := typeOf(rec.num); m.prime == nil && (t == nil || t.kind == multi || t.kind == single) {
			m.prime = rec
		}
	}
	if m.prime == nil {
		m.prime = m.sys
	}
	if m.prime == nil {
		m.prime = &m.recs[0]
	}
	m.typ = typeOf(m.prime.num)
	m.fact = &m.prime.parts[partKernel]
	if t := &m.prime.parts[partText]; t.shape != nil {
		m.fact = t
	}
}

// naming chooses the event's name: the type of the special record, else the system call.
func (m *mapping) naming() {
	switch {
	case m.prime.num == typeSyscall && m.call != nil:
		m.e.Name = m.call.upper
	case m.prime.num == typeSyscall:
		if n := m.sys.parts[partInterp].plain(fiSyscall); n != "" && !strings.HasPrefix(n, "unknown") {
			m.e.Name = m.d.names.get(n, counterfoil.ServiceName)
		} else {
			m.e.Name = counterfoil.ServiceName("SYSCALL_" + m.sys.parts[partKernel].plain(fSyscall))
		}
	case m.typ != nil:
		m.e.Name = m.typ.name
	case m.prime.num == typeReplace:
		m.e.Name = m.prime.name
	default:
		m.e.Name = counterfoil.ServiceName(strings.TrimSuffix(m.prime.name, "]"))
	}
}

// subject gives the first value that a field has in the kernel's part of prime, then of SYSCALL.
func (m *mapping) subject(f field) string {
	if v := m.prime.parts[partKernel].plain(f); v != "" {
		return v
	}
	if m.sys != nil && m.sys != m.prime {
		return m.sys.parts[partKernel].plain(f)
	}
	return ""
}

// interp gives a name that auditd on the host gave to an id, "" where it had none.
func (m *mapping) interp(f field) string {
	v := m.prime.parts[partInterp].text(f)
	if v == "" && m.sys != nil && m.sys != m.prime {
		v = m.sys.parts[partInterp].text(f)
	}
	if v == "unset" || strings.HasPrefix(v, "unknown(") {
		return ""
	}
	return v
}

// uid names a user by number.
func (d *decoder) uid(n string) string {
	return d.users.get(n, func(n string) string { return "UID:" + n })
}

// who fills user, session and subject. The kernel's fields are verified; a program's text is asked only for the account
// that somebody tried to log in to.
func (m *mapping) who() {
	e, s := m.e, &m.e.Subject
	auid := m.subject(fAuid)
	if m.prime.num == typeLogin {
		if v := m.prime.parts[partKernel].plain(fNewAuid); v != "" {
			auid = v
		}
	}
	uid, euid := m.subject(fUid), m.subject(fEuid)
	switch acct := m.fact.text(fAcct); {
	case !isUnset(auid):
		s.LoginID = auid
		if e.User = m.interp(fiAuid); e.User == "" {
			e.User = m.d.uid(auid)
		}
	case isLogin(m.prime.num):
		if acct != "?" {
			e.User = acct
		}
		if id := m.fact.plain(fID); e.User == "" && !isUnset(id) {
			if e.User = m.interp(fiID); e.User == "" {
				e.User = m.d.uid(id)
			}
		}
	case uid != "":
		if e.User = m.interp(fiUid); e.User == "" {
			e.User = m.d.uid(uid)
		}
	}
	if ses := m.subject(fSes); !isUnset(ses) {
		e.Session = ses
	}
	if s.ID = euid; s.ID == "" {
		s.ID = uid
		s.Name = m.interp(fiUid)
	} else if s.Name = m.interp(fiEuid); s.Name == "" && uid == euid {
		s.Name = m.interp(fiUid)
	}
	if s.Group = m.interp(fiEgid); s.Group == "" {
		s.Group = m.subject(fEgid)
	}
	if s.Terminal = m.fact.plain(fTerminal); s.Terminal == "" {
		s.Terminal = m.subject(fTty)
	}
	if pid := m.subject(fPid); isDigits(pid) && len(pid) <= 10 {
		s.PID = decimal(pid)
	}
	s.Process = m.process()
	m.from()
}

// process gives the program: its path, else its name.
func (m *mapping) process() string {
	for _, f := range [...]field{fExe, fComm} {
		for _, p := range [...]*part{m.fact, &m.prime.parts[partKernel]} {
			if v := p.text(f); v != "" {
				return v
			}
		}
		if m.sys != nil {
			if v := m.sys.parts[partKernel].text(f); v != "" {
				return v
			}
		}
	}
	return ""
}

// from fills the address: what a program says of its peer, or the peer of a socket that was accepted or read.
func (m *mapping) from() {
	for _, f := range [...]field{fAddr, fHostname} {
		if v := m.fact.plain(f); v != "" {
			if _, err := netip.ParseAddr(v); err == nil {
				m.e.Addr = v
				return
			}
		}
	}
	if m.saddr == nil || m.call == nil {
		return
	}
	switch m.call.name {
	case "accept", "accept4", "recvfrom", "recvmsg", "recvmmsg":
		if a, ok := parseAddress(m.saddr.parts[partKernel].plain(fSaddr)); ok && a.ip.IsValid() {
			m.e.Addr = a.ip.String()
		}
	}
}

// service names what produced the event: auditd, the program, or the kernel where there is no subject.
func (m *mapping) service() {
	switch p := m.e.Subject.Process; {
	case isDaemon(m.prime.num):
		m.e.Service = "AUDITD"
	case p == "":
		m.e.Service = "KERNEL"
	default:
		base := p[strings.LastIndexByte(p, '/')+1:]
		if base == "" {
			base = p
		}
		m.e.Service = m.d.names.get(base, counterfoil.ServiceName)
	}
}

// result fills the outcome; what does not say is left unknown.
func (m *mapping) result() {
	e := m.e
	switch m.prime.num {
	case typeSeccomp:
		if code := m.fact.plain(fCode); code == "0x7ffc0000" || code == "0x7fff0000" {
			e.Outcome = counterfoil.Success
		} else if code != "" {
			e.Outcome = counterfoil.Failure
		}
		return
	case typeFanotify:
		switch m.fact.plain(fResp) {
		case "1":
			e.Outcome = counterfoil.Success
		case "2":
			e.Outcome = counterfoil.Failure
		}
		return
	case typeLandlock, typeAnomAbend, 1503, 1506, 1507: // APPARMOR_DENIED, _ERROR, _KILL
		e.Outcome = counterfoil.Failure
		return
	}
	if isDecision(m.prime.num) {
		if e.Outcome = m.decision(); e.Outcome != counterfoil.Unknown {
			return
		}
	}
	for _, v := range [...]string{m.fact.plain(fRes), m.fact.plain(fResult), m.prime.parts[partKernel].plain(fRes),
		m.prime.parts[partKernel].plain(fSuccess), m.sysSuccess()} {
		switch v {
		case "1", "yes", "success":
			e.Outcome = counterfoil.Success
			return
		case "0", "no", "failed", "fail":
			e.Outcome = counterfoil.Failure
			return
		}
	}
}

func (m *mapping) sysSuccess() string {
	if m.sys == nil {
		return ""
	}
	return m.sys.parts[partKernel].plain(fSuccess)
}

// decision reads what SELinux or AppArmor decided. What permissive mode let happen has succeeded.
func (m *mapping) decision() counterfoil.Outcome {
	switch m.fact.plain(fSeresult) {
	case "denied":
		return counterfoil.OutcomeOf(m.fact.plain(fPermissive) == "1")
	case "granted":
		return counterfoil.Success
	}
	switch m.fact.text(fApparmor) {
	case "DENIED", "KILLED":
		return counterfoil.Failure
	case "ALLOWED", "AUDIT", "STATUS":
		return counterfoil.Success
	}
	return counterfoil.Unknown
}

// classify fills class, category and action.
func (m *mapping) classify() {
	e := m.e
	switch {
	case m.prime.num == typeSyscall:
		e.Class, e.Category = counterfoil.ClassOther, counterfoil.CategorySystem
		if m.call != nil {
			e.Class, e.Category = m.callClass(), m.call.category
			e.Action = callActions[m.call.name]
		}
	case m.typ == nil || m.typ.kind == aux:
		e.Class, e.Category = counterfoil.ClassOther, counterfoil.CategorySystem
		if isSingle(m.prime.num) && m.prime.num >= firstUserSpace {
			e.Class = counterfoil.ClassApplication
		}
	default:
		e.Class, e.Category = m.typ.class, m.typ.category
		e.Action = typeActions[m.prime.num]
		m.refine()
	}
}

// callClass gives the classes of the system call; those of open follow from its flags.
func (m *mapping) callClass() counterfoil.Class {
	if !m.call.flags {
		return m.call.class
	}
	k := &m.sys.parts[partKernel]
	var text string
	base := 16
	switch m.call.name {
	case "open":
		text = k.plain(fA1)
	case "openat2":
		if m.open2 != nil {
			text, base = m.open2.parts[partKernel].plain(fOflag), 8
		}
	default: // openat, open_by_handle_at
		text = k.plain(fA2)
	}
	flags, err := strconv.ParseUint(text, base, 64)
	if err != nil {
		return counterfoil.ClassFileRead
	}
	const create, truncate, path = 0o100, 0o1000, 0o10000000
	if flags&path != 0 {
		return counterfoil.ClassFileAttrAccess
	}
	c := [...]counterfoil.Class{counterfoil.ClassFileRead, counterfoil.ClassFileWrite, counterfoil.ClassFileRead | counterfoil.ClassFileWrite,
		counterfoil.ClassFileRead | counterfoil.ClassFileWrite}[flags&3]
	if flags&create != 0 {
		c |= counterfoil.ClassFileCreate
	}
	if flags&truncate != 0 {
		c |= counterfoil.ClassFileDelete
	}
	return c
}
