package cef

import (
	"errors"
	"fmt"
	"strings"
)

// record is a CEF message in its own names.
type record struct {
	prefix prefix
	// version is the digits behind "CEF:".
	version                                     string
	vendor, product, device, id, name, severity string
	// loose is text of the extension before its first key.
	loose string
	pairs []pair
}

type pair struct{ key, value string }

// get gives the value of a key, without spaces at its ends.
func (r *record) get(key string) string {
	for i := range r.pairs {
		if r.pairs[i].key == key {
			return strings.Trim(r.pairs[i].value, " \t\r")
		}
	}
	return ""
}

// parse reads a message. The strings of r share line's memory.
func (r *record) parse(line string) error {
	*r = record{pairs: r.pairs[:0]}
	n, err := r.prefix.parse(line)
	if err != nil {
		return err
	}
	rest := line[n:]
	if !strings.HasPrefix(rest, "CEF:") {
		return fmt.Errorf("byte %d: no CEF: after the syslog header", n+1)
	}
	for i, field := range [...]*string{&r.version, &r.vendor, &r.product, &r.device, &r.id, &r.name, &r.severity} {
		at := 0
		if i == 0 {
			at = len("CEF:")
		}
		end := pipe(rest, at)
		if end < 0 {
			return fmt.Errorf("byte %d: the header ends after %d of 7 fields: no '|'", len(line)-len(rest)+1, i)
		}
		*field = unescapeHeader(rest[at:end])
		rest = rest[end+1:]
	}
	if r.version == "" || strings.Trim(r.version, "0123456789") != "" {
		return fmt.Errorf("byte %d: version %.20q is no number", n+len("CEF:")+1, r.version)
	}
	r.extension(rest)
	return nil
}

// pipe gives the index of the next '|' that no backslash escapes, -1 if there is none.
func pipe(s string, from int) int {
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '|':
			return i
		}
	}
	return -1
}

// maxPairs bounds the pairs of one message, as the dictionary has some two hundred keys; what follows is in the last value.
const maxPairs = 512

// extension reads key=value pairs: a key is a run of key characters at the beginning or behind a space, up to a '=' that no
// backslash escapes; a value goes up to the space before the next key. A '=' that ends no key is part of a value, as
// many senders do not escape it.
func (r *record) extension(s string) {
	s = strings.TrimLeft(s, " ")
	key, value := "", 0 // the key that is open, and where its value begins
	open := false
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
			continue
		}
		if s[i] != '=' || len(r.pairs) >= maxPairs-1 {
			continue
		}
		k := i
		for k > value && keyByte[s[k-1]] {
			k--
		}
		if k == i || k > 0 && s[k-1] != ' ' || open && k == value {
			continue
		}
		r.close(open, key, s[value:max(value, k-1)])
		key, value, open = s[k:i], i+1, true
	}
	r.close(open, key, s[value:])
}

func (r *record) close(open bool, key, value string) {
	if !open {
		r.loose = value
		return
	}
	r.pairs = append(r.pairs, pair{key, unescapeValue(value)})
}

// keyByte tells what a key is made of. The specification says letters and digits; '_', '.', '-', '[' and ']' are in use.
var keyByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_.-[]", byte(c)) >= 0
	}
	return t
}()

func unescapeHeader(s string) string { return unescape(s, false) }
func unescapeValue(s string) string  { return unescape(s, true) }

// unescape takes the backslash from \\, \| and \=, and makes \n and \r line ends in a value. Any other backslash stands for
// itself: senders write Windows paths as they are.
func unescape(s string, value bool) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			c := s[i+1]
			switch {
			case c == 'n' && value:
				c = '\n'
			case c == 'r' && value:
				c = '\r'
			case c != '\\' && c != '|' && c != '=':
				c = 0
			}
			if c != 0 {
				b = append(b, c)
				i++
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// prefix is the syslog header before a message, if there was one.
type prefix struct {
	text string // as it came, without the space at its end
	time string // RFC 3339, or "Jan _2 15:04:05"; empty where there was none
	host string
}

var errPrefix = errors.New("byte 1: neither CEF: nor a syslog header that it follows")

// parse gives the length of the header. Known are RFC 5424's, RFC 3164's without a tag, the latter with an RFC 3339 time,
// and a priority alone. Anything else before "CEF:" is refused: it could be another program's text.
func (p *prefix) parse(line string) (int, error) {
	if strings.HasPrefix(line, "CEF:") {
		return 0, nil
	}
	rest := line
	if len(rest) > 0 && rest[0] == '<' {
		end := strings.IndexByte(rest[:min(len(rest), 5)], '>')
		if end < 2 || strings.Trim(rest[1:end], "0123456789") != "" {
			return 0, errPrefix
		}
		rest = rest[end+1:]
	}
	if after, ok := strings.CutPrefix(rest, "1 "); ok {
		rest = after
		p.time, rest = word(rest)
		p.host, rest = word(rest)
		for range 3 { // APP-NAME PROCID MSGID
			_, rest = word(rest)
		}
		rest = structured(rest)
		rest = strings.TrimPrefix(rest, "\ufeff")
	} else if len(rest) > 16 && rest[3] == ' ' && rest[6] == ' ' && rest[9] == ':' && rest[15] == ' ' {
		p.time = rest[:15]
		p.host, rest = word(rest[16:])
	} else if len(rest) > 20 && rest[4] == '-' && rest[10] == 'T' {
		p.time, rest = word(rest)
		p.host, rest = word(rest)
	}
	if !strings.HasPrefix(rest, "CEF:") {
		return 0, errPrefix
	}
	n := len(line) - len(rest)
	p.text = strings.TrimSuffix(line[:n], " ")
	if p.host == "-" {
		p.host = ""
	}
	return n, nil
}

// word cuts s at its first space.
func word(s string) (w, rest string) {
	w, rest, _ = strings.Cut(s, " ")
	return w, rest
}

// structured gives what follows the structured data of RFC 5424 and a space.
func structured(s string) string {
	if after, ok := strings.CutPrefix(s, "- "); ok {
		return after
	}
	for strings.HasPrefix(s, "[") {
		quoted, i := false, 1
		for ; i < len(s) && (quoted || s[i] != ']'); i++ {
			switch s[i] {
			case '\\':
				i++
			case '"':
				quoted = !quoted
			}
		}
		s = s[min(i+1, len(s)):]
	}
	return strings.TrimPrefix(s, " ")
}
