package linux

import (
	"bytes"
	"strconv"
)

// ident is what the records of one event share on one node. auditd numbers its own records by itself.
type ident struct {
	ns     int64 // SEC.MSEC in nanoseconds since 1970
	serial uint64
	daemon bool
}

// header is what stands before a record's body.
type header struct {
	num    uint16 // record type; 0: a name that is not known
	id     ident
	node   []byte // node=, else the host in a syslog header; nil: none
	name   []byte // the type as written; nil: the transport said the number
	nameAt int    // where it begins
	marked bool   // node= was there
	body   int    // where the body begins
}

// parseHeader reads the envelope and the head of a line:
//
//	[node=N ]type=T msg=audit(SEC.MSEC:SERIAL): body        auditd's file, plugins
//	audit(SEC.MSEC:SERIAL): body                            netlink; num is the message type
//	… audit: type=NUM audit(SEC.MSEC:SERIAL): body          kernel log
//	SYSLOG-HEADER TAG: one of these
//
// problem says why it is none of them. last, where it is not nil, is the stamp of the record before.
func parseHeader(data []byte, num int, last *lastStamp) (h header, problem string) {
	i := 0
	if num == 0 {
		if !bytes.HasPrefix(data, []byte("type=")) {
			if i, problem = h.envelope(data); problem != "" {
				return h, problem
			}
		}
		if i, problem = h.typeName(data, i+len("type=")); problem != "" {
			return h, problem
		}
	} else {
		h.num = uint16(num)
	}
	const mark = "audit("
	if !bytes.HasPrefix(data[i:], []byte(mark)) {
		return h, "no audit(time:serial) after the type"
	}
	i += len(mark)
	if last != nil && len(last.text) > 0 && bytes.HasPrefix(data[i:], last.text) {
		h.id, h.body = last.id, i+len(last.text)
	} else if h.body, problem = h.stamp(data, i); problem != "" {
		return h, problem
	} else if last != nil && data[h.body-1] == ':' {
		last.text, last.id = append(last.text[:0], data[i:h.body]...), h.id
	}
	h.id.daemon = isDaemon(h.num)
	return h, ""
}

// lastStamp is the time and serial number that were read last, with their text up to the body: the records of one event share it.
type lastStamp struct {
	text []byte
	id   ident
}

// envelope finds where "type=" begins behind node= and what a system log puts before a record.
func (h *header) envelope(data []byte) (int, string) {
	i := bytes.Index(data, []byte("type="))
	if i < 0 {
		return 0, "no type="
	}
	before := bytes.TrimRight(data[:i], " ")
	if k := bytes.LastIndexByte(before, ' ') + 1; bytes.HasPrefix(before[k:], []byte("node=")) {
		h.node, h.marked = before[k+len("node="):], true
		before = bytes.TrimRight(before[:k], " ")
	}
	if len(before) == 0 {
		if !h.marked {
			return 0, "white space before type="
		}
		return i, ""
	}
	tag := before[bytes.LastIndexByte(before, ' ')+1:]
	tag, colon := bytes.CutSuffix(tag, []byte(":"))
	tag, _, _ = bytes.Cut(tag, []byte("["))
	switch {
	case !colon:
	case string(tag) == "audit", string(tag) == "audispd", string(tag) == "audisp-syslog":
		if !h.marked {
			h.node = syslogHost(before)
		}
		return i, ""
	}
	return 0, "text before type= that is no known envelope"
}

// syslogHost finds the host in the header of a line as system loggers write it: RFC 5424, RFC 3164, or the latter with
// an RFC 3339 time. A kernel log has none.
func syslogHost(line []byte) []byte {
	if len(line) > 0 && line[0] == '<' {
		if _, after, ok := bytes.Cut(line, []byte(">")); ok {
			line = after
		}
	}
	skip := 3 // Nov 22 12:00:00 host
	switch {
	case bytes.HasPrefix(line, []byte("1 ")): // 1 2026-11-22T12:00:00Z host
		skip = 2
	case len(line) > 10 && line[4] == '-' && line[7] == '-': // 2026-11-22T12:00:00Z host
		skip = 1
	case len(line) == 0 || line[0] < 'A' || line[0] > 'Z':
		return nil
	}
	for range skip {
		_, after, ok := bytes.Cut(line, []byte(" "))
		if !ok {
			return nil
		}
		line = bytes.TrimLeft(after, " ")
	}
	host, _, ok := bytes.Cut(line, []byte(" "))
	if !ok || bytes.HasSuffix(host, []byte(":")) {
		return nil
	}
	return host
}

// typeName reads the type and gives where audit( must stand.
func (h *header) typeName(data []byte, i int) (int, string) {
	start, end := i, len(data)
	if n := bytes.IndexByte(data[i:], ' '); n >= 0 {
		end = i + n
	}
	h.name, h.nameAt = data[start:end], start
	if h.num = typeByName(h.name); h.num == 0 {
		if problem := h.otherType(); problem != "" {
			return 0, problem
		}
	}
	for i = end; i < len(data) && data[i] == ' '; {
		i++
	}
	if bytes.HasPrefix(data[i:], []byte("msg=")) {
		i += len("msg=")
	}
	return i, ""
}

// otherType reads a type that is no name we know: a number, UNKNOWN[number], or a name of another kernel.
func (h *header) otherType() (problem string) {
	digits := true
	for _, c := range h.name {
		upper := c >= 'A' && c <= 'Z' || c == '_' || c == '[' || c == ']'
		if digit := c >= '0' && c <= '9'; !digit {
			digits = false
			if !upper {
				return "the type is not of A-Z, 0-9, _ and []"
			}
		}
	}
	switch {
	case len(h.name) == 0:
		return "the type is empty"
	case digits:
		n, err := strconv.ParseUint(string(h.name), 10, 16)
		if err != nil || n == 0 {
			return "the type's number is out of range"
		}
		h.num, h.name = uint16(n), nil
	default:
		if inner, ok := bytes.CutPrefix(h.name, []byte("UNKNOWN[")); ok && len(inner) > 1 && inner[len(inner)-1] == ']' {
			if n, err := strconv.ParseUint(string(inner[:len(inner)-1]), 10, 16); err == nil {
				h.num = uint16(n)
			}
		}
	}
	return ""
}

// stamp reads SEC.MSEC:SERIAL): and gives where the body begins.
func (h *header) stamp(data []byte, i int) (int, string) {
	sec, i, ok := number(data, i, 10)
	if !ok || i >= len(data) || data[i] != '.' || sec > 1<<33 {
		return 0, "the time is not SECONDS.MILLISECONDS: interpreted text cannot be read without doubt"
	}
	at := i + 1
	frac, i, ok := number(data, at, 9)
	if !ok || i >= len(data) || data[i] != ':' {
		return 0, "the time has no milliseconds and serial number"
	}
	for n := i - at; n < 9; n++ {
		frac *= 10
	}
	h.id.ns = int64(sec*1e9 + frac)
	if h.id.serial, i, ok = number(data, i+1, 19); !ok || i >= len(data) || data[i] != ')' {
		return 0, "the serial number does not end in )"
	}
	if i++; i < len(data) && data[i] == ':' { // auditd of old wrote "audit(1.2:3) config changed, auid=0"
		i++
	}
	return i, ""
}

// number reads up to limit digits.
func number(data []byte, i, limit int) (v uint64, end int, ok bool) {
	start := i
	for i < len(data) && data[i]-'0' <= 9 && i-start <= limit {
		v = v*10 + uint64(data[i]-'0')
		i++
	}
	return v, i, i > start && i-start <= limit
}
