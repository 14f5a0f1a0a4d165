package disktest

import (
	"path"
	"slices"
)

func (d *Memory) MkdirAll(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.change("mkdir", name); err != nil {
		return err
	}
	var missing []string
	for p := name; ; p = path.Dir(p) {
		if n := d.nodes[p]; n == nil {
			missing = append(missing, p)
		} else if !n.dir {
			return fault("mkdir", name, errNotDir)
		} else {
			break
		}
	}
	for _, p := range slices.Backward(missing) {
		n := &node{dir: true}
		d.nodes[p] = n
		d.settle(func(c change) bool { return c.from == p || c.to == p }) // a removal of the name before
		d.durable[p] = n
	}
	return nil
}

func (d *Memory) ReadDir(name string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.look("readdir", name); err != nil {
		return nil, err
	}
	switch n := d.nodes[name]; {
	case n == nil:
		return nil, d.missing("readdir", name)
	case !n.dir:
		return nil, fault("readdir", name, errNotDir)
	}
	return d.children(name), nil
}

func (d *Memory) children(name string) []string {
	var names []string
	for p := range d.nodes {
		if p != "." && path.Dir(p) == name {
			names = append(names, path.Base(p))
		}
	}
	slices.Sort(names)
	return names
}

func (d *Memory) SyncDir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.change("syncdir", name); err != nil {
		return err
	}
	switch n := d.nodes[name]; {
	case n == nil:
		return d.missing("syncdir", name)
	case !n.dir:
		return fault("syncdir", name, errNotDir)
	}
	d.settle(func(c change) bool {
		return c.from != "" && path.Dir(c.from) == name || c.to != "" && path.Dir(c.to) == name
	})
	return nil
}

// settle makes the changes durable that match. Of an older change that does not, the part about the same names counts no
// more.
func (d *Memory) settle(match func(change) bool) {
	var rest []change
	for _, c := range d.pending {
		if !match(c) {
			rest = append(rest, c)
			continue
		}
		c.apply(d.durable)
		for i := range rest {
			o := &rest[i]
			if o.to != "" && (o.to == c.from || o.to == c.to) {
				o.to = ""
			}
			if o.from != "" && o.from == c.to {
				o.from = ""
			}
		}
	}
	d.pending = slices.DeleteFunc(rest, func(c change) bool { return c.from == "" && c.to == "" })
}

func (c change) apply(names map[string]*node) {
	if c.from != "" {
		delete(names, c.from)
	}
	if c.to != "" {
		names[c.to] = c.n
	}
}
