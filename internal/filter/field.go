package filter

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// String writes the field as [ParseField] reads it: user, event_data.file.path, event_data."a.b".
func (f Field) String() string {
	if f.Column >= NumColumns {
		return fmt.Sprintf("column-%d", f.Column)
	}
	if len(f.Path) == 0 {
		return ColumnNames[f.Column]
	}
	var b strings.Builder
	b.WriteString(ColumnNames[f.Column])
	for _, key := range f.Path {
		b.WriteByte('.')
		if isBareKey(key) {
			b.WriteString(key)
		} else {
			b.WriteString(Quote(key))
		}
	}
	return b.String()
}

// isBareKey tells the keys that need no quotes: letters, digits and _ - $ # @.
func isBareKey(key string) bool {
	for _, r := range key {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-$#@", r) {
			return false
		}
	}
	return key != "" && utf8.ValidString(key)
}

// ParseField reads the name of a column, or of a value in a data column: event_data.file.path. A key with other signs
// than letters, digits and _ - $ # @ stands in quotes: event_data."a.b", where \" and \\ stand for " and \.
func ParseField(name string) (Field, error) {
	for c, n := range ColumnNames {
		if n == name {
			return Field{Column: Column(c)}, nil
		}
	}
	for _, c := range [...]Column{ColEventData, ColSvcData} {
		rest, ok := strings.CutPrefix(name, ColumnNames[c]+".")
		if !ok {
			continue
		}
		path, err := parsePath(rest)
		if err != nil {
			return Field{}, fmt.Errorf("%q: %w", name, err)
		}
		return Field{Column: c, Path: path}, nil
	}
	err := &UnknownFieldError{Name: name, Nearest: nearestColumn(name)}
	return Field{}, err
}

// UnknownFieldError says that there is no such field.
type UnknownFieldError struct {
	Name    string
	Nearest string // a field that may have been meant, or empty
}

func (e *UnknownFieldError) Error() string {
	if e.Nearest == "" {
		return fmt.Sprintf("there is no field %q", e.Name)
	}
	return fmt.Sprintf("there is no field %q; did you mean %s?", e.Name, e.Nearest)
}

func parsePath(s string) (path []string, err error) {
	for {
		var key string
		if strings.HasPrefix(s, `"`) {
			n := QuotedLen(s)
			if n == 0 {
				return nil, fmt.Errorf("the quoted key does not end")
			}
			key, s = Unquote(s[:n]), s[n:]
		} else {
			n := strings.IndexByte(s, '.')
			if n < 0 {
				n = len(s)
			}
			if key, s = s[:n], s[n:]; !isBareKey(key) {
				return nil, fmt.Errorf("%q is no key; write it in quotes if it is one: %s", key, Quote(key))
			}
		}
		path = append(path, key)
		if s == "" {
			return path, nil
		}
		if s[0] != '.' {
			return nil, fmt.Errorf("a dot is missing after the key %q", key)
		}
		s = s[1:]
	}
}

// Quote writes any bytes between double quotes. The only escapes are \" and \\, and \ stands for itself before any
// other byte: "^UN\w+" and "C:\hr" are what they look like.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' && (i+1 == len(s) || s[i+1] == '\\' || s[i+1] == '"') {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
	return b.String()
}

// QuotedLen gives the length of the quoted string that s begins with, 0 if it does not end.
func QuotedLen(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return i + 1
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
	}
	return 0
}

// Unquote gives the bytes of a quoted string with its quotes on.
func Unquote(s string) string {
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// otherNames are words of other systems for our columns.
var otherNames = map[string]Column{"service": ColService, "name": ColEvent, "type": ColEvent, "session": ColSession, "address": ColAddr,
	"ip": ColAddr, "src": ColAddr, "username": ColUser, "account": ColUser, "timestamp": ColTime, "node": ColHost, "hostname": ColHost,
	"outcome": ColSuccess, "result": ColSuccess, "failed": ColSuccess, "pid": ColPID, "process": ColProcess, "exe": ColProcess,
	"path": ColObjectName, "file": ColObjectName, "object": ColObjectName, "auid": ColLoginID, "uid": ColSubjectID, "input": ColVia,
	"id": ColAID, "data": ColEventData, "terminal": ColTerminal, "tty": ColTerminal, "group": ColGroup, "kind": ColObjectKind}

func nearestColumn(name string) string {
	lower := strings.ToLower(name)
	if c, ok := otherNames[lower]; ok {
		return ColumnNames[c]
	}
	return Nearest(lower, ColumnNames[:])
}

// Nearest gives the candidate that differs from word by the fewest letters, if these are few (a third of the word).
func Nearest(word string, candidates []string) string {
	best, distance := "", len(word)/3+1
	for _, c := range candidates {
		if d := editDistance(word, c, distance); d < distance || d == distance && best == "" && len(word) > 2 {
			best, distance = c, d
		}
	}
	return best
}

// editDistance counts inserted, deleted, changed and swapped bytes; more than limit is limit+1.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit || len(a) > 64 {
		return limit + 1
	}
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(prev[j+1]+1, row[j]+1, prev[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return min(prev[len(b)], limit+1)
}
