package mongo

import (
	"math/bits"
	"strconv"

	"github.com/counterfoil/counterfoil"
)

// quickWriter writes canonical data without the detours of dataWriter: each member straight to its place in the order of
// keys. What it does not know (keys that want escapes, keys that stand twice, very many members, numbers that are no
// integers, deep nesting) it leaves to dataWriter; the tests hold both to one result.
type quickWriter struct {
	t     *tree
	out   []byte
	order []member // of the objects that are being written, sorted
}

// member is a member of an object, with the first eight bytes of its key as a number: few keys need to be looked at.
type member struct {
	prefix uint64
	node   int32
}

// manyMembers is from where on sorting by insertion would be slow.
const manyMembers = 64

// event puts the document without its field skip into out; false if dataWriter must do it.
func (w *quickWriter) event(t *tree, skip int32) (ok bool) {
	w.t, w.order = t, w.order[:0]
	w.out, ok = w.members(w.out[:0], 0, skip, 1)
	return ok
}

// value appends node n.
func (w *quickWriter) value(out []byte, n int32, depth int) ([]byte, bool) {
	v := &w.t.nodes[n]
	switch v.kind {
	case kString:
		if v.plain {
			return w.t.appendQuoted(out, v.text), true
		}
		return counterfoil.AppendText(out, w.t.str(v.text)), true
	case kInt, kLong:
		const exact = 1 << 53
		if v.num > exact || v.num < -exact {
			return append(strconv.AppendInt(append(out, '"'), v.num, 10), '"'), true
		}
		return strconv.AppendInt(out, v.num, 10), true
	case kBool:
		return strconv.AppendBool(out, v.num != 0), true
	case kNull:
		return append(out, "null"...), true
	case kDate:
		if v.num >= 0 && v.num <= lastISO {
			return append(appendISO(append(out, `{"$date":"`...), v.num, "Z"), `"}`...), true
		}
	case kReady:
		return append(out, w.t.str(v.text)...), true
	case kDocument:
		return w.members(out, n, 0, depth)
	case kArray:
		return w.elements(out, n, depth)
	}
	return out, false
}

func (w *quickWriter) elements(out []byte, n int32, depth int) (_ []byte, ok bool) {
	if depth >= counterfoil.MaxDepth {
		return out, false
	}
	out = append(out, '[')
	first := w.t.nodes[n].first
	for c := first; c != 0; c = w.t.nodes[c].next {
		if c != first {
			out = append(out, ',')
		}
		if out, ok = w.value(out, c, depth+1); !ok {
			return out, false
		}
	}
	return append(out, ']'), true
}

func (w *quickWriter) members(out []byte, n, skip int32, depth int) (_ []byte, ok bool) {
	base := len(w.order)
	if depth >= counterfoil.MaxDepth || !w.sort(w.t.nodes[n].first, skip) {
		return out, false
	}
	out = append(out, '{')
	for i := base; i < len(w.order); i++ {
		if i > base {
			out = append(out, ',')
		}
		c := w.order[i].node
		out = append(w.t.appendQuoted(out, w.t.nodes[c].key), ':')
		if out, ok = w.value(out, c, depth+1); !ok {
			return out, false
		}
	}
	w.order = w.order[:base]
	return append(out, '}'), true
}

// sort appends the members that begin with first to order, by their keys.
func (w *quickWriter) sort(first, skip int32) bool {
	t, base := w.t, len(w.order)
	for c := first; c != 0; c = t.nodes[c].next {
		if c == skip {
			continue
		}
		i := len(w.order)
		if !t.nodes[c].plainKey || i-base >= manyMembers {
			return false
		}
		key := t.key(c)
		now := member{keyPrefix(key), c}
		w.order = append(w.order, now)
		for ; i > base; i-- {
			p := w.order[i-1]
			if p.prefix < now.prefix {
				break
			}
			if p.prefix == now.prefix {
				if k := t.key(p.node); k < key {
					break
				} else if k == key {
					return false
				}
			}
			w.order[i] = p
		}
		w.order[i] = now
	}
	return true
}

// keyPrefix orders keys as their bytes do, as far as eight of them tell.
func keyPrefix(k string) (p uint64) {
	if len(k) >= 8 {
		return bits.ReverseBytes64(u64(k))
	}
	if len(k) >= 4 { // the middle bytes twice
		return uint64(bits.ReverseBytes32(u32(k)))<<32 | uint64(bits.ReverseBytes32(u32(k[len(k)-4:])))<<(8*(8-len(k)))
	}
	for i := range len(k) {
		p |= uint64(k[i]) << (56 - 8*i)
	}
	return p
}

// plainBytes stand for themselves in a canonical string.
var plainBytes = func() (t [256]bool) {
	for c := ' '; c < 0x80; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

func isPlain(s string) bool {
	for i := range len(s) {
		if !plainBytes[s[i]] {
			return false
		}
	}
	return true
}
