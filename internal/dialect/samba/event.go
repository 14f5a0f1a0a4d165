package samba

import (
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// result is what came of an act, in TrueNAS's form.
type result struct {
	kind string // UNIX, NTSTATUS
	text string // "" where smbd does not tell
	ok   bool
}

func success(kind string) result { return result{kind, "SUCCESS", true} }

func ntResult(status string) result {
	return result{"NTSTATUS", status, status == "NT_STATUS_OK" || status == "STATUS_OK"}
}

func unixResult(a *audit) result {
	if a.ok {
		return success("UNIX")
	}
	return result{kind: "UNIX", text: a.reason}
}

func (r result) write(b *counterfoil.Builder) {
	b.Object("result")
	b.String("type", r.kind)
	switch code, known := statuses[r.text]; {
	case r.ok:
		b.String("value_parsed", "SUCCESS")
		b.Int("value_raw", 0)
	case r.text == "":
		b.Null("value_parsed")
		b.Null("value_raw")
	default:
		b.String("value_parsed", r.text)
		if known {
			b.Int("value_raw", int64(int32(code)))
		} else {
			b.Null("value_raw")
		}
	}
	b.End()
}

func (r result) outcome() counterfoil.Outcome { return counterfoil.OutcomeOf(r.ok) }

func opResult(k opKind) string {
	if k == opOffloadRead || k == opOffloadWrite {
		return "NTSTATUS"
	}
	return "UNIX"
}

// event begins an event of a process. Its share and user are told only where they are certain.
func (p *proc) event(name, share string, o counterfoil.Outcome) counterfoil.Event {
	r := events[name]
	e := counterfoil.Event{Major: 1, Time: p.now, Dialect: Dialect.ID(), Host: p.host, Service: "SMB", Name: name, Class: r.class,
		Category: r.category, Action: r.action, Outcome: o, Addr: p.audit.addr, Session: p.session}
	if p.pid > 0 {
		e.Subject.PID = int64(p.pid)
	}
	if len(p.tcons) <= 1 {
		e.User = p.audit.user
	}
	if e.Addr == "" {
		e.Addr = peer(p.peer)
	}
	e.SvcData = svcData(share)
	return e
}

// of begins the event of a line of full_audit.
func (p *proc) of(name string, a *audit, o counterfoil.Outcome) counterfoil.Event {
	e := p.event(name, a.share, o)
	e.User, e.Addr = a.user, a.addr
	return e
}

func svcData(share string) counterfoil.JSON {
	var b counterfoil.Builder
	b.Object("")
	textOrNull(&b, "service", share)
	b.Null("session_id")
	b.Null("tcon_id")
	version(&b)
	b.End()
	return b.JSON()
}

func version(b *counterfoil.Builder) {
	b.Object("vers")
	b.Int("major", 0)
	b.Int("minor", 1)
	b.End()
}

func textOrNull(b *counterfoil.Builder, key, v string) {
	if v == "" {
		b.Null(key)
	} else {
		b.String(key, v)
	}
}

// file writes a file in TrueNAS's form. A stream is not parted from its file: names on the server may hold a colon.
func file(b *counterfoil.Builder, key, path, fnum string) {
	b.Object(key)
	textOrNull(b, "path", path)
	b.Null("stream")
	b.Null("snap")
	if fnum != "" {
		b.Object("handle")
		b.String("type", "FNUM")
		b.String("value", fnum)
		b.End()
	}
	b.End()
}

func object(path, fnum string) counterfoil.Object {
	if path == "" && fnum == "" {
		return counterfoil.Object{}
	}
	return counterfoil.Object{Kind: "file", Name: path, ID: fnum}
}

// data finishes event_data: the result and the version are in each.
func data(e *counterfoil.Event, b *counterfoil.Builder, r result) {
	r.write(b)
	version(b)
	b.End()
	e.EventData = b.JSON()
}

func begin() *counterfoil.Builder {
	b := &counterfoil.Builder{}
	b.Object("")
	return b
}

func (p *proc) token(b *counterfoil.Builder, e *counterfoil.Event, machine string) {
	textOrNull(b, "host", machine)
	if p.uid != "" {
		b.Object("unix_token")
		number(b, "uid", p.uid)
		number(b, "gid", p.gid)
		b.End()
		e.Subject.ID, e.Subject.Group = p.uid, p.gid
	}
}

func number(b *counterfoil.Builder, key, v string) {
	if n, err := strconv.ParseInt(v, 10, 53); err == nil {
		b.Int(key, n)
	} else {
		b.String(key, v)
	}
}

func (p *proc) connectEvent(a *audit, o counterfoil.Outcome, r result) counterfoil.Event {
	e := p.of("CONNECT", a, o)
	b := begin()
	p.token(b, &e, a.machine)
	textOrNull(b, "protocol", a.protocol)
	e.Object = counterfoil.Object{Kind: "share", Name: a.share}
	data(&e, b, r)
	return e
}

// treeEvent is a connect that came to no share.
func (p *proc) treeEvent(share, status string) counterfoil.Event {
	e := p.event("CONNECT", share, counterfoil.Failure)
	b := begin()
	if e.User == "" {
		e.User = p.account
	}
	if share != "" {
		e.Object = counterfoil.Object{Kind: "share", Name: share}
	}
	data(&e, b, ntResult(status))
	return e
}

func (p *proc) disconnectEvent(a *audit, t *tcon) counterfoil.Event {
	e := p.of("DISCONNECT", a, counterfoil.OutcomeOf(a.ok))
	b := begin()
	p.token(b, &e, a.machine)
	b.Object("operations")
	for key, n := range map[string]uint64{"create": t.creates, "close": t.closes, "read": t.reads, "write": t.writes} {
		b.String(key, strconv.FormatUint(n, 10)) // Builder sorts them
	}
	b.End()
	e.Object = counterfoil.Object{Kind: "share", Name: a.share}
	data(&e, b, unixResult(a))
	return e
}

func (p *proc) createEvent(a *audit, c create, o counterfoil.Outcome, r result) counterfoil.Event {
	e := p.of("CREATE", a, o)
	if c.disposition == "" { // refused before full_audit saw it
		e = p.event("CREATE", p.only(), o)
	}
	b := begin()
	e.Object = object(c.path, "")
	if c.disposition != "" {
		b.Object("parameters")
		b.String("DesiredAccess", hex(c.mask))
		b.String("CreateDisposition", strings.ToUpper(c.disposition))
		b.End()
		kind := "FILE"
		if c.dir {
			kind = "DIRECTORY"
		}
		b.String("file_type", kind)
		e.Class, e.Action = createClass(c)
	}
	file(b, "file", c.path, "")
	data(&e, b, r)
	return e
}

// only gives the share of a process that has one.
func (p *proc) only() string {
	if len(p.tcons) == 1 {
		return p.tcons[0].share
	}
	return ""
}

func hex(n uint64) string {
	s := strconv.FormatUint(n, 16)
	return "0x" + strings.Repeat("0", max(0, 8-len(s))) + s
}

func (p *proc) openEvent(h *handle, m *message) counterfoil.Event {
	e := p.event("OPEN", p.only(), counterfoil.Success)
	e.User, e.Object, e.Class = m.user, object(h.path, ""), 0
	if m.read {
		e.Class |= counterfoil.ClassFileRead
	}
	if m.write {
		e.Class |= counterfoil.ClassFileWrite
	}
	if e.Class == 0 {
		e.Class = counterfoil.ClassFileAttrAccess
	}
	b := begin()
	file(b, "file", h.path, "")
	b.Bool("read", m.read)
	b.Bool("write", m.write)
	data(&e, b, success("NTSTATUS"))
	return e
}

func (p *proc) closeEvent(h *handle, status string, inferred bool) counterfoil.Event {
	r := success("NTSTATUS")
	if status != "" {
		r = ntResult(status)
	}
	e := p.event("CLOSE", h.tcon.share, r.outcome())
	e.User, e.Object = h.user, object(h.path, h.fnum)
	b := begin()
	file(b, "file", h.path, h.fnum)
	read, write := h.sum(opRead, opOffloadRead), h.sum(opWrite, opOffloadWrite)
	b.Object("operations")
	b.String("read_cnt", strconv.FormatUint(read.count, 10))
	b.String("read_bytes", strconv.FormatUint(read.bytes, 10))
	b.String("write_cnt", strconv.FormatUint(write.count, 10))
	b.String("write_bytes", strconv.FormatUint(write.bytes, 10))
	if n := read.silent + write.silent; n > 0 {
		b.String("without_bytes", strconv.FormatUint(n, 10))
	}
	b.End()
	if inferred {
		b.Bool("inferred", true)
	}
	if p.same(h.path) > 1 {
		b.Bool("ambiguous", true)
	}
	data(&e, b, r)
	return e
}

func (h *handle) sum(a, b opKind) ops {
	x, y := &h.ops[a], &h.ops[b]
	return ops{count: x.count + y.count, bytes: x.bytes + y.bytes, silent: x.silent + y.silent}
}

// opEvent tells a read or a write, and how many there were since the last such event of the handle.
func (p *proc) opEvent(h *handle, k opKind, r result) counterfoil.Event {
	e := p.event(opNames[k], h.tcon.share, r.outcome())
	e.User, e.Object = h.user, object(h.path, h.fnum)
	b := begin()
	file(b, "file", h.path, h.fnum)
	o := &h.ops[k]
	word := "read"
	if k == opWrite || k == opOffloadWrite {
		word = "write"
	}
	if n := o.count - o.told; n > 0 {
		b.Object("operations")
		b.String(word+"_cnt", strconv.FormatUint(n, 10))
		b.String(word+"_bytes", strconv.FormatUint(o.bytes-o.toldBytes, 10))
		if silent := o.silent - o.toldSilent; silent > 0 {
			b.String("without_bytes", strconv.FormatUint(silent, 10))
		}
		b.End()
	}
	if k >= opOffloadRead {
		b.Bool("inferred", true)
	}
	data(&e, b, r)
	return e
}

func (p *proc) fileEvent(name string, a *audit, path string, dir bool) counterfoil.Event {
	e := p.of(name, a, counterfoil.OutcomeOf(a.ok))
	e.Object = object(path, "")
	b := begin()
	file(b, "file", path, "")
	if dir {
		b.String("file_type", "DIRECTORY")
	}
	data(&e, b, unixResult(a))
	return e
}

func (p *proc) renameEvent(a *audit, from, to string) counterfoil.Event {
	e := p.of("RENAME", a, counterfoil.OutcomeOf(a.ok))
	e.Object = object(from, "")
	e.Object.To = to
	b := begin()
	file(b, "src_file", from, "")
	file(b, "dst_file", to, "")
	data(&e, b, unixResult(a))
	return e
}
