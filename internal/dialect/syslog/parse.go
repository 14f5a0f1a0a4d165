package syslog

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// form is how the envelope is written.
type form uint8

const (
	formNone form = iota // neither priority nor time: the text is the message
	form3164
	form5424
)

var formNames = [...]string{formNone: "none", form3164: "rfc3164", form5424: "rfc5424"}

// message is a frame with its envelope read. Its strings share the frame's memory; "" is absent.
type message struct {
	raw    string // the frame
	form   form
	pri    int // facility times 8 plus severity, -1: none
	stamp  string
	time   counterfoil.Time // 0: there is none that can be read
	noYear bool             // the year follows from the time of receipt
	noZone bool             // nothing says the zone
	host   string
	app    string
	procid string
	msgid  string
	data   string // structured data, "[…][…]"
	at     int    // where the message begins in raw, and ends: CR, LF and NUL at its end are the transport's
	end    int
	broken string // the part of the header that does not fit; where it is the structured data, the message begins there
}

func (m *message) text() string { return m.raw[m.at:m.end] }

// parse reads the envelope of a frame. It always succeeds: what fits no form is the message.
func parse(raw string, received counterfoil.Time, zone *zone) message {
	m := message{raw: raw, end: len(strings.TrimRight(raw, "\r\n\x00"))}
	s := reader{s: raw[:m.end]}
	m.pri = s.priority()
	if m.pri >= 0 && s.version() {
		m.form = form5424
		m.read5424(&s)
	} else {
		m.read3164(&s, received, zone)
	}
	m.at = s.i
	return m
}

// reader walks over a frame.
type reader struct {
	s string
	i int
}

func (s *reader) rest() string { return s.s[s.i:] }

// priority reads <PRI>, -1 where there is none. RFC 5424 ends at 191; what is beyond names no facility.
func (s *reader) priority() int {
	end := strings.IndexByte(s.s[:min(len(s.s), 5)], '>')
	if end < 2 || s.s[0] != '<' {
		return -1
	}
	n := 0
	for _, c := range []byte(s.s[1:end]) {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	s.i = end + 1
	return n
}

// version reads "1 " where a time of RFC 5424, or "-", follows.
func (s *reader) version() bool {
	after, ok := strings.CutPrefix(s.rest(), "1 ")
	if !ok || !(strings.HasPrefix(after, "- ") || after == "-" || len(after) > 4 && isDigits(after[:4]) && after[4] == '-') {
		return false
	}
	s.i += 2
	return true
}

func (s *reader) spaces() {
	for s.i < len(s.s) && s.s[s.i] == ' ' {
		s.i++
	}
}

// word reads up to the next space and takes that too; "-" is absent.
func (s *reader) word() string {
	w := s.rest()
	if k := strings.IndexByte(w, ' '); k >= 0 {
		w = w[:k]
		s.i++
	}
	s.i += len(w)
	if w == "-" {
		return ""
	}
	return w
}

func (m *message) read5424(s *reader) {
	if m.stamp = s.word(); m.stamp != "" {
		var err error
		if m.time, err = counterfoil.ParseTime(m.stamp); err != nil {
			m.broken = "time"
		}
	}
	m.host, m.app, m.procid, m.msgid = s.word(), s.word(), s.word(), s.word()
	switch rest := s.rest(); {
	case rest == "-" || strings.HasPrefix(rest, "- "):
		s.i++
	case strings.HasPrefix(rest, "["):
		n := elements(rest, nil)
		if n == 0 || n < len(rest) && rest[n] != ' ' {
			m.broken = "structured data"
			return
		}
		m.data = rest[:n]
		s.i += n
	case rest != "":
		m.broken = "structured data"
		return
	}
	s.skip(" ")
	s.skip("\xef\xbb\xbf") // the BOM says that the message is UTF-8; whether it is, we see
}

func (s *reader) skip(prefix string) {
	if strings.HasPrefix(s.rest(), prefix) {
		s.i += len(prefix)
	}
}

// read3164 reads what RFC 3164 found in use: time, host and tag, each of which may be missing.
func (m *message) read3164(s *reader, received counterfoil.Time, zone *zone) {
	timed := m.readTime(s, received, zone)
	if !timed && m.pri < 0 {
		return // nothing says that this is an envelope
	}
	m.form = form3164
	if timed {
		if w, _, ok := strings.Cut(s.rest(), " "); ok && isHost(w) {
			m.host = w
			s.i += len(w)
			s.spaces()
		}
	}
	m.readTag(s)
}

// readTag reads "tag: ", "tag[pid]: " or "tag[pid] ".
func (m *message) readTag(s *reader) {
	rest := s.rest()
	n := 0
	for n < len(rest) && isTag[rest[n]] {
		n++
	}
	if n == 0 || n == len(rest) {
		return
	}
	app, procid, i := rest[:n], "", n
	if rest[i] == '[' {
		end := strings.IndexByte(rest[i:min(len(rest), i+130)], ']')
		if end < 0 {
			return
		}
		procid = rest[i+1 : i+end]
		i += end + 1
	}
	switch after := rest[i:]; {
	case strings.HasPrefix(after, ":") && !strings.HasPrefix(after, ":/") && !strings.HasPrefix(after, "::"):
		i++
	case i > n && (after == "" || after[0] == ' '): // tag[pid] without a colon
	default:
		return
	}
	m.app, m.procid = app, procid
	s.i += i
	s.skip(" ")
}

// isHost tells the word behind a time from a tag: names and addresses have no brackets and no colon at their end.
func isHost(w string) bool {
	for i := range len(w) {
		if c := w[i]; !isTag[c] && c != ':' || c == '(' || c == '/' && i == 0 {
			return false
		}
	}
	return w != "" && w != "-" && w[len(w)-1] != ':'
}

// isTag tells the bytes of program names as they are found in tags.
var isTag = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("._-/%()@+~", byte(c)) >= 0
	}
	return t
}()

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return s != ""
}
