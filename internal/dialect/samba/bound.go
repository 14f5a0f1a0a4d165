package samba

import "slices"

// Bounds of what is known of processes.
const (
	maxTcons = 256      // of a process
	maxKept  = 64 << 20 // bytes of all processes, but for the lines that handles hold

	procSize, handleSize, tconSize = 2 << 10, 512, 64 // beside their texts
)

func (d *decoder) oldest() (oldest *proc) {
	for _, p := range d.procs {
		if oldest == nil || p.seq < oldest.seq {
			oldest = p
		}
	}
	return oldest
}

// fit counts what the process takes that was heard last. Where all take too much, those go that were silent longest; of one that is
// alone, the files that it opened first.
func (d *decoder) fit() {
	p := d.heard
	if d.heard = nil; p == nil || d.procs[p.pid] != p {
		return
	}
	for d.weigh(p); d.kept > d.most; d.weigh(p) {
		switch {
		case len(d.procs) > 1:
			d.drop(d.oldest())
		case len(p.handles) > 0:
			d.forget(p, p.handles[0])
		default:
			d.drop(p)
			return
		}
	}
}

func (d *decoder) weigh(p *proc) {
	size := procSize + p.kept + p.text + p.bytes + len(p.touched)
	for _, path := range p.credits {
		size += len(path)
	}
	d.kept += size - p.weighed
	p.weighed = size
}

// Size is that of the processes, and of the lines that handles hold.
func (d *decoder) Size() int { return d.kept + d.total }

// drop gives everything that is held of a process, and forgets it.
func (d *decoder) drop(p *proc) {
	d.settle(p)
	d.tents(p, nil)
	for len(p.handles) > 0 {
		d.forget(p, p.handles[0])
	}
	d.rest(p)
	d.headers = slices.DeleteFunc(d.headers, func(h header) bool { return h.p == p })
	if d.last == p {
		d.last = nil
	}
	d.kept -= p.weighed
	delete(d.procs, p.pid)
}
