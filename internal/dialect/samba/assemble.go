package samba

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

const (
	maxProcs   = 2048
	maxHandles = 4096 // of a process
	maxHeaders = 16   // debug headers whose message has not come
	maxCredits = 8
	maxFrames  = 4096 // that Held names
	maxTents   = 64
)

// line is a frame that is held.
type line struct {
	pos      int64
	received counterfoil.Time
	text     string
}

// header is a debug header whose message has not come: messages do not always say which process they are of.
type header struct {
	p  *proc
	fn string
}

type decoder struct {
	opts    Options
	magic   string
	vars    []byte
	procs   map[int]*proc
	headers []header
	last    *proc // that the last message was of
	lastPID int   // of the ident it came with
	broken  bool  // the last message ended early: what follows without a header is still its text
	levels  bool  // debug level 2 is in the stream: opens, closes and connects are told
	offset  int64 // of the server's zone from UTC
	seq     uint64
	heard   *proc // in this frame
	total   int   // bytes of lines that handles hold
	kept    int   // bytes of processes
	most    int   // that they may be
	dst     []counterfoil.Event
	frames  []int64
}

// Decode reads one line or datagram.
func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	d.dst = dst
	d.seq++
	l := line{f.Pos, f.Received, string(f.Data)}
	in := parse(l.text, f.Received, d.offset)
	if in.host == "" {
		in.host = f.Host
	}
	problem := ""
	switch in.kind {
	case kindHeader:
		d.header(&in, l)
	case kindMessage:
		if problem = d.message(&in, l); problem == "" {
			break
		}
	default:
		problem = d.text(&in, l)
	}
	if problem != "" {
		d.dst = append(d.dst, dialect.Unparsed(Dialect, f, problem))
	}
	d.fit()
	dst, d.dst = d.dst, nil
	if problem != "" {
		return dst, fmt.Errorf("samba line at %d: %s", f.Pos, problem)
	}
	return dst, nil
}

// text reads a line of full_audit. What smbd says in another form joins what is held of its process.
func (d *decoder) text(in *frame, l line) string {
	a, problem := d.parseAudit(in.body)
	if problem != "" {
		if in.tag == "smbd" && d.procs[in.pid] != nil {
			d.hold(d.procs[in.pid], l)
			return ""
		}
		return problem
	}
	p := d.proc(a.pid, in)
	p.tick(in, d.offset, l.received)
	d.audit(p, &a, l)
	return ""
}

func (d *decoder) header(in *frame, l line) {
	d.broken = false
	if in.pid == 0 {
		in.pid = -1 // debug pid = no: one process for all
	}
	p := d.proc(in.pid, in)
	p.tick(in, d.offset, l.received)
	d.hold(p, l)
	d.headers = slices.DeleteFunc(d.headers, func(h header) bool { return h.p == p })
	if len(d.headers) == maxHeaders {
		d.headers = slices.Delete(d.headers, 0, 1)
	}
	d.headers = append(d.headers, header{p, in.fn})
}

// message reads what smbd says. It is given a meaning only if it is certain which process says it.
func (d *decoder) message(in *frame, l line) (problem string) {
	m := parseMessage(in.body)
	p, headed := d.speaker(in, m.form)
	if p == nil {
		if in.tag != "smbd" && in.tag != "smbd_audit" && m.form != formJSON {
			return "an indented line without a debug header before it"
		}
		p = d.proc(max(in.pid, 0), in) // 0: of nobody known
	}
	p.tick(in, d.offset, l.received)
	if headed {
		d.broken = m.cut
	}
	d.last, d.lastPID = p, in.pid
	if in.tag == "" && headed { // Samba's own log file has full_audit's lines as messages
		if a, problem := d.parseAudit(in.body); problem == "" && a.pid == p.pid {
			d.settleBefore(p)
			d.audit(p, &a, l)
			return ""
		}
	}
	switch {
	case m.form == formJSON && !d.broken:
		d.json(p, in, l)
	case headed && !m.cut:
		d.say(p, &m, l)
	default:
		d.hold(p, l)
	}
	return ""
}

// speaker finds the process of a message: by its ident, or by the header that it follows. headed: it follows one.
func (d *decoder) speaker(in *frame, f form) (p *proc, headed bool) {
	take := func(i int) (*proc, bool) {
		p := d.headers[i].p
		d.headers = slices.Delete(d.headers, i, i+1)
		return p, true
	}
	if f == formJSON { // has no header
		if in.pid == 0 && in.tag == "" {
			return d.last, false
		}
		return d.procs[in.pid], false
	}
	fits := -1
	for i, h := range d.headers {
		if in.pid != 0 && h.p.pid == in.pid {
			return take(i)
		}
		if in.pid != 0 || f == formOther && len(d.headers) > 1 || f != formOther && len(d.headers) > 1 && functionOf(f) != h.fn {
			continue
		}
		if fits >= 0 {
			return nil, false // of two processes
		}
		fits = i
	}
	if fits >= 0 {
		return take(fits)
	}
	if len(d.headers) == 0 && d.last != nil && d.lastPID == in.pid && d.procs[d.last.pid] == d.last {
		return d.last, false // it goes on
	}
	return d.procs[in.pid], false
}

func functionOf(f form) string {
	if int(f) < len(functions) {
		return functions[f]
	}
	return ""
}

