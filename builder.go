package counterfoil

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
)

// Builder writes canonical data, for dialects. Members may come in any order; End sorts them. A key that comes again
// in one object becomes key#2, key#3, …: a dialect may find a word twice, and nothing is lost. The zero value is ready;
// Reset makes it so again and keeps its memory.
//
//	var b counterfoil.Builder
//	b.Object("")
//	b.String("path", "/etc/passwd")
//	b.Array("argv"); b.String("", "cat"); b.End()
//	b.End()
//	e.EventData = b.JSON()
type Builder struct {
	out     []byte
	members []member // of the objects that are open, outermost first
	levels  []level
	scratch []byte
}

// member is where one key and its value stand in out: key with quotes, ':' and value in [key,end).
type member struct{ key, keyEnd, end int }

type level struct {
	kind  byte // '{' or '['
	first int  // index of its first member in members
	start int  // where its content begins in out
	n     int  // values so far
}

// Reset forgets everything but the memory.
func (b *Builder) Reset() {
	b.out, b.members, b.levels = b.out[:0], b.members[:0], b.levels[:0]
}

// Object opens an object, under key if inside an object. Every Object and Array wants an End.
func (b *Builder) Object(key string) { b.member(key); b.open('{') }

// Array opens an array.
func (b *Builder) Array(key string) { b.member(key); b.open('[') }

// End closes what was opened last.
func (b *Builder) End() {
	if len(b.levels) == 0 {
		panic("counterfoil: Builder.End without Object or Array")
	}
	if b.levels[len(b.levels)-1].kind == '{' {
		b.renameDuplicates()
		b.close('}')
		return
	}
	b.close(']')
}

// String writes a string of any bytes.
func (b *Builder) String(key, v string) { b.member(key); b.out = appendString(b.out, v) }

// Int writes an integer; one beyond 2^53 becomes a string.
func (b *Builder) Int(key string, v int64) {
	b.member(key)
	if v > maxExact || v < -maxExact {
		b.out = append(strconv.AppendInt(append(b.out, '"'), v, 10), '"')
		return
	}
	b.out = strconv.AppendInt(b.out, v, 10)
}

// Uint writes an unsigned integer; one beyond 2^53 becomes a string.
func (b *Builder) Uint(key string, v uint64) {
	if v > maxExact {
		b.String(key, strconv.FormatUint(v, 10))
		return
	}
	b.Int(key, int64(v))
}

// Bool writes true or false.
func (b *Builder) Bool(key string, v bool) { b.member(key); b.out = strconv.AppendBool(b.out, v) }

// Null writes null.
func (b *Builder) Null(key string) { b.member(key); b.out = append(b.out, "null"...) }

// Value writes a value that is canonical already. An absent value writes nothing.
func (b *Builder) Value(key string, v JSON) {
	if v != "" {
		b.member(key)
		b.out = append(b.out, v...)
	}
}

// JSON gives what was written as a string of its own. It panics if an End is missing.
func (b *Builder) JSON() JSON {
	if len(b.levels) > 0 {
		panic(fmt.Sprintf("counterfoil: Builder.JSON with %d levels open", len(b.levels)))
	}
	return JSON(b.out)
}

func (b *Builder) member(key string) {
	inObject := len(b.levels) > 0 && b.levels[len(b.levels)-1].kind == '{'
	if !inObject {
		b.begin("", false)
		return
	}
	for i := range len(key) {
		if !plain[key[i]] {
			q := appendString(nil, key)
			b.begin(string(q[1:len(q)-1]), true)
			return
		}
	}
	b.begin(key, true)
}

// begin writes what stands before a value: a comma, and the key (already escaped) in an object.
func (b *Builder) begin(key string, inObject bool) {
	if n := len(b.levels); n > 0 {
		if b.levels[n-1].n++; b.levels[n-1].n > 1 {
			if inObject {
				b.members[len(b.members)-1].end = len(b.out)
			}
			b.out = append(b.out, ',')
		}
	}
	if inObject {
		at := len(b.out)
		b.out = append(append(append(b.out, '"'), key...), '"', ':')
		b.members = append(b.members, member{at, len(b.out) - 2, 0})
	}
}

