package linux

import (
	"fmt"
	"slices"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// key finds an event: its records share node, time and serial number.
type key struct {
	node *node
	id   ident
}

// node is a machine whose records are in the stream. Clocks differ, so each has its own idea of now.
type node struct {
	name        string
	now         int64      // time of its last record, ns
	first, last *happening // what is open, in order of arrival
	ends        ends
	wait        int // records until ends is decided
	lacks       int // events in a row that had their PROCTITLE and no EOE came
}

// ends says whether a node's events end in EOE. auditd does not write EOE to its file, where PROCTITLE comes last;
// the kernel and auditd's plugins send EOE.
type ends uint8

const (
	endsUnknown ends = iota // until an EOE comes, or decideAfter records after a PROCTITLE without one
	endsEOE
	endsTitle
)

const (
	decideAfter = 64
	forgetAfter = 8 // a stray EOE does not make every event wait for one
	maxNodes    = 4096
	maxNamed    = 1 << 20 // bytes of nodes' names
	recentSlots = 4096
	maxFrames   = 4096
	maxFree     = 64                      // happenings kept for use again
	clockBack   = int64(60 * time.Second) // an event that lies so far in the future was sent before the clock was set back
)

type decoder struct {
	opts     Options
	nodes    []*node
	named    int // bytes of their names
	byName   map[string]*node
	lastNode *node              // of the last record
	last     *happening         // that the last record went to
	open     map[key]*happening // those that are open, but for one whose records have all followed one another
	sieve    [256]uint16        // how many of these have a key of the slot: where none has, nothing need be looked for
	count    int                // of those that are open
	held     int                // bytes, see cost
	recent   [recentSlots]key
	free     []*happening
	frames   []int64   // of Held
	lone     happening // for records that are events of their own
	stamp    lastStamp
	read     reading
	users    intern // UID:n by n
	names    intern // in the form of svc and event, by what they are made of
}

func newDecoder(o Options) *decoder {
	return &decoder{opts: o, open: map[key]*happening{}, byName: map[string]*node{}, users: intern{}, names: intern{}}
}

// reset forgets the stream and keeps what makes reading fast. Nothing may be held.
func (d *decoder) reset() {
	clear(d.byName)
	d.nodes, d.named, d.lastNode, d.last, d.recent = d.nodes[:0], 0, nil, nil, [recentSlots]key{}
}

// Decode reads one record.
func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	if f.Type == typeReplace { // its payload is four bytes of a process id in binary
		h := header{num: typeReplace, id: ident{ns: int64(f.Received)}}
		var n *node
		dst, n = d.node(dst, h.node)
		return d.alone(dst, key{n, h.id}, &h, &f), nil
	}
	h, problem := parseHeader(f.Data, f.Type, &d.stamp)
	if problem != "" {
		return append(dst, dialect.Unparsed(Dialect, f, problem)), fmt.Errorf("linux record at %d: %s", f.Pos, problem)
	}
	dst, n := d.node(dst, h.node)
	if f.Type != 0 {
		n.ends = endsEOE
	}
	k := key{n, h.id}
	n.now = h.id.ns
	dst = d.expire(dst, n)
	ev := d.find(k)
	if ev == nil {
		if alone := isSingle(h.num) || h.num == 0 && hasText(f.Data[h.body:]); alone {
			return d.alone(dst, k, &h, &f), nil
		}
		ev = d.begin(k, &h, &f)
	}
	d.add(ev, &h, &f)
	if d.last != ev {
		d.list(d.last)
		d.last = ev
	}
	return d.after(dst, ev, h.num), nil
}

// hasText tells the form of records that programs send.
func hasText(body []byte) bool {
	_, _, _, has := cut(string(body))
	return has
}

