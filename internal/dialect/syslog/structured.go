package syslog

import "strings"

// elements reads structured data, "[id name="value" …][…]…", calls f, if any, with each name and value (still escaped) and
// with a name of "" once for each element, and gives its length; 0 where it is none. Spaces between parts may be several.
func elements(s string, f func(id, name, value string)) int {
	if f == nil {
		f = func(_, _, _ string) {}
	}
	i := 0
	for i < len(s) && s[i] == '[' {
		start := i + 1
		for i = start; i < len(s) && isName(s[i]); i++ {
		}
		id := s[start:i]
		if id == "" {
			return 0
		}
		f(id, "", "")
		for {
			space := i
			for i < len(s) && s[i] == ' ' {
				i++
			}
			if i < len(s) && s[i] == ']' {
				i++
				break
			}
			start = i
			for i < len(s) && isName(s[i]) {
				i++
			}
			if i == start || start == space || !strings.HasPrefix(s[i:], `="`) {
				return 0
			}
			name := s[start:i]
			i += 2
			n := valueLen(s[i:])
			if n < 0 {
				return 0
			}
			f(id, name, s[i:i+n])
			i += n + 1
		}
	}
	return i
}

// isName tells the bytes of SD-NAME. RFC 5424 has printable ASCII; names beyond it are taken too.
func isName(c byte) bool { return c > ' ' && c != '=' && c != ']' && c != '"' && c != 0x7f }

// valueLen gives the length of a value up to the quote that ends it, -1 if none does.
func valueLen(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return -1
}

// unescape takes the backslash before '"', '\' and ']'; before another byte it is itself (RFC 5424, section 6.3.3).
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\' || s[i+1] == ']') {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// appendEscaped is the inverse of unescape.
func appendEscaped(dst []byte, s string) []byte {
	for {
		i := strings.IndexAny(s, `"\]`)
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(append(dst, s[:i]...), '\\', s[i])
		s = s[i+1:]
	}
}