func (b *Builder) open(kind byte) {
	b.out = append(b.out, kind)
	b.levels = append(b.levels, level{kind: kind, first: len(b.members), start: len(b.out)})
}

// close writes the end of an object or array, an object's members having been sorted. It gives a key that stands
// twice, if one does, else nil: the empty key is a key.
func (b *Builder) close(kind byte) (duplicate *string) {
	l := b.levels[len(b.levels)-1]
	b.levels = b.levels[:len(b.levels)-1]
	if kind == '}' {
		m := b.members[l.first:]
		if len(m) > 0 {
			m[len(m)-1].end = len(b.out)
		}
		duplicate = b.sort(m, l.start)
		b.members = b.members[:l.first]
	}
	b.out = append(b.out, kind)
	return duplicate
}

func (b *Builder) sort(m []member, start int) (duplicate *string) {
	key := func(x member) []byte { return b.out[x.key+1 : x.keyEnd] }
	sorted := true
	for i := 1; i < len(m) && sorted; i++ {
		sorted = bytes.Compare(key(m[i-1]), key(m[i])) < 0
	}
	if sorted {
		return nil
	}
	if len(m) <= 24 { // insertion sort beats the generic one on a handful of short keys
		for i := 1; i < len(m); i++ {
			for j := i; j > 0 && bytes.Compare(key(m[j]), key(m[j-1])) < 0; j-- {
				m[j], m[j-1] = m[j-1], m[j]
			}
		}
	} else {
		slices.SortStableFunc(m, func(x, y member) int { return bytes.Compare(key(x), key(y)) })
	}
	b.scratch = b.scratch[:0]
	for i, x := range m {
		if i > 0 {
			b.scratch = append(b.scratch, ',')
			if bytes.Equal(key(m[i-1]), key(x)) {
				k := string(key(x))
				duplicate = &k
			}
		}
		b.scratch = append(b.scratch, b.out[x.key:x.end]...)
	}
	b.out = append(b.out[:start], b.scratch...)
	return duplicate
}

// renameDuplicates gives the second and later members of one key of the object that is open the names key#2, key#3, ….
func (b *Builder) renameDuplicates() {
	l := b.levels[len(b.levels)-1]
	m := b.members[l.first:]
	if len(m) > 0 {
		m[len(m)-1].end = len(b.out)
	}
	if !b.hasDuplicate(m) {
		return
	}
	taken := map[string]bool{}
	for _, x := range m {
		taken[string(b.out[x.key+1:x.keyEnd])] = true
	}
	seen := map[string]bool{}
	next := map[string]int{} // below it, all numbers of a key are taken: many equal keys must not cost the square
	var out []byte
	var moved []member
	for _, x := range m {
		key := string(b.out[x.key+1 : x.keyEnd])
		name := key
		for n := max(2, next[key]); seen[name] || name != key && taken[name]; n++ {
			name = key + "#" + strconv.Itoa(n)
			next[key] = n + 1
		}
		seen[name] = true
		if len(out) > 0 {
			out = append(out, ',')
		}
		at := l.start + len(out)
		out = append(append(append(out, '"'), name...), '"')
		out = append(out, b.out[x.keyEnd+1:x.end]...)
		moved = append(moved, member{at, at + 1 + len(name), l.start + len(out)})
	}
	b.out = append(b.out[:l.start], out...)
	copy(m, moved)
}

func (b *Builder) hasDuplicate(m []member) bool {
	key := func(x member) []byte { return b.out[x.key+1 : x.keyEnd] }
	if len(m) > 24 {
		seen := make(map[string]bool, len(m))
		for _, x := range m {
			if k := string(key(x)); seen[k] {
				return true
			} else {
				seen[k] = true
			}
		}
		return false
	}
	for i := range m {
		for j := range i {
			if m[i].keyEnd-m[i].key == m[j].keyEnd-m[j].key && bytes.Equal(key(m[i]), key(m[j])) {
				return true
			}
		}
	}
	return false
}