// node finds a node by name; the empty name is that of the stream itself.
func (d *decoder) node(dst []counterfoil.Event, name []byte) ([]counterfoil.Event, *node) {
	if d.lastNode != nil && d.lastNode.name == string(name) {
		return dst, d.lastNode
	}
	if n := d.byName[string(name)]; n != nil {
		d.lastNode = n
		return dst, n
	}
	if len(d.nodes) >= maxNodes || d.named+len(name) > maxNamed {
		dst = d.forget(dst)
	}
	n := &node{name: string(name)}
	d.named += len(name)
	d.nodes = append(d.nodes, n)
	d.byName[n.name], d.lastNode = n, n
	return dst, n
}

func (d *decoder) find(k key) *happening {
	if d.last != nil && d.last.key == k && !d.last.done {
		return d.last
	}
	if d.sieve[k.slot()%len(d.sieve)] == 0 {
		return nil
	}
	return d.open[k]
}

// alone gives the event of a record that has no others.
func (d *decoder) alone(dst []counterfoil.Event, k key, h *header, f *dialect.Frame) []counterfoil.Event {
	ev := &d.lone
	*ev = happening{raw: ev.raw[:0], lines: ev.lines[:0]}
	d.set(ev, k, h, f)
	ev.append(h, f)
	return d.give(dst, ev)
}

func (d *decoder) set(ev *happening, k key, h *header, f *dialect.Frame) {
	ev.key, ev.pos, ev.marked, ev.host = k, f.Pos, h.marked, k.node.name
	if ev.host == "" {
		ev.host = f.Host
	}
	ev.late = d.recent[k.slot()] == k && h.num != typeReplace
}

func (d *decoder) begin(k key, h *header, f *dialect.Frame) *happening {
	var ev *happening
	if n := len(d.free); n > 0 {
		ev = d.free[n-1]
		d.free = d.free[:n-1]
		*ev = happening{raw: ev.raw[:0], lines: ev.lines[:0]}
	} else {
		ev = &happening{}
	}
	d.set(ev, k, h, f)
	d.count++
	d.held += perHappening
	if n := k.node; n.last == nil {
		n.first, n.last = ev, ev
	} else {
		n.last.next, ev.prev, n.last = ev, n.last, ev
	}
	return ev
}

// list puts an event among those that are found by their key: one whose records stop following one another. Most never are.
func (d *decoder) list(ev *happening) {
	if ev != nil && !ev.listed {
		d.open[ev.key], ev.listed = ev, true
		d.sieve[ev.key.slot()%len(d.sieve)]++
	}
}

func (d *decoder) add(ev *happening, h *header, f *dialect.Frame) {
	before := ev.cost()
	ev.append(h, f)
	d.held += ev.cost() - before
}

// after says what follows from a record that was added.
func (d *decoder) after(dst []counterfoil.Event, ev *happening, num uint16) []counterfoil.Event {
	n := ev.key.node
	if n.wait > 0 {
		if n.wait--; n.wait == 0 && n.ends == endsUnknown {
			n.ends = endsTitle
			for x := n.first; x != nil; {
				next := x.next
				if x.titled {
					dst = d.finish(dst, x)
				}
				x = next
			}
		}
	}
	switch {
	case ev.done:
		return dst
	case num == typeEOE:
		n.ends, n.lacks, ev.ended = endsEOE, 0, true
		return d.finish(dst, ev)
	case num == typeProctitle:
		ev.titled = true
		switch {
		case n.ends == endsTitle:
			return d.finish(dst, ev)
		case n.ends == endsUnknown && n.wait == 0:
			n.wait = decideAfter
		}
	case isSingle(num):
		return d.finish(dst, ev)
	}
	if len(ev.raw) >= d.opts.MaxEvent {
		ev.oversize = true
		return d.finish(dst, ev)
	}
	for d.held > d.opts.MaxHeld {
		oldest := d.oldest()
		oldest.evicted = true
		dst = d.finish(dst, oldest)
	}
	return dst
}

// expire gives the events whose time is over by the clock of their node.
func (d *decoder) expire(dst []counterfoil.Event, n *node) []counterfoil.Event {
	limit := n.now - int64(d.opts.Timeout)
	for {
		ev := n.first
		if ev == nil || ev.key.id.ns > limit && ev.key.id.ns < n.now+clockBack {
			return dst
		}
		if ev.titled && n.ends == endsEOE {
			if n.lacks++; n.lacks >= forgetAfter {
				n.ends = endsTitle
			}
		}
		dst = d.finish(dst, ev)
	}
}

