package dialect

import (
	"bytes"
	"time"

	"github.com/counterfoil/counterfoil"
)

// Head is what a system logger puts before a message. Its byte slices are parts of the line.
type Head struct {
	Time      counterfoil.Time // 0: the line tells none
	Inferred  bool             // the year and the zone are not in the line: the year nearest to when it was received, UTC
	Host      []byte           // nil: none
	Tag       []byte           // the program, without what follows in brackets
	PID       []byte           // what stands in brackets behind the tag, or RFC 5424's PROCID
	Body      int              // where the message begins
	Versioned bool             // RFC 5424
}

// ReadHead reads the header of a line as system loggers write it:
//
//	[<PRI>]Nov 22 12:00:00 host tag[pid]: message              RFC 3164
//	[<PRI>]2026-11-22T12:00:00.5+01:00 host tag[pid]: message  the same with a time that says all
//	<PRI>1 2026-11-22T12:00:00Z host tag pid id - message      RFC 5424
//
// It reports false where the line begins otherwise. A room whose records come behind such a header uses it; what the
// header says beside time, host and tag is in the raw.
func ReadHead(line []byte, received counterfoil.Time) (h Head, ok bool) {
	i := skipPriority(line)
	if i > 0 && bytes.HasPrefix(line[i:], []byte("1 ")) {
		return readVersioned(line, i+2)
	}
	if n := h.stamp(line[i:]); n > 0 {
		i += n
	} else if n := h.clock(line[i:], received); n > 0 {
		i += n
	} else {
		return h, false
	}
	if h.Host, i = word(line, i); i < 0 {
		return h, false
	}
	if bytes.HasSuffix(h.Host, []byte(":")) { // no host: the first word is the tag
		i -= len(h.Host) + 1
		h.Host = nil
	}
	return h, h.tag(line, i)
}

// skipPriority gives the length of <PRI>, 0 if the line does not begin with one.
func skipPriority(line []byte) int {
	end := bytes.IndexByte(line[:min(len(line), 6)], '>')
	if end < 2 || line[0] != '<' {
		return 0
	}
	for _, c := range line[1:end] {
		if c < '0' || c > '9' {
			return 0
		}
	}
	return end + 1
}

// word gives the bytes up to the next space and the index behind it, -1 if there is no such word.
func word(line []byte, i int) ([]byte, int) {
	n := bytes.IndexByte(line[i:], ' ')
	if n <= 0 {
		return nil, -1
	}
	return line[i : i+n], i + n + 1
}

// stamp reads an RFC 3339 time, its offset with or without a colon, and the space behind it, and gives their length.
func (h *Head) stamp(s []byte) int {
	w, n := word(s, 0)
	if n < 0 || len(w) < 20 || len(w) > 35 || w[4] != '-' || w[10] != 'T' {
		return 0
	}
	text := string(w)
	if k := len(text) - 5; text[k] == '+' || text[k] == '-' {
		text = text[:k+3] + ":" + text[k+3:]
	}
	t, err := counterfoil.ParseTime(text)
	if err != nil {
		return 0
	}
	h.Time = t
	return n
}

// clock reads "Nov 22 12:00:00 ", or with a fraction behind the seconds, and gives its length.
func (h *Head) clock(s []byte, received counterfoil.Time) int {
	if len(s) < 16 || s[3] != ' ' || s[6] != ' ' {
		return 0
	}
	_, n := word(s, 7)
	if n < 0 || n > 7+16 {
		return 0
	}
	text := string(s[:n-1])
	year := received.Std().Year()
	best := counterfoil.Time(0)
	for y := year + 1; y > year-9 && (best == 0 || y >= year-1); y-- { // 29 February may be eight years ago
		t, err := time.Parse("2006 Jan _2 15:04:05", itoa4(y)+" "+text)
		if err != nil {
			continue
		}
		if at := counterfoil.TimeOf(t); best == 0 || distance(at, received) < distance(best, received) {
			best = at
		}
	}
	if best == 0 {
		return 0
	}
	h.Time, h.Inferred = best, true
	return n
}

func itoa4(y int) string {
	return string([]byte{byte('0' + y/1000%10), byte('0' + y/100%10), byte('0' + y/10%10), byte('0' + y%10)})
}

func distance(a, b counterfoil.Time) counterfoil.Time { return max(a-b, b-a) }

// tag reads "tag[pid]: " and reports whether it is there. A colon at the end of the line is enough.
func (h *Head) tag(line []byte, i int) bool {
	rest := line[i:]
	n := bytes.IndexByte(rest, ':')
	if n <= 0 || n+1 < len(rest) && rest[n+1] != ' ' {
		return false
	}
	h.Tag = rest[:n]
	if b := bytes.IndexByte(h.Tag, '['); b >= 0 && h.Tag[n-1] == ']' {
		h.Tag, h.PID = h.Tag[:b], h.Tag[b+1:n-1]
	}
	if len(h.Tag) == 0 || bytes.IndexByte(h.Tag, ' ') >= 0 {
		return false
	}
	h.Body = min(i+n+2, len(line))
	return true
}

// readVersioned reads RFC 5424 from the time on.
func readVersioned(line []byte, i int) (h Head, ok bool) {
	if bytes.HasPrefix(line[i:], []byte("- ")) {
		i += 2
	} else if n := h.stamp(line[i:]); n > 0 {
		i += n
	} else {
		return h, false
	}
	h.Versioned = true
	for _, field := range [...]*[]byte{&h.Host, &h.Tag, &h.PID, nil} {
		var w []byte
		if w, i = word(line, i); i < 0 {
			return h, false
		}
		if field != nil && string(w) != "-" {
			*field = w
		}
	}
	if i, ok = skipData(line, i); !ok {
		return h, false
	}
	if i < len(line) && line[i] == ' ' {
		i++
	}
	if bytes.HasPrefix(line[i:], []byte("\xef\xbb\xbf")) { // the BOM says that the message is UTF-8
		i += 3
	}
	h.Body = i
	return h, true
}

// skipData gives the index behind RFC 5424's structured data.
func skipData(line []byte, i int) (int, bool) {
	if i < len(line) && line[i] == '-' {
		return i + 1, true
	}
	start := i
	for i < len(line) && line[i] == '[' {
		quoted := false
		for i++; i < len(line); i++ {
			switch c := line[i]; {
			case quoted && c == '\\':
				i++
				continue
			case c == '"':
				quoted = !quoted
				continue
			case quoted || c != ']':
				continue
			}
			break
		}
		if i >= len(line) {
			return i, false
		}
		i++
	}
	return i, i > start
}
