package counterfoil

import (
	"fmt"
	"iter"
	"strings"
	"sync"
)

// JSON is one value in canonical JSON: no white space, keys of every object in ascending order of their bytes as
// written, no key twice, strings as in text.go, numbers as in number.go. Two values are equal exactly if their texts
// are. The empty string is "absent". Make one with [Canonical] or [Builder]; the read methods below trust the form.
type JSON string

// MaxDepth is how deep objects and arrays may nest in data.
const MaxDepth = 64

// Canonical gives the canonical form of a JSON value in any form. A duplicate key, a value nested deeper than
// [MaxDepth] and text that is not JSON are errors that name the byte, counted from 1. If text is canonical already the
// result shares its memory.
func Canonical(text string) (JSON, error) {
	s := scanner{s: text}
	s.space()
	j, err := s.canonical(0)
	if err != nil {
		return "", err
	}
	if s.space(); s.i < len(text) {
		return "", s.errorf("text follows the value")
	}
	return j, nil
}

// canonical gives the canonical form of the value at s.i and moves s behind it.
func (s *scanner) canonical(depth int) (JSON, error) {
	if j, ok := s.outlineValue(depth); ok {
		return j, nil
	}
	b := builders.Get().(*Builder)
	defer builders.Put(b)
	b.Reset()
	if err := s.value(b, "", false, depth); err != nil {
		return "", err
	}
	return b.JSON(), nil
}

// builders are kept for their memory.
var builders = sync.Pool{New: func() any { return new(Builder) }}

// String gives j as a canonical JSON string value.
func String(s string) JSON { return JSON(appendString(make([]byte, 0, len(s)+2), s)) }

// Kind is the first byte of the value: '{', '[', '"', 't', 'f', 'n' (null), or '0' for any number; 0 if absent.
func (j JSON) Kind() byte {
	if j == "" {
		return 0
	}
	if c := j[0]; c == '-' || c >= '0' && c <= '9' {
		return '0'
	}
	return j[0]
}

func (j JSON) isData() bool { return j == "" || j[0] == '{' || j[0] == '"' }

