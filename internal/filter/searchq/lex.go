package searchq

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// scanner reads pieces of a query. What a piece is depends on what is expected, so it is asked for by name.
type scanner struct {
	q string
	i int // where it stands, in bytes
}

func (s *scanner) errorAt(at int, hint, format string, args ...any) *Error {
	return filter.ErrorAt(s.q, at, hint, format, args...)
}

func (s *scanner) space() {
	for s.i < len(s.q) {
		r, n := utf8.DecodeRuneInString(s.q[s.i:])
		if !unicode.IsSpace(r) {
			return
		}
		s.i += n
	}
}

// peek gives the next byte after white space, 0 at the end.
func (s *scanner) peek() byte {
	if s.space(); s.i < len(s.q) {
		return s.q[s.i]
	}
	return 0
}

// run reads up to white space or one of stop.
func (s *scanner) run(stop string) string {
	start := s.i
	for s.i < len(s.q) {
		r, n := utf8.DecodeRuneInString(s.q[s.i:])
		if unicode.IsSpace(r) || r < utf8.RuneSelf && strings.IndexByte(stop, byte(r)) >= 0 {
			break
		}
		s.i += n
	}
	return s.q[start:s.i]
}

// keyword gives the next word in lower case without reading it, and where it ends. A word ends at white space or a sign.
func (s *scanner) keyword() (word string, end int) {
	s.space()
	start := s.i
	w := s.run(`()",'=<>!~:`)
	end = s.i
	s.i = start
	return strings.ToLower(w), end
}

// take reads word if it is the next keyword.
func (s *scanner) take(word string) bool {
	w, end := s.keyword()
	if w == word {
		s.i = end
	}
	return w == word
}

// name reads what may be the name of a field: a run with quoted keys behind dots.
func (s *scanner) name() string {
	start := s.i
	for {
		s.run(`()",=<>!~:`)
		if s.i == start || s.q[s.i-1] != '.' || s.i == len(s.q) || s.q[s.i] != '"' {
			return s.q[start:s.i]
		}
		n := filter.QuotedLen(s.q[s.i:])
		if n == 0 {
			return s.q[start:s.i]
		}
		s.i += n
	}
}

// quoted reads a string in quotes. Between single quotes every byte stands for itself.
func (s *scanner) quoted() (string, *Error) {
	at := s.i
	if s.q[at] == '\'' {
		n := strings.IndexByte(s.q[at+1:], '\'')
		if n < 0 {
			return "", s.errorAt(at, "close it with '", "the string that begins here does not end")
		}
		s.i += n + 2
		return s.q[at+1 : at+1+n], nil
	}
	n := filter.QuotedLen(s.q[at:])
	if n == 0 {
		return "", s.errorAt(at, `close it with "; a quote inside is written \"`, "the string that begins here does not end")
	}
	s.i += n
	return filter.Unquote(s.q[at:s.i]), nil
}
