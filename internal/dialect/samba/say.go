package samba

import (
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// maxTotal is how many bytes of lines all handles hold together.
const maxTotal = 32 << 20

// say takes a message of smbd whose process is certain.
func (d *decoder) say(p *proc, m *message, l line) {
	if m.form != formOther && !p.wait.endedBy(m) {
		d.settleBefore(p)
	}
	d.hold(p, l)
	switch m.form {
	case formStart:
		d.start(p)
	case formConnected:
		d.levels = true
		p.uid, p.gid, p.peer = strings.Clone(m.uid), strings.Clone(m.gid), strings.Clone(m.addr)
		if p.wait.what == waitConnect {
			d.settle(p)
		}
	case formPreexec:
		p.wait.refused = p.wait.what == waitConnect
	case formNoShare:
		p.wait = waiting{what: waitTree, share: m.share}
	case formOpened:
		d.levels = true
		d.opened(p, m)
	case formClosed:
		d.levels = true
		d.closed(p, p.find("", m.path, ""), m, false)
	case formRead, formWrite:
		d.transferred(p, m)
	case formRefused:
		d.refusal(p, m)
	}
}

// endedBy tells the message that an event waits for.
func (w *waiting) endedBy(m *message) bool {
	switch w.what {
	case waitConnect:
		return m.form == formConnected || m.form == formPreexec || m.form == formRefused && m.source == "smb2_tcon.c"
	case waitCreate:
		return m.form == formRefused && m.source == "smb2_create.c"
	case waitTree:
		return m.form == formRefused && m.source == "smb2_tcon.c"
	case waitOp:
		return (m.form == formRead && w.op == opRead || m.form == formWrite && w.op == opWrite) && m.path == w.path
	}
	return false
}

// settleBefore settles what waits without the line held last, the header of another message.
func (d *decoder) settleBefore(p *proc) {
	n := len(p.pending) - 1
	if n <= 0 {
		return
	}
	last := p.pending[n]
	p.pending = p.pending[:n]
	p.bytes -= len(last.text) + 1
	d.settle(p)
	p.pending = append(p.pending, last)
	p.bytes += len(last.text) + 1
}

// start forgets what is known of a process number that begins anew.
func (d *decoder) start(p *proc) {
	for _, h := range slices.Clone(p.handles) {
		d.forget(p, h)
	}
	p.account, p.session, p.uid, p.gid, p.peer, p.tcons, p.created, p.audit, p.mixed = "", "", "", "", "", nil, nil, audit{}, false
	p.text, p.kept = 0, 0
}

func (d *decoder) opened(p *proc, m *message) {
	h := d.open(p, &handle{tcon: p.certain(), path: m.path, user: m.user})
	d.give(p, p.openEvent(h, m), nil)
}

func (d *decoder) transferred(p *proc, m *message) {
	k := opRead
	if m.form == formWrite {
		k = opWrite
	}
	w := p.wait
	if w.what != waitOp {
		w = waiting{what: waitOp, op: k, path: m.path}
		if len(p.tcons) <= 1 {
			w.a = p.audit
		}
	}
	p.wait = waiting{}
	d.counted(p, w, m.fnum, m.length)
}

func (d *decoder) counted(p *proc, w waiting, fnum, length string) {
	h := p.find(w.a.share, w.path, fnum)
	if h == nil {
		t := p.certain()
		if w.a.share != "" {
			t = p.tcon(w.a.share)
		}
		h = d.open(p, &handle{tcon: t, path: w.path, user: w.a.user})
	}
	if fnum != "" {
		h.fnum = strings.Clone(fnum)
	}
	d.count(p, h, w.op, &w.a, length)
}

// count adds an operation to its handle, and tells it if the interval is over since the last that was told.
func (d *decoder) count(p *proc, h *handle, k opKind, a *audit, length string) {
	o := &h.ops[k]
	if n, err := strconv.ParseUint(length, 10, 63); err == nil {
		o.bytes += n
	} else {
		o.silent++
	}
	o.count++
	if k == opRead || k == opOffloadRead {
		h.tcon.reads++
	} else {
		h.tcon.writes++
	}
	wait := counterfoil.Time(d.opts.Interval)
	if o.told == 0 || wait > 0 && (p.now-o.at >= wait || p.now < o.at) {
		d.tell(p, h, k)
		return
	}
	d.tents(p, nil)
	for _, l := range p.pending {
		o.size += len(l.text) + 1
		d.total += len(l.text) + 1
	}
	o.held = append(o.held, p.pending...)
	clear(p.pending)
	p.pending, p.bytes = p.pending[:0], 0
	if o.size > d.opts.MaxHeld {
		d.tell(p, h, k)
	}
	if d.total > maxTotal {
		for _, q := range d.ordered() {
			for _, x := range slices.Clone(q.handles) {
				for k := range x.ops {
					d.summary(q, x, opKind(k))
				}
			}
		}
	}
}

// tell gives the event of a kind of operation: what was counted since the last one.
func (d *decoder) tell(p *proc, h *handle, k opKind) {
	o := &h.ops[k]
	e := p.opEvent(h, k, success(opResult(k)))
	lines := o.held
	d.total -= o.size
	o.held, o.size, o.at = nil, 0, p.now
	o.told, o.toldBytes, o.toldSilent = o.count, o.bytes, o.silent
	d.give(p, e, lines)
}

// summary tells what was counted and not told yet.
func (d *decoder) summary(p *proc, h *handle, k opKind) {
	if len(h.ops[k].held) > 0 {
		d.tell(p, h, k)
	}
}

// refusal is the status of a request that smbd refused; the file of its source tells which.
func (d *decoder) refusal(p *proc, m *message) {
	switch m.source {
	case "smb2_create.c":
		if p.wait.what == waitCreate {
			w := p.wait
			p.wait = waiting{}
			d.give(p, p.createEvent(&w.a, w.c, counterfoil.Failure, ntResult(m.status)), nil)
			return
		}
		d.give(p, p.createEvent(&p.audit, create{}, counterfoil.Failure, ntResult(m.status)), nil)
	case "smb2_tcon.c":
		w := p.wait
		p.wait = waiting{}
		w.refused = w.what == waitConnect || w.refused
		d.tree(p, w, m.status)
	case "smb2_setinfo.c":
		d.give(p, p.setinfoEvent(m.status), nil)
	case "smb2_read.c", "smb2_write.c":
		d.give(p, p.refusedOp(m), nil)
	}
}

// json reads a record of auth_json_audit.
func (d *decoder) json(p *proc, in *frame, l line) {
	j, err := counterfoil.Canonical(in.body)
	d.settle(p)
	d.hold(p, l)
	if err != nil {
		return // cut off: it joins the next event
	}
	stamp := j.Member("timestamp").Text()
	if at, offset, ok := jsonTime(stamp); ok {
		p.now, d.offset = at, offset
	}
	switch kind := j.Member("type").Text(); kind {
	case "Authentication":
		d.give(p, p.authentication(j.Member(kind)), nil)
	case "Authorization":
		d.give(p, p.authorization(j.Member(kind)), nil)
	}
}

// jsonTime reads "2026-11-22T12:41:16.523640+0000", and the zone.
func jsonTime(s string) (at counterfoil.Time, offset int64, ok bool) {
	if len(s) < 6 {
		return 0, 0, false
	}
	zone := s[len(s)-5:]
	at, err := counterfoil.ParseTime(s[:len(s)-2] + ":" + s[len(s)-2:])
	if err != nil || !isDigits(zone[1:]) {
		return 0, 0, false
	}
	h, _ := strconv.Atoi(zone[1:3])
	m, _ := strconv.Atoi(zone[3:])
	offset = int64(h*3600+m*60) * 1e9
	if zone[0] == '-' {
		offset = -offset
	}
	return at, offset, at != 0
}
