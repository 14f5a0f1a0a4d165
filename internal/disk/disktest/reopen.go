package disktest

import (
	"maps"
	"math/rand/v2"
	"path"
	"slices"
)

// Reopen gives what is on the disk after a power cut: what was synced for certain; of what was not, each block of 512
// bytes, each new size and each change of a name with probability p. A block that was written several times since the
// last sync may hold any of what was written. The same seed gives the same disk. d itself is not changed and can be
// reopened again with another seed; the new disk has power, no locks, and d's limit.
func (d *Memory) Reopen(seed uint64, p float64) *Memory {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	names := maps.Clone(d.durable)
	for _, c := range d.pending {
		if r.Float64() < p {
			c.apply(names)
		}
	}
	out := New()
	out.limit = d.limit
	copies := map[*node]*node{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		n := names[name]
		if copies[n] == nil {
			copies[n] = n.survive(r, p)
		}
		out.nodes[name] = copies[n]
	}
	// What lost the directory that it was in is lost with it.
	for name := range out.nodes {
		for q := name; q != "."; {
			if q = path.Dir(q); out.nodes[q] == nil {
				delete(out.nodes, name)
				break
			}
		}
	}
	out.durable = maps.Clone(out.nodes)
	return out
}

// survive gives what a file holds after a power cut, all of it durable.
func (n *node) survive(r *rand.Rand, p float64) *node {
	if n.dir {
		return &node{dir: true}
	}
	out := &node{linked: n.linked, size: n.synced.size, blocks: maps.Clone(n.synced.blocks), versions: map[int64][][]byte{}}
	if out.blocks == nil {
		out.blocks = map[int64][]byte{}
	}
	if len(n.sizes) > 0 && r.Float64() < p {
		out.size = n.sizes[r.IntN(len(n.sizes))]
	}
	for _, b := range slices.Sorted(maps.Keys(n.versions)) {
		if r.Float64() >= p {
			continue
		}
		v := n.versions[b]
		if block := v[r.IntN(len(v))]; block != nil {
			out.blocks[b] = block
		} else {
			delete(out.blocks, b)
		}
	}
	// Nothing lies behind the end, not even in the last block.
	for b, block := range out.blocks {
		switch in := out.size - b*Block; {
		case in <= 0:
			delete(out.blocks, b)
		case in < Block:
			cut := make([]byte, Block)
			copy(cut, block[:in])
			out.blocks[b] = cut
		}
	}
	out.synced = content{out.size, maps.Clone(out.blocks)}
	return out
}

// Restart gives the disk as the next process finds it after this one was killed: whatever was written is there and all names are
// as they were, synced or not, and a later [Memory.Reopen] of the result loses what nobody synced meanwhile. It has power, no locks,
// and d's limit. d itself is not changed.
func (d *Memory) Restart() *Memory {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := New()
	out.limit = d.limit
	copies := map[*node]*node{}
	again := func(n *node) *node {
		if n != nil && copies[n] == nil {
			copies[n] = n.clone()
		}
		return copies[n]
	}
	clear(out.nodes)
	clear(out.durable)
	for name, n := range d.nodes {
		out.nodes[name] = again(n)
	}
	for name, n := range d.durable {
		out.durable[name] = again(n)
	}
	for _, c := range d.pending {
		out.pending = append(out.pending, change{c.from, c.to, again(c.n)})
	}
	return out
}

// clone copies a file with what is known of its survival.
func (n *node) clone() *node {
	if n.dir {
		return &node{dir: true}
	}
	out := &node{linked: n.linked, size: n.size, reserved: n.reserved, blocks: maps.Clone(n.blocks), sizes: slices.Clone(n.sizes),
		synced: content{n.synced.size, maps.Clone(n.synced.blocks)}, versions: map[int64][][]byte{}, lost: maps.Clone(n.lost)}
	for b, v := range n.versions {
		out.versions[b] = slices.Clone(v)
	}
	return out
}
