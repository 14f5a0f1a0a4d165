package filter

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says what is wrong with a text of some grammar, and where.
type SyntaxError struct {
	Query   string
	Column  int // counted from 1, in runes
	Message string
	Hint    string // what to write instead, or empty
	Code    int    // MongoDB's, 0 in other grammars
}

// ErrorAt makes a SyntaxError for the byte at of query.
func ErrorAt(query string, at int, hint, format string, args ...any) *SyntaxError {
	return &SyntaxError{Query: query, Column: utf8.RuneCountInString(query[:min(at, len(query))]) + 1, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// Error gives the message, the query and a caret under the place.
func (e *SyntaxError) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Code != 0 {
		fmt.Fprintf(&b, " (MongoDB's code %d)", e.Code)
	}
	if e.Hint != "" {
		b.WriteString(": " + e.Hint)
	}
	b.WriteString("\n  ")
	for _, r := range e.Query {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			r = '?' // one column each, so that the caret stands right
		}
		b.WriteRune(r)
	}
	b.WriteString("\n  " + strings.Repeat(" ", e.Column-1) + "^")
	return b.String()
}
