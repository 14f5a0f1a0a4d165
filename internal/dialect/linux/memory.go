package linux

import (
	"slices"
	"unsafe"

	"github.com/counterfoil/counterfoil"
)

// Size is that of the tables, of what is held, of nodes, and of what was learnt of how records look.
func (d *decoder) Size() int {
	const tables, perNode, perName = int(unsafe.Sizeof(decoder{})) + 64<<10, 256, 64
	return tables + d.held + d.named + perNode*len(d.nodes) + perName*(len(d.users)+len(d.names)) + d.read.shapes.size
}

// Reuse takes back the memory of the events that were given.
func (d *decoder) Reuse() { d.read.texts.Reset() }

// perHappening is about what an event takes while it is open, beside its records: itself, and what finds it by its key.
const perHappening = int(unsafe.Sizeof(happening{})) + 128

// cost is about what its records take.
func (ev *happening) cost() int { return len(ev.raw) + int(unsafe.Sizeof(line{}))*len(ev.lines) }

// forget makes room for nodes: those go that have nothing open; if all have, or their names are the most of what there is, everything is
// given.
func (d *decoder) forget(dst []counterfoil.Event) []counterfoil.Event {
	idle := func(n *node) bool { return n.first == nil }
	busy := 0
	for _, n := range d.nodes {
		if !idle(n) {
			busy += len(n.name)
		}
	}
	if busy > maxNamed/2 || !slices.ContainsFunc(d.nodes, idle) {
		for _, ev := range d.all() {
			ev.evicted = true
			dst = d.finish(dst, ev)
		}
	}
	d.nodes, d.lastNode = slices.DeleteFunc(d.nodes, idle), nil
	d.named = 0
	clear(d.byName)
	for _, n := range d.nodes {
		d.byName[n.name] = n
		d.named += len(n.name)
	}
	for i := range d.recent {
		if n := d.recent[i].node; n != nil && d.byName[n.name] != n {
			d.recent[i] = key{}
		}
	}
	return dst
}
