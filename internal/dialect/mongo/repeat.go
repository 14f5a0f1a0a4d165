package mongo

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// repeats remembers values at the top of documents that stand in record after record: local, users and roles of those who
// are at work. What is the same text again is the same data; it is neither read nor written anew.
type repeats struct {
	seen [3][8]repeat // by the field
	next [3]int       // where the next one goes
	w    quickWriter
}

// repeat is such a value.
type repeat struct {
	text     string // as it stands in documents; a document or array, so that nothing that begins so is another
	data     counterfoil.JSON
	user, db string // of the first of users
}

// maxRepeat is the longest text that is remembered.
const maxRepeat = 2 << 10

const repeatUsers = 1

// repeated gives the index of a field whose values are remembered.
func repeated(key string) (field int, ok bool) {
	switch key {
	case "local":
		return 0, true
	case "users":
		return repeatUsers, true
	case "roles":
		return 2, true
	}
	return 0, false
}

// find gives the value that text begins with, or nil.
func (s *repeats) find(field int, text string) *repeat {
	for i := range s.seen[field] {
		if v := &s.seen[field][i]; v.text != "" && strings.HasPrefix(text, v.text) {
			return v
		}
	}
	return nil
}

// learn remembers node n, which was read from text.
func (s *repeats) learn(field int, t *tree, n int32, text string) {
	if k := t.nodes[n].kind; len(text) > maxRepeat || k != kDocument && k != kArray {
		return
	}
	s.w.t, s.w.order = t, s.w.order[:0]
	out, ok := s.w.value(s.w.out[:0], n, 2)
	if s.w.out = out; !ok {
		return
	}
	v := &s.seen[field][s.next[field]]
	s.next[field] = (s.next[field] + 1) % len(s.seen[field])
	*v = repeat{text: strings.Clone(text), data: counterfoil.JSON(string(out))}
	if u := t.nodes[n].first; u != 0 && t.nodes[n].kind == kArray {
		v.user, v.db = strings.Clone(t.string(u, "user")), strings.Clone(t.string(u, "db"))
	}
}