// finish gives an event that was open.
func (d *decoder) finish(dst []counterfoil.Event, ev *happening) []counterfoil.Event {
	ev.wantsEnd = ev.key.node.ends == endsEOE
	dst = d.give(dst, ev)
	if ev.listed {
		delete(d.open, ev.key)
		d.sieve[ev.key.slot()%len(d.sieve)]--
	}
	d.count--
	d.held -= ev.cost() + perHappening
	ev.done = true
	if d.last == ev {
		d.last = nil
	}
	ev.key.node.remove(ev)
	if len(d.free) < maxFree && cap(ev.raw) <= 64<<10 {
		ev.key, ev.host = key{}, "" // its node may be forgotten
		d.free = append(d.free, ev)
	}
	return dst
}

func (n *node) remove(ev *happening) {
	if ev.prev != nil {
		ev.prev.next = ev.next
	} else {
		n.first = ev.next
	}
	if ev.next != nil {
		ev.next.prev = ev.prev
	} else {
		n.last = ev.prev
	}
	ev.prev, ev.next = nil, nil
}

// give appends the event and remembers its key.
func (d *decoder) give(dst []counterfoil.Event, ev *happening) []counterfoil.Event {
	d.recent[ev.key.slot()] = ev.key
	dst = append(dst, counterfoil.Event{})
	d.event(&dst[len(dst)-1], ev)
	return dst
}

func (k key) slot() int {
	h := uint64(k.id.ns)*0x9e3779b97f4a7c15 ^ k.id.serial*0xc2b2ae3d27d4eb4f
	return int(h >> 52 % recentSlots)
}

// all gives what is open, oldest first.
func (d *decoder) all() []*happening {
	var all []*happening
	for _, n := range d.nodes {
		for ev := n.first; ev != nil; ev = ev.next {
			all = append(all, ev)
		}
	}
	slices.SortStableFunc(all, func(a, b *happening) int { return int(min(max(a.pos-b.pos, -1), 1)) })
	return all
}

func (d *decoder) oldest() (oldest *happening) {
	for _, n := range d.nodes {
		if ev := n.first; ev != nil && (oldest == nil || ev.pos < oldest.pos) {
			oldest = ev
		}
	}
	return oldest
}

// Flush gives the events to which nothing was added for the time-out, or all of them.
func (d *decoder) Flush(dst []counterfoil.Event, now time.Time) []counterfoil.Event {
	for _, ev := range d.all() {
		if now.IsZero() || !d.deadline(ev).After(now) {
			dst = d.finish(dst, ev)
		}
	}
	return dst
}

func (d *decoder) deadline(ev *happening) time.Time { return ev.received.Std().Add(d.opts.Timeout) }

// Held gives the position of the oldest event that is open, and the earliest deadline of those that come first on
// their nodes.
func (d *decoder) Held() dialect.Held {
	var h dialect.Held
	if d.count == 0 {
		return h
	}
	for _, n := range d.nodes {
		ev := n.first
		if ev == nil {
			continue
		}
		if !h.Any || ev.pos < h.Pos {
			h.Pos = ev.pos
		}
		if at := d.deadline(ev); !h.Any || at.Before(h.Deadline) {
			h.Deadline = at
		}
		h.Any = true
	}
	h.Frames = d.heldFrames()
	return h
}

// heldFrames gives the positions of all records of open events, nil if they are more than an input could remember.
func (d *decoder) heldFrames() []int64 {
	d.frames = d.frames[:0]
	for _, n := range d.nodes {
		for ev := n.first; ev != nil; ev = ev.next {
			if len(d.frames)+len(ev.lines) > maxFrames {
				return nil
			}
			for i := range ev.lines {
				d.frames = append(d.frames, ev.lines[i].pos)
			}
		}
	}
	slices.Sort(d.frames)
	return d.frames
}
