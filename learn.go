package counterfoil

import "strings"

// learn remembers the shape of a message that was read the slow way.
func (h *shapes) learn(text string) {
	if h.full {
		if h.strange++; h.strange < patience {
			return
		}
		h.states = nil
	}
	if len(h.states) == 0 {
		h.states, h.programs, h.room, h.strange, h.full = make([][]edge, 1, 64), h.programs[:0], shapeRoom, 0, false
	}
	if len(text) > 1<<20 {
		return
	}
	o := &h.o
	o.s, o.nodes, o.order = scanner{s: text}, o.nodes[:0], o.order[:0]
	defer func() { o.s.s = "" }()
	o.s.space()
	if !o.value(0) || o.nodes[0].kind != '{' {
		return
	}
	l := lesson{h: h, o: o, text: text, valueOf: make([]uint16, len(o.nodes))}
	if l.findValues() && l.findFields() {
		l.keep()
	}
}

// lesson is one message being learnt.
type lesson struct {
	h       *shapes
	o       *outline
	text    string
	valueOf []uint16 // of each node that is a value: its number
	values  []span
	kinds   []valueKind
	p       program
}

// findValues numbers the values in the order of the text, which is that of the nodes.
func (l *lesson) findValues() bool {
	for n := range l.o.nodes {
		v := &l.o.nodes[n]
		if v.kind != 0 {
			continue
		}
		l.valueOf[n] = uint16(len(l.values))
		if l.text[v.val] == '"' {
			if textEnd(l.text, int(v.val)+1) != int(v.end)-1 {
				return false
			}
			l.values, l.kinds = append(l.values, span{v.val + 1, v.end - 1}), append(l.kinds, aText)
		} else {
			if wordEnd(l.text, int(v.val)) != int(v.end) {
				return false
			}
			l.values, l.kinds = append(l.values, span{v.val, v.end}), append(l.kinds, aWord)
		}
	}
	return len(l.values) > 0 && len(l.values) <= maxValues
}

// children calls f with the key and the number of each member or element until it gives false.
func (l *lesson) children(n int32, f func(name string, n int32) bool) bool {
	for c := l.o.nodes[n].first; c != 0; c = l.o.nodes[c].next {
		name := ""
		if l.o.nodes[n].kind == '{' {
			name = l.o.key(l.text, c)
		}
		if !f(name, c) {
			return false
		}
	}
	return true
}

// findFields says where each value belongs; false if the message has something that paths do not cover.
func (l *lesson) findFields() bool {
	return l.children(0, func(name string, n int32) bool {
		k := keyOf(name)
		if k == numKeys {
			return false
		}
		l.p.seen |= 1 << k
		switch kind := l.o.nodes[n].kind; k {
		case keyVers, keySubject, keyObject:
			return kind == '{' && l.children(n, func(name string, n int32) bool {
				f, ok := fieldsBelow[k][name]
				return ok && l.field(f, n)
			})
		case keyClass:
			return kind == '[' && l.children(n, func(_ string, n int32) bool { return l.field(field(keyClass), n) })
		case keySvcData:
			return kind == '{' && l.recipe(&l.p.data[0], n)
		case keyEventData:
			return kind == '{' && l.recipe(&l.p.data[1], n)
		case keyRawB64, keyHidden:
			return false
		default:
			return l.field(field(k), n)
		}
	})
}

func (l *lesson) field(f field, n int32) bool {
	if l.o.nodes[n].kind != 0 {
		return false
	}
	want := aText
	switch f {
	case field(keySeq), field(keySuccess), fieldMajor, fieldMinor, fieldPID:
		want = aWord
	}
	v := l.valueOf[n]
	l.p.fields = append(l.p.fields, fieldValue{f, v})
	return l.kinds[v] == want
}

