package samba

import (
	"path"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// audit takes a line of full_audit.
func (d *decoder) audit(p *proc, a *audit, l line) {
	if w := &p.wait; w.what == waitConnect && a.op == "disconnect" && (w.refused || d.levels && !w.a.ipc()) && a.share == w.a.share {
		d.hold(p, l)
		w.what, w.refused = waitTree, true
		return
	}
	d.settle(p)
	rule, known := opRules[a.op]
	if known && rule.what == doCreate {
		d.tents(p, a)
	} else if known && rule.what != doTent && rule.what != doNoise {
		d.tents(p, nil)
	}
	p.audit, p.text = *a, len(l.text)
	d.hold(p, l)
	if !known {
		return
	}
	switch rule.what {
	case doConnect:
		d.connect(p, a)
	case doDisconnect:
		d.disconnect(p, a)
	case doCreate:
		d.create(p, a)
	case doClose:
		d.close(p, a)
	case doOp:
		d.operation(p, a, rule.op)
	case doRename:
		d.rename(p, a)
	case doUnlink:
		name := a.relative(a.args)
		p.credit(parent(name))
		d.give(p, p.fileEvent("UNLINK", a, name, p.isDir(a, name)), nil)
	case doTent:
		d.tent(p, a)
	case doQuota:
		d.give(p, p.quotaEvent(a), nil)
	case doControl:
		d.give(p, p.controlEvent(a), nil)
	}
}

func parent(name string) string { return path.Dir(name) }

func (p *proc) isDir(a *audit, name string) bool {
	h := p.find(a.share, name, "")
	return h != nil && h.dir
}

// connect waits for smbd's message about it: with the user's numbers, or with the status where it is refused. full_audit
// says connect and disconnect before smbd runs the preexec that refuses.
func (d *decoder) connect(p *proc, a *audit) {
	if !a.ok {
		p.wait = waiting{what: waitTree, a: *a, share: a.share, refused: true}
		return
	}
	p.uid, p.gid = "", ""
	p.wait = waiting{what: waitConnect, a: *a, share: a.share}
}

// ipc tells the share of pipes, whose connects smbd tells at debug level 3 only.
func (a *audit) ipc() bool { return a.args == "IPC$" || a.share == "IPC_" }

// tree gives a connect that came to nothing.
func (d *decoder) tree(p *proc, w waiting, status string) {
	if !w.refused {
		d.give(p, p.treeEvent(w.share, status), nil)
		return
	}
	r := unixResult(&w.a)
	if status != "" {
		r = ntResult(status)
	} else if w.a.ok {
		r = ntResult("NT_STATUS_ACCESS_DENIED") // what a preexec's refusal is
	}
	d.give(p, p.connectEvent(&w.a, counterfoil.Failure, r), nil)
}

func (d *decoder) disconnect(p *proc, a *audit) {
	t := p.tcon(a.share)
	gone := p.handlesOf(t)
	lines := d.claim(gone)
	e := p.disconnectEvent(a, t)
	for _, h := range gone {
		p.remove(h)
	}
	p.leave(t)
	d.give(p, e, lines)
}

func (p *proc) handlesOf(t *tcon) (all []*handle) {
	for _, h := range p.handles {
		if h.tcon == t {
			all = append(all, h)
		}
	}
	return all
}

// claim takes the lines that handles hold: the event that is given next has their counts.
func (d *decoder) claim(handles []*handle) (lines []line) {
	for _, h := range handles {
		for k := range h.ops {
			lines = append(lines, h.ops[k].held...)
			d.total -= h.ops[k].size
			h.ops[k].held, h.ops[k].size = nil, 0
		}
	}
	return lines
}

func (d *decoder) create(p *proc, a *audit) {
	c, ok := a.create()
	if !ok {
		return // a form of another version: it joins the next event
	}
	p.touched = ""
	p.credit(parent(c.path))
	if !a.ok {
		p.wait = waiting{what: waitCreate, a: *a, c: c}
		return
	}
	t := p.tcon(a.share)
	t.creates++
	h := p.unopened(c.path)
	if h == nil {
		h = d.open(p, &handle{path: c.path, tcon: t})
	}
	h.tcon, h.user, h.mask, h.dir, h.opened = t, a.user, c.mask, c.dir, true
	p.keep(h)
	p.created = h
	d.give(p, p.createEvent(a, c, counterfoil.Success, success("NTSTATUS")), nil)
}

// close is given where smbd's own message tells it. Without debug level 2 the lines of full_audit must do, among which
// are those of smbd's own looks at files.
func (d *decoder) close(p *proc, a *audit) {
	name := a.relative(a.args)
	if p.spend(name) {
		return
	}
	h := p.find(a.share, name, "")
	if h == nil || !h.opened || h.dir || d.levels {
		p.touched = strings.Clone(name)
		return
	}
	d.closed(p, h, &message{path: name, user: h.user}, true)
}

// closed gives a CLOSE with the counters of its handle, nil where the open was not seen.
func (d *decoder) closed(p *proc, h *handle, m *message, inferred bool) {
	if h == nil {
		h = &handle{tcon: p.certain(), path: m.path}
	}
	h.user = m.user
	h.tcon.closes++
	lines := d.claim([]*handle{h})
	e := p.closeEvent(h, m.status, inferred)
	p.remove(h)
	d.give(p, e, lines)
}

// operation waits for smbd's message with the bytes, or counts at once where none can come.
func (d *decoder) operation(p *proc, a *audit, k opKind) {
	if k == opOffloadRead || k == opOffloadWrite {
		d.count(p, p.offloaded(k), k, a, "")
		return
	}
	if !a.ok {
		d.give(p, p.opEvent(&handle{tcon: p.tcon(a.share), path: a.relative(a.args), user: a.user}, k, unixResult(a)), nil)
		return
	}
	p.wait = waiting{what: waitOp, a: *a, op: k, path: a.relative(a.args)}
}

// offloaded finds the files of a server-side copy, of which full_audit names none: the two opened last, the first to
// read and the second to write. Else the event has no name.
func (p *proc) offloaded(k opKind) *handle {
	if n := len(p.handles); n >= 2 {
		from, to := p.handles[n-2], p.handles[n-1]
		if !from.dir && !to.dir && from.opened && to.opened && from.mask&accessRead != 0 && to.mask&accessWrite != 0 {
			if k == opOffloadRead {
				return from
			}
			return to
		}
	}
	for _, h := range p.handles {
		if h.path == "" && h.tcon == p.tcon(p.audit.share) {
			return h
		}
	}
	h := &handle{tcon: p.tcon(p.audit.share), user: p.audit.user}
	p.handles = append([]*handle{h}, p.handles...)
	p.keep(h)
	return h
}

func (d *decoder) rename(p *proc, a *audit) {
	from, to := a.rename()
	e := p.renameEvent(a, from, to)
	p.credit(parent(from))
	p.credit(parent(to))
	if a.ok && to != "" {
		p.renamed(from, to)
	}
	d.give(p, e, nil)
	p.touched = strings.Clone(to) // its attributes are set by smbd itself
}

// tent holds a line about attributes: of a file that is open it is an event; of another it may be part of a create.
func (d *decoder) tent(p *proc, a *audit) {
	name := a.subject()
	if h := p.find(a.share, name, ""); h != nil && h.opened {
		if a.op == "fset_dos_attributes" && p.touched == name {
			p.touched = ""
			return // a rename sets the archive bit
		}
		d.give(p, p.attrEvent(a), nil)
		return
	}
	if len(p.tents) == maxTents {
		d.tents(p, nil)
	}
	p.tents = append(p.tents, tent{len(p.pending), name, *a})
}

// tents decides on the held lines about attributes. Those of the file that a create_file is of are part of it: they
// stay. Others are events, each with what was held before it.
func (d *decoder) tents(p *proc, a *audit) {
	var name string
	if a != nil {
		c, _ := a.create()
		name = c.path
		base, _, _ := strings.Cut(name, ":")
		if len(p.tents) > 0 && p.tents[len(p.tents)-1].path == base {
			name = base // of a stream: the file's attributes are set
		}
	}
	given := 0
	tents := p.tents
	p.tents = nil
	for _, t := range tents {
		if a != nil && t.path == name {
			continue
		}
		d.giveUpTo(p, t.n-given, p.attrEvent(&t.a))
		given = t.n
	}
}

// settle gives the event that waits for a message, as nothing more will come.
func (d *decoder) settle(p *proc) {
	w := p.wait
	p.wait = waiting{}
	switch w.what {
	case waitConnect:
		if w.refused {
			d.tree(p, w, "")
			return
		}
		p.tcon(w.share)
		d.give(p, p.connectEvent(&w.a, counterfoil.Success, success("UNIX")), nil)
	case waitCreate:
		d.give(p, p.createEvent(&w.a, w.c, counterfoil.Failure, result{kind: "NTSTATUS"}), nil)
	case waitTree:
		d.tree(p, w, "")
	case waitOp:
		d.counted(p, w, "", "")
	}
}
