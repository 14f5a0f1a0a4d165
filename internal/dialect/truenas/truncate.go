package truenas

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sort"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
)

// leastBytes is the least limit: an envelope with nothing in svc_data and event_data, its texts cut, fits.
const leastBytes = 640

// last are the members of event_data that are left out last: they say what was acted on and what came of it.
var last = []string{"file", "src_file", "dst_file", "result", "vers"}

// truncate appends the line in at most limit bytes, marked "truncated". The aid finds the whole event in its trail; one
// without an aid carries the SHA-256 of its canonical message. The order, until it fits:
//
//  1. members of event_data, the longest first (of equal ones the first by name), those in last after all others; of
//     words, their end
//  2. what the envelope has beside
//  3. svc_data
//  4. texts of the envelope are cut
func (r *record) truncate(dst []byte, e *counterfoil.Event, limit int) []byte {
	extra := r.extra
	r.extra = append(slices.Clone(extra), r.marks(e)...)
	fits := func() bool { return len(r.append(dst)) <= limit }
	r.shorten(fits)
	if !fits() {
		r.extra = r.marks(e)
	}
	if !fits() {
		r.svcData = ""
	}
	if !fits() {
		for text, n := range map[*string]int{&r.addr: 48, &r.user: 64, &r.sess: 40, &r.svc: 32, &r.event: 64, &r.foreign: 16} {
			*text = cut(*text, n)
		}
	}
	return r.append(dst)
}

func (r *record) marks(e *counterfoil.Event) []member {
	marks := []member{{truncatedKey, "true"}}
	if r.aid.IsZero() {
		sum := sha256.Sum256(counterfoil.AppendEvent(nil, e))
		marks = append(marks, member{"sha256", counterfoil.String(hex.EncodeToString(sum[:]))})
	}
	return marks
}

// shorten leaves out as little of event_data as makes it fit.
func (r *record) shorten(fits func() bool) {
	whole := r.data
	if whole == "" {
		return
	}
	if whole.Kind() == '"' {
		words := whole.Text()
		set := func(n int) { r.data = counterfoil.String(boundary(words, len(words)-n)) } // but for the last n bytes
		set(sort.Search(len(words), func(n int) bool { set(n); return fits() }))
		return
	}
	members := inOrder(whole)
	keep := func(n int) { // all but the first n
		var b counterfoil.Builder
		b.Object("")
		for _, m := range members[n:] {
			b.Value(m.key, m.value)
		}
		b.End()
		r.data = b.JSON()
	}
	keep(sort.Search(len(members), func(n int) bool { keep(n); return fits() }))
}

// inOrder gives the members of event_data in the order in which they are left out.
func inOrder(data counterfoil.JSON) []member {
	var all []member
	for key, v := range data.Members() {
		all = append(all, member{key, v})
	}
	slices.SortStableFunc(all, func(a, b member) int {
		if x, y := slices.Contains(last, a.key), slices.Contains(last, b.key); x != y {
			if x {
				return 1
			}
			return -1
		}
		return len(b.key) + len(b.value) - len(a.key) - len(a.value)
	})
	return all
}

// cut gives the beginning of a text that takes at most n bytes in JSON.
func cut(s string, n int) string {
	k := sort.Search(len(s)+1, func(k int) bool { return len(counterfoil.String(boundary(s, k)))-2 > n })
	return boundary(s, k-1)
}

// boundary gives the first n bytes of s, less what is left of a character that they would part.
func boundary(s string, n int) string {
	for i := n; i < len(s) && i > max(0, n-utf8.UTFMax); i-- {
		if utf8.RuneStart(s[i]) {
			return s[:i]
		}
	}
	return s[:n]
}