// proc finds a process; the one that was longest silent goes where there are too many.
func (d *decoder) proc(pid int, in *frame) *proc {
	p := d.procs[pid]
	if p == nil {
		if len(d.procs) >= maxProcs {
			d.drop(d.oldest())
		}
		p = &proc{pid: pid}
		d.procs[pid] = p
	}
	p.seq = d.seq
	if in.host != "" && in.host != p.host {
		p.host = strings.Clone(in.host)
	}
	return p
}

// hold keeps a line for the process's next event. What is held before it is given where it is too much; but while an
// operation waits for its message, which would be counted twice, only at twice that.
func (d *decoder) hold(p *proc, l line) {
	p.seq, d.heard = d.seq, p
	size := len(l.text) + 1
	if n := p.bytes + size; n > d.opts.MaxHeld && (p.wait.what != waitOp || n > 2*d.opts.MaxHeld) {
		d.settle(p)
		d.tents(p, nil)
		d.rest(p)
	}
	p.pending = append(p.pending, l)
	p.bytes += size
}

// rest gives held lines that no event claimed.
func (d *decoder) rest(p *proc) {
	if len(p.pending) == 0 {
		return
	}
	var b counterfoil.Builder
	b.Object("")
	b.Int("lines", int64(len(p.pending)))
	b.End()
	e := p.event("LOG", "", counterfoil.Unknown)
	e.EventData, e.SvcData = b.JSON(), ""
	d.give(p, e, nil)
}

// give appends an event. Its raw is what is held of the process, and of a handle for the kind of operation.
func (d *decoder) give(p *proc, e counterfoil.Event, more []line) {
	d.tents(p, nil)
	d.emit(p, e, more)
}

func (d *decoder) emit(p *proc, e counterfoil.Event, more []line) {
	lines := p.pending
	if len(more) > 0 {
		lines = append(slices.Clone(more), p.pending...)
		slices.SortStableFunc(lines, func(a, b line) int { return int(min(max(a.pos-b.pos, -1), 1)) })
	}
	n := -1
	for i := range lines {
		n += len(lines[i].text) + 1
	}
	raw := make([]byte, 0, n+1)
	for i := range lines {
		if i > 0 {
			raw = append(raw, '\n')
		}
		raw = append(raw, lines[i].text...)
	}
	e.Raw = string(raw)
	if e.Time == 0 && len(lines) > 0 {
		e.Time = lines[len(lines)-1].received
	}
	clear(p.pending)
	p.pending, p.bytes = p.pending[:0], 0
	d.dst = append(d.dst, e)
}

// giveUpTo gives an event of the first n held lines, and keeps the others.
func (d *decoder) giveUpTo(p *proc, n int, e counterfoil.Event) {
	rest := slices.Clone(p.pending[n:])
	p.pending = p.pending[:n]
	d.emit(p, e, nil)
	for _, l := range rest {
		p.bytes += len(l.text) + 1
	}
	p.pending = rest
}

// Flush gives what waited long enough at now, what is known of it: what was due first first, however late it is asked for.
func (d *decoder) Flush(dst []counterfoil.Event, now time.Time) []counterfoil.Event {
	d.dst = dst
	for h := d.Held(); h.Any && (now.IsZero() || !h.Deadline.After(now)); h = d.Held() {
		d.flush(h.Deadline)
	}
	for _, p := range d.procs {
		d.weigh(p)
	}
	dst, d.dst = d.dst, nil
	return dst
}

func (d *decoder) flush(now time.Time) {
	over := func(at time.Time, any bool) bool { return any && !at.After(now) }
	for _, p := range d.ordered() {
		if over(d.due(p)) {
			d.settle(p)
			d.tents(p, nil)
			d.rest(p)
		}
		for _, h := range slices.Clone(p.handles) {
			for k := range h.ops {
				if over(d.dueOps(&h.ops[k])) {
					d.summary(p, h, opKind(k))
				}
			}
		}
	}
}

// ordered gives the processes in a fixed order.
func (d *decoder) ordered() []*proc {
	all := make([]*proc, 0, len(d.procs))
	for _, p := range d.procs {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b *proc) int { return a.pid - b.pid })
	return all
}

func (d *decoder) due(p *proc) (time.Time, bool) {
	if len(p.pending) == 0 {
		return time.Time{}, false
	}
	return p.pending[0].received.Std().Add(d.opts.Timeout), true
}

func (d *decoder) dueOps(o *ops) (time.Time, bool) {
	if len(o.held) == 0 {
		return time.Time{}, false
	}
	wait := d.opts.Interval
	if wait == 0 {
		wait = defaults.Interval
	}
	return o.held[0].received.Std().Add(max(wait, d.opts.Timeout)), true
}

// Held tells the frames that are kept back.
func (d *decoder) Held() dialect.Held {
	var h dialect.Held
	d.frames = d.frames[:0]
	add := func(lines []line, at time.Time, any bool) {
		if !any {
			return
		}
		if !h.Any || lines[0].pos < h.Pos {
			h.Pos = lines[0].pos
		}
		if !h.Any || at.Before(h.Deadline) {
			h.Deadline = at
		}
		h.Any = true
		for i := range lines {
			d.frames = append(d.frames, lines[i].pos)
		}
	}
	for _, p := range d.procs {
		at, any := d.due(p)
		add(p.pending, at, any)
		for _, x := range p.handles {
			for k := range x.ops {
				at, any := d.dueOps(&x.ops[k])
				add(x.ops[k].held, at, any)
			}
		}
	}
	if h.Any && len(d.frames) <= maxFrames {
		slices.Sort(d.frames)
		h.Frames = d.frames
	}
	return h
}