// isDeep reports whether a value inside of data lies deeper than [MaxDepth], the data itself being at depth 1: a message with it
// could not be read again.
func (j JSON) isDeep() bool {
	const least = 2*MaxDepth + 1 // bytes of such data
	if len(j) < least || j[0] != '{' || strings.Count(string(j), "{")+strings.Count(string(j), "[") < MaxDepth {
		return false // nearly always
	}
	depth := 0
	for i := 0; i < len(j); i++ {
		switch j[i] {
		case '"':
			i = skipString(j, i) - 1
		case '{', '[':
			depth++
			if holds := i+1 < len(j) && j[i+1] != '}' && j[i+1] != ']'; depth > MaxDepth || depth == MaxDepth && holds {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}

// Text gives the bytes of a string value, and the text of any other.
func (j JSON) Text() string {
	if len(j) < 2 || j[0] != '"' {
		return string(j)
	}
	s, err := unquote(string(j[1 : len(j)-1]))
	if err != nil {
		return string(j)
	}
	return s
}

// Members iterates over the keys and values of an object; over nothing if j is none.
func (j JSON) Members() iter.Seq2[string, JSON] {
	return func(yield func(string, JSON) bool) {
		if j == "" || j[0] != '{' {
			return
		}
		for i := 1; i < len(j) && j[i] == '"'; {
			k := skipString(j, i)
			v := skipValue(j, k+1)
			key := JSON(j[i:k]).Text()
			if !yield(key, j[k+1:v]) {
				return
			}
			i = v + 1
		}
	}
}

// Elements iterates over an array; over nothing if j is none.
func (j JSON) Elements() iter.Seq[JSON] {
	return func(yield func(JSON) bool) {
		if j == "" || j[0] != '[' {
			return
		}
		for i := 1; i < len(j) && j[i] != ']'; {
			v := skipValue(j, i)
			if !yield(j[i:v]) {
				return
			}
			i = v + 1
		}
	}
}

// Member gives the value of a key of an object, or "" if there is none.
func (j JSON) Member(key string) JSON {
	if j == "" || j[0] != '{' {
		return ""
	}
	for i := 1; i < len(j) && j[i] == '"'; {
		k := skipString(j, i)
		v := skipValue(j, k+1)
		if body := string(j[i+1 : k-1]); body == key && strings.IndexByte(key, '\\') < 0 || strings.IndexByte(body, '\\') >= 0 && j[i:k].Text() == key {
			return j[k+1 : v]
		}
		i = v + 1
	}
	return ""
}

// skipString gives the index behind the string that begins at i.
func skipString(j JSON, i int) int {
	for i++; i < len(j); i++ {
		switch j[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(j)
}

// skipValue gives the index behind the value that begins at i.
func skipValue(j JSON, i int) int {
	depth := 0
	for i < len(j) {
		switch j[i] {
		case '"':
			i = skipString(j, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		default:
			for i < len(j) && j[i] != ',' && j[i] != '}' && j[i] != ']' && j[i] != ':' {
				i++
			}
		}
		if depth <= 0 {
			return min(i, len(j))
		}
		if i < len(j) && (j[i] == ',' || j[i] == ':') {
			i++
		}
	}
	return len(j)
}

// scanner reads JSON text. Errors name the byte where it stands.
type scanner struct {
	s string
	i int
}

func (s *scanner) errorf(format string, args ...any) error {
	return fmt.Errorf("byte %d: %s", s.i+1, fmt.Sprintf(format, args...))
}

func (s *scanner) space() {
	for s.i < len(s.s) {
		switch s.s[s.i] {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return
		}
	}
}

// byte consumes c, after white space.
func (s *scanner) byte(c byte) error {
	s.space()
	if s.i >= len(s.s) {
		return s.errorf("text ends where %q is expected", c)
	}
	if s.s[s.i] != c {
		return s.errorf("found %q where %q is expected", s.s[s.i], c)
	}
	s.i++
	return nil
}

// str reads a string and gives its body, still escaped, and whether it is canonical as it stands.
func (s *scanner) str() (body string, canonical bool, err error) {
	if err := s.byte('"'); err != nil {
		return "", false, err
	}
	start, t := s.i, s.s
	canonical = true
	for i := start; i < len(t); {
		c := t[i]
		switch {
		case plain[c]:
			i += plainLen(t, i)
		case c == '"':
			s.i = i + 1
			body = t[start:i]
			if !canonical {
				if _, err := unquote(body); err != nil {
					s.i = start
					return "", false, s.errorf("%v", err)
				}
			}
			return body, canonical, nil
		case c == '\\':
			canonical = false
			i += 2
		case c < 0x20:
			s.i = i
			return "", false, s.errorf("control character %#02x in a string must be escaped", c)
		default:
			if canonical {
				// Valid UTF-8 stands for itself; anything else is rewritten by appendString.
				n := runeLen(t[i:])
				if n == 0 {
					canonical = false
					n = 1
				}
				i += n
			} else {
				i++
			}
		}
	}
	s.i = len(t)
	return "", false, s.errorf("string does not end")
}

// literal reads up to the next structural byte.
func (s *scanner) literal() string {
	start := s.i
	for s.i < len(s.s) {
		switch s.s[s.i] {
		case ',', '}', ']', ' ', '\t', '\n', '\r', ':', '"', '{', '[':
			return s.s[start:s.i]
		}
		s.i++
	}
	return s.s[start:]
}

// value copies one value in canonical form into b, as a member if inObject.
func (s *scanner) value(b *Builder, key string, inObject bool, depth int) error {
	s.space()
	if s.i >= len(s.s) {
		return s.errorf("text ends where a value is expected")
	}
	if depth > MaxDepth {
		return s.errorf("data nests deeper than %d", MaxDepth)
	}
	b.begin(key, inObject)
	switch s.s[s.i] {
	case '{':
		s.i++
		b.open('{')
		for first := true; ; first = false {
			s.space()
			if s.i < len(s.s) && s.s[s.i] == '}' && first {
				break
			}
			body, ok, err := s.str()
			if err != nil {
				return err
			}
			if !ok {
				u, _ := unquote(body)
				q := string(appendString(nil, u))
				body = q[1 : len(q)-1]
			}
			if err := s.byte(':'); err != nil {
				return err
			}
			if err := s.value(b, body, true, depth+1); err != nil {
				return err
			}
			if s.space(); s.i < len(s.s) && s.s[s.i] == ',' {
				s.i++
				continue
			}
			break
		}
		if err := s.byte('}'); err != nil {
			return err
		}
		if dup := b.close('}'); dup != nil {
			return s.errorf("key %q stands twice in an object", *dup)
		}
	case '[':
		s.i++
		b.open('[')
		for first := true; ; first = false {
			s.space()
			if s.i < len(s.s) && s.s[s.i] == ']' && first {
				break
			}
			if err := s.value(b, "", false, depth+1); err != nil {
				return err
			}
			if s.space(); s.i < len(s.s) && s.s[s.i] == ',' {
				s.i++
				continue
			}
			break
		}
		if err := s.byte(']'); err != nil {
			return err
		}
		b.close(']')
	case '"':
		body, ok, err := s.str()
		switch {
		case err != nil:
			return err
		case ok:
			b.out = append(append(append(b.out, '"'), body...), '"')
		default:
			u, _ := unquote(body)
			b.out = appendString(b.out, u)
		}
	default:
		at := s.i
		lit := s.literal()
		switch {
		case lit == "true", lit == "false", lit == "null", isPlainInt(lit):
			b.out = append(b.out, lit...)
		case isNumber(lit):
			b.out = appendNumber(b.out, lit)
		default:
			s.i = at
			return s.errorf("%.20q is no JSON value", lit)
		}
	}
	return nil
}
