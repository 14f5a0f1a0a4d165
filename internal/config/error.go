package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Error is a mistake in the file. Its text shows the line with a caret below the place.
type Error struct {
	File         string
	Line, Column int // from 1
	Message      string
	Source       string // the line
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Message)
	}
	number := fmt.Sprintf("%5d | ", e.Line)
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, prefixRunes(e.Source, e.Column-1))
	return fmt.Sprintf("%s:%d:%d: %s\n%s%s\n%s%s^", e.File, e.Line, e.Column, e.Message, number, e.Source,
		strings.Repeat(" ", len(number)), pad)
}

func prefixRunes(s string, n int) string {
	r := []rune(s)
	return string(r[:max(0, min(n, len(r)))])
}

// source is the file while it is read: what errors need to point at a place.
type source struct {
	name  string
	text  []byte
	what  string            // "configuration", "policy"
	files map[string]string // FreeBSD's audit files, where they are not to be read from the disk
	tree  *ast.File
	errs  []error
}

func (s *source) at(tk *token.Token, format string, args ...any) *Error {
	e := &Error{File: s.name, Message: fmt.Sprintf(format, args...)}
	if tk == nil || tk.Position == nil {
		return e
	}
	e.Line, e.Column = tk.Position.Line, tk.Position.Column
	lines := strings.Split(string(s.text), "\n")
	if e.Line <= len(lines) {
		e.Source = strings.TrimRight(lines[e.Line-1], "\r")
	}
	return e
}

// atPath points at the value of a YAML path such as $.inputs[1].path, or at the nearest thing above it that is there.
func (s *source) atPath(p string, format string, args ...any) {
	for ; p != "$" && p != ""; p = p[:strings.LastIndexAny(p, ".[")] {
		if t := s.tokenAt(p); t != nil {
			s.errs = append(s.errs, s.at(t, format, args...))
			return
		}
	}
	s.errs = append(s.errs, s.at(nil, format, args...))
}

// tokenAt gives the place where the value of a path begins, nil if it is not there.
func (s *source) tokenAt(p string) *token.Token {
	path, err := yaml.PathString(p)
	if err != nil || s.tree == nil {
		return nil
	}
	node, err := path.FilterFile(s.tree)
	if err != nil || node == nil {
		return nil
	}
	return firstToken(node)
}

// isMapping reports whether the value of a path is a mapping of keys.
func (s *source) isMapping(p string) bool {
	path, err := yaml.PathString(p)
	if err != nil {
		return false
	}
	node, err := path.FilterFile(s.tree)
	return err == nil && node != nil && (node.Type() == ast.MappingType || node.Type() == ast.MappingValueType)
}

// firstToken gives the place where a value begins: a mapping's own token is its first colon.
func firstToken(n ast.Node) *token.Token {
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return n.GetToken()
}

// unknownKey says which key is meant. The library gives the token, not the mapping it stands in, so every key of the
// file's vocabulary is a candidate.
func (s *source) unknownKey(tk *token.Token) error {
	best, distance := "", 4
	for _, k := range Keys() {
		last := k[strings.LastIndexByte(k, '.')+1:]
		if d := editDistance(strings.ToLower(tk.Value), last); d < distance && d < len(last) {
			best, distance = k, d
		}
	}
	if best == "" {
		return s.at(tk, "unknown key %q; docs/config.md lists the keys", tk.Value)
	}
	last := best[strings.LastIndexByte(best, '.')+1:]
	if last == tk.Value {
		return s.at(tk, "unknown key %q here: it belongs at %s", tk.Value, best)
	}
	return s.at(tk, "unknown key %q: did you mean %q?", tk.Value, last)
}

func wantType(e *yaml.TypeError) string {
	var want string
	switch {
	case e.DstType.Kind() == reflect.String:
		want = "a text"
	case e.DstType == reflect.TypeFor[time.Duration]():
		want = "a duration such as 500ms, 1s or 1h30m"
	case e.DstType.Kind() == reflect.Int:
		want = "a whole number"
	case e.DstType.Kind() == reflect.Bool:
		want = "true or false"
	case e.DstType.Kind() == reflect.Slice:
		want = "a list, each item beginning with `-`"
	default:
		want = "a mapping of keys"
	}
	if e.Token.Type == token.MappingValueType {
		return "this is taken for a key and a value, and " + want + " is wanted: text with a colon, brackets or commas in it is written in quotes"
	}
	return fmt.Sprintf("%q is not %s", e.Token.Value, want)
}

// Keys lists every key, dotted, "inputs[].path" for those of an input.
func Keys() []string { return keysOf("", reflect.TypeFor[Config]()) }

func keysOf(prefix string, t reflect.Type) (keys []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		name, inner := prefix+f.Tag.Get("yaml"), f.Type
		keys = append(keys, name)
		switch inner.Kind() {
		case reflect.Slice:
			name, inner = name+"[]", inner.Elem()
		case reflect.Pointer:
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			keys = append(keys, keysOf(name+".", inner)...)
		}
	}
	return keys
}

// nearest gives the one of words that s is a slip of, or "": at most half of it is another. Case is no difference.
func nearest(s string, words []string) string {
	slips := func(word string) int { return editDistance(strings.ToLower(s), strings.ToLower(word)) }
	best := slices.MinFunc(words, func(a, b string) int { return slips(a) - slips(b) })
	if n := slips(best); n < 4 && 2*n <= len(best) {
		return best
	}
	return ""
}

// editDistance counts the insertions, deletions and replacements between two words.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j+1]+1, row[j]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
