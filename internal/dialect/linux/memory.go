package linux

import "unsafe"

// Size is that of the tables, of what is held, and of nodes.
func (d *decoder) Size() int {
	const tables, perNode, perName = int(unsafe.Sizeof(decoder{})) + 64<<10, 256, 64
	return tables + d.held + perNode*len(d.nodes) + perName*(len(d.users)+len(d.names))
}

// Reuse takes back the memory of the events that were given.
func (d *decoder) Reuse() { d.read.texts.Reset() }
