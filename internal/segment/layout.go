package segment

import (
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/counterfoil/counterfoil"
)

// layout is canonical JSON without its scalar values: records of one kind mostly have the same.
type layout struct {
	between []string // what stands before each value, quotes included, and behind the last
	paths   []int    // where each value stands: a number for the keys that lead to it
	page    int      // of the segment that is written, in which it was last
}

// span is where a value stands in a text: a string without its quotes, anything else as it is.
type span struct{ from, to int32 }

// mostValues is how many values a text may have whose layout is kept, mostLayouts how many layouts.
const (
	mostValues  = 200
	mostLayouts = 512
)

// match appends where the values of text stand, if it has this layout.
func (l *layout) match(text string, spans []span) ([]span, bool) {
	at, known := 0, len(spans)
	last := len(l.between) - 1
	for _, between := range l.between[:last] {
		if len(text)-at < len(between) || text[at:at+len(between)] != between {
			return spans[:known], false
		}
		at += len(between)
		end := valueEnd(text, at)
		spans = append(spans, span{int32(at), int32(end)})
		at = end
	}
	if text[at:] != l.between[last] {
		return spans[:known], false
	}
	return spans, true
}

// valueEnd gives where the scalar value ends that begins at i, which is behind the quote of a string.
func valueEnd(text string, i int) int {
	if text[i-1] == '"' {
		return stringEnd(text, i)
	}
	for i < len(text) && text[i] != ',' && text[i] != '}' && text[i] != ']' {
		i++
	}
	return i
}

// stringEnd gives where the quote stands that ends the string of which i is a byte or the end.
func stringEnd(text string, i int) int {
	for from := i; ; i++ {
		n := strings.IndexByte(text[i:], '"')
		if n < 0 {
			return len(text)
		}
		i += n
		escapes := i
		for escapes > from && text[escapes-1] == '\\' {
			escapes--
		}
		if (i-escapes)%2 == 0 {
			return i
		}
	}
}

// layouts are those of the texts that were seen.
type layouts struct {
	known map[uint64]*layout
	paths map[string]int
	memo  []byte
}

// of appends where the values of text, canonical JSON, stand, and gives its layout; nil if it has none or too many of them, or there
// are too many layouts.
func (ls *layouts) of(text string, spans []span) ([]span, *layout) {
	before := len(spans)
	if text[0] != '{' {
		return spans, nil
	}
	spans, ls.memo = valuesOf(text, spans, ls.memo[:0])
	n := len(spans) - before
	key := xxhash.Sum64(ls.memo)
	if l := ls.known[key]; l != nil {
		spans, same := l.match(text, spans[:before])
		if !same { // another one with this hash
			l = nil
		}
		return spans, l
	}
	if n == 0 || n > mostValues || len(ls.known) >= mostLayouts {
		return spans[:before], nil
	}
	l := &layout{paths: ls.pathsOf(text)}
	memory, at := strings.Clone(text), int32(0)
	for _, v := range spans[before:] {
		l.between = append(l.between, memory[at:v.from])
		at = v.to
	}
	l.between = append(l.between, memory[at:])
	ls.known[key] = l
	return spans, l
}

// valuesOf appends where the values of text stand to spans, and all else of it, with a zero byte for each value, to memo.
func valuesOf(text string, spans []span, memo []byte) ([]span, []byte) {
	done := 0
	value := func(from, to int) {
		spans = append(spans, span{int32(from), int32(to)})
		memo = append(append(memo, text[done:from]...), 0)
		done = to
	}
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"':
			end := stringEnd(text, i+1)
			if end+1 >= len(text) || text[end+1] != ':' { // no key
				value(i+1, end)
			}
			i = end + 1
		case c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z':
			end := valueEnd(text, i+1)
			value(i, end)
			i = end
		default:
			i++
		}
	}
	return spans, append(memo, text[done:]...)
}

// pathsOf gives a number for the place of each value of text.
func (ls *layouts) pathsOf(text string) (paths []int) {
	var walk func(v counterfoil.JSON, path string)
	walk = func(v counterfoil.JSON, path string) {
		switch v.Kind() {
		case '{':
			for key, member := range v.Members() {
				walk(member, path+"."+key)
			}
		case '[':
			i := 0
			for element := range v.Elements() {
				walk(element, path+"."+strconv.Itoa(i))
				i++
			}
		default:
			n, ok := ls.paths[path]
			if !ok {
				n = len(ls.paths)
				ls.paths[path] = n
			}
			paths = append(paths, n)
		}
	}
	walk(counterfoil.JSON(text), "")
	return paths
}