// recipe notes how the canonical form of the object n is made.
func (l *lesson) recipe(to *recipe, n int32) bool {
	var d draft
	if !l.draft(&d, n) {
		return false
	}
	literals := 0
	for _, s := range d.pieces {
		p := piece{lit: s.lit, from: -1}
		for v := range l.values {
			if at := l.values[v]; at.start >= s.start && at.end <= s.end {
				if p.from < 0 {
					p.from, p.before = int32(v), at.start-s.start
				}
				p.to, p.after = int32(v), s.end-at.end
			}
		}
		if p.from < 0 && s.lit == "" {
			p.lit = strings.Clone(l.text[s.start:s.end])
		}
		if literals += len(p.lit); literals > shapeRoom {
			return false
		}
		if k := len(*to); k > 0 && p.from < 0 && (*to)[k-1].from < 0 {
			(*to)[k-1].lit += p.lit
			continue
		}
		*to = append(*to, p)
	}
	return true
}

// draft is canonical text being put together, as pieces of a text or literals.
type draft struct{ pieces []draftPiece }

type draftPiece struct {
	lit string
	span
}

// copy adds what stands from start to end.
func (d *draft) copy(start, end int32) {
	if k := len(d.pieces) - 1; k >= 0 && d.pieces[k].lit == "" && d.pieces[k].end == start {
		d.pieces[k].end = end
		return
	}
	d.pieces = append(d.pieces, draftPiece{span: span{start, end}})
}

// punctuate adds c, as a piece of the text if it stands there.
func (d *draft) punctuate(text string, c string) {
	if k := len(d.pieces) - 1; k >= 0 && d.pieces[k].lit == "" && strings.HasPrefix(text[d.pieces[k].end:], c) {
		d.pieces[k].end++
		return
	}
	d.pieces = append(d.pieces, draftPiece{lit: c})
}

// draft adds the canonical form of node n; false if an object has a key twice, or if putting together so many pieces is not faster
// than reading anew.
func (l *lesson) draft(d *draft, n int32) bool {
	o, v := l.o, &l.o.nodes[n]
	if len(d.pieces) > maxPieces {
		return false
	}
	switch v.kind {
	case 0:
		d.copy(v.val, v.end)
		return true
	case '[':
		d.copy(v.val, v.val+1)
		first := true
		ok := l.children(n, func(_ string, c int32) bool {
			if !first {
				d.punctuate(l.text, ",")
			}
			first = false
			return l.draft(d, c)
		})
		d.punctuate(l.text, "]")
		return ok
	}
	base := len(o.order)
	if !o.sort(l.text, v.first) {
		return false
	}
	members := append([]child(nil), o.order[base:]...)
	o.order = o.order[:base]
	d.copy(v.val, v.val+1)
	for i, m := range members {
		if i > 0 {
			d.punctuate(l.text, ",")
		}
		c := &o.nodes[m.node]
		d.copy(c.key, c.keyEnd)
		d.punctuate(l.text, ":")
		if !l.draft(d, m.node) {
			return false
		}
	}
	d.punctuate(l.text, "}")
	return true
}

// keep adds the message's path to the tree.
func (l *lesson) keep() {
	h, state, i := l.h, int32(0), int32(0)
	for v, at := range l.values {
		lit := l.text[i:at.start]
		next := h.follow(state, lit, l.kinds[v])
		if next < 0 {
			next = int32(len(h.states))
			if !h.addEdge(state, lit, l.kinds[v], next) {
				return
			}
			h.states = append(h.states, nil)
		}
		state, i = next, at.end
	}
	h.room -= 8 * (len(l.p.fields) + 8*len(l.p.data[0]) + 8*len(l.p.data[1]))
	if h.follow(state, l.text[i:], atEnd) < 0 && h.addEdge(state, l.text[i:], atEnd, int32(len(h.programs))) {
		h.programs = append(h.programs, l.p)
	}
}

// follow gives where an edge leads, -1 if there is none.
func (h *shapes) follow(state int32, lit string, kind valueKind) int32 {
	for _, e := range h.states[state] {
		if e.kind == kind && e.lit == lit {
			return e.next
		}
	}
	return -1
}

// addEdge adds one if there is room for it.
func (h *shapes) addEdge(state int32, lit string, kind valueKind, next int32) bool {
	h.room -= len(lit) + 64
	h.full = h.room < 0 || len(h.states[state]) == maxEdges
	if !h.full {
		h.states[state] = append(h.states[state], edge{strings.Clone(lit), kind, next})
	}
	return !h.full
}
