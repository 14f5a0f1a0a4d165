package samba

import (
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// proc is an smbd process: one client's connection, with its sessions and tree connects.
type proc struct {
	pid     int
	seq     uint64           // when it was last heard
	now     counterfoil.Time // the time of its last record
	host    string
	account string // that authenticated last
	session string // GUID of its authorisation; empty where it has several
	mixed   bool   // it has
	uid     string
	gid     string
	audit   audit // the last one: whose, where from, which share
	peer    string
	tcons   []*tcon
	handles []*handle // in the order in which they were opened

	pending []line // held for the next event, in order
	bytes   int
	tents   []tent // lines among them that are an event unless a create_file of the same path follows
	wait    waiting
	credits []string // paths whose next close is smbd's own
	text    int      // bytes of the line that audit is of
	kept    int      // bytes of handles and tree connects
	weighed int      // bytes of all, when they were counted last
	touched string   // path that smbd looked at since the last create_file
	created *handle  // by the last create_file
}

// tcon is a tree connect with its counters.
type tcon struct {
	share                          string
	creates, closes, reads, writes uint64
}

// handle is an open file.
type handle struct {
	tcon   *tcon
	path   string
	user   string
	mask   uint64
	dir    bool
	fnum   string
	ops    [numOps]ops
	opened bool // told by create_file
	kept   int  // bytes, as they are counted in its process
}

// opKind is a kind of operation that is counted.
type opKind uint8

const (
	opRead opKind = iota
	opWrite
	opOffloadRead
	opOffloadWrite
	numOps
)

var opNames = [numOps]string{"READ", "WRITE", "OFFLOAD_READ", "OFFLOAD_WRITE"}

// ops counts the operations of one kind.
type ops struct {
	count, bytes, silent uint64 // silent: of which the bytes are not known
	told, toldBytes      uint64 // in events
	toldSilent           uint64
	at                   counterfoil.Time // of the last event
	held                 []line           // of those not told
	size                 int
}

// tent is a held line that may be part of a create.
type tent struct {
	n    int // lines held up to it, with it
	path string
	a    audit
}

// waiting is an audit line whose event waits for smbd's message about it.
type waiting struct {
	what    waitKind
	a       audit
	c       create
	op      opKind
	path    string
	share   string
	refused bool
}

type waitKind uint8

const (
	waitNothing waitKind = iota
	waitConnect          // connect|ok: for the user's numbers, or the refusal
	waitCreate           // create_file|fail: for the true status
	waitTree             // a share that does not exist: for the status
	waitOp               // pread_recv and its kin: for the bytes
)

// tick moves the clock of a process. Samba's times have no zone; where a record has none at all, the last one is taken.
func (p *proc) tick(in *frame, offset int64, received counterfoil.Time) {
	at := in.at
	if at != 0 && !in.utc {
		at -= counterfoil.Time(offset)
	}
	if at == 0 && p.now == 0 {
		at = received
	}
	if at > p.now || at != 0 && p.now-at > 2e9 { // whole seconds lie before the parts of a second; a clock may be set back
		p.now = at
	}
}

func (p *proc) tcon(share string) *tcon {
	for _, t := range p.tcons {
		if t.share == share {
			return t
		}
	}
	if len(p.tcons) >= maxTcons {
		p.leave(p.tcons[0])
	}
	t := &tcon{share: strings.Clone(share)}
	p.tcons = append(p.tcons, t)
	p.kept += t.size()
	return t
}

// leave forgets a tree connect.
func (p *proc) leave(t *tcon) {
	if i := slices.Index(p.tcons, t); i >= 0 {
		p.tcons = slices.Delete(p.tcons, i, i+1)
		p.kept -= t.size()
	}
}

func (t *tcon) size() int { return tconSize + len(t.share) }

// certain gives the tree connect of a message, which names none: the only one, or one of no share.
func (p *proc) certain() *tcon {
	switch len(p.tcons) {
	case 0:
		return p.tcon(p.audit.share)
	case 1:
		return p.tcons[0]
	}
	return &tcon{}
}

// find gives the handle of a path, of a share where that is known: by its number, else the first without one, else the first.
func (p *proc) find(share, path, fnum string) *handle {
	var first, free *handle
	for _, h := range p.handles {
		if h.path != path || share != "" && h.tcon.share != share && h.tcon.share != "" {
			continue
		}
		if fnum != "" && h.fnum == fnum {
			return h
		}
		if first == nil {
			first = h
		}
		if free == nil && h.fnum == "" {
			free = h
		}
	}
	if fnum != "" || free != nil {
		return free
	}
	return first
}

// unopened gives the handle that smbd's message opened last and no create_file has claimed.
func (p *proc) unopened(path string) *handle {
	for _, h := range slices.Backward(p.handles) {
		if h.path == path && !h.opened {
			return h
		}
	}
	return nil
}

// same counts the handles of a path.
func (p *proc) same(path string) (n int) {
	for _, h := range p.handles {
		if h.path == path {
			n++
		}
	}
	return n
}

func (d *decoder) open(p *proc, h *handle) *handle {
	if len(p.handles) >= maxHandles {
		d.forget(p, p.handles[0])
	}
	p.handles = append(p.handles, h)
	p.keep(h)
	return h
}

// keep counts what a handle takes, and parts its texts from the lines that they came in.
func (p *proc) keep(h *handle) {
	h.path, h.user = strings.Clone(h.path), strings.Clone(h.user)
	size := handleSize + len(h.path) + len(h.user)
	p.kept += size - h.kept
	h.kept = size
}

// forget closes a handle without an event of its own; what was counted and not told is told.
func (d *decoder) forget(p *proc, h *handle) {
	for k := range h.ops {
		d.summary(p, h, opKind(k))
	}
	p.remove(h)
}

func (p *proc) remove(h *handle) {
	p.handles = slices.DeleteFunc(p.handles, func(x *handle) bool { return x == h })
	p.kept -= h.kept
	h.kept = 0
	if p.created == h {
		p.created = nil
	}
}

// renamed moves the handles of a path, and of those below it.
func (p *proc) renamed(from, to string) {
	for _, h := range p.handles {
		if h.path == from {
			h.path = to
		} else if len(h.path) > len(from) && h.path[:len(from)] == from && (h.path[len(from)] == '/' || h.path[len(from)] == ':') {
			h.path = to + h.path[len(from):]
		} else {
			continue
		}
		p.keep(h)
	}
}

func (p *proc) credit(path string) {
	if len(p.credits) == maxCredits {
		p.credits = slices.Delete(p.credits, 0, 1)
	}
	p.credits = append(p.credits, strings.Clone(path))
}

// spend tells a close that smbd's own look at a directory made.
func (p *proc) spend(path string) bool {
	i := slices.Index(p.credits, path)
	if i < 0 {
		return false
	}
	p.credits = slices.Delete(p.credits, i, i+1)
	return true
}
