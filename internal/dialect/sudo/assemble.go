package sudo

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// kind is the form of a line.
type kind uint8

const (
	kindNone   kind = iota
	kindSyslog      // sudo's own format behind a syslog header
	kindFile        // in a file, behind a date
	kindJSON        // a whole record as JSON in one line
	kindPretty      // a line of a file that log_format=json writes, one object with a member for each record
)

// line is the beginning of a record.
type line struct {
	kind      kind
	time      counterfoil.Time
	inferred  bool
	host, tag string
	pid       string
	message   string
}

// startOf says what a line begins.
func startOf(s string, received counterfoil.Time) (l line) {
	h, ok := dialect.ReadHead([]byte(s), received)
	switch {
	case ok:
		l = line{time: h.Time, inferred: h.Inferred, host: string(h.Host), tag: string(h.Tag), pid: string(h.PID), message: s[h.Body:]}
		if l.tag == "sudo" || l.tag == "sudoedit" {
			l.kind = kindSyslog
			if strings.HasPrefix(strings.TrimLeft(l.message, " "), "@cee:") {
				l.kind = kindJSON
			}
		}
	case strings.HasPrefix(s, `{"`), strings.HasPrefix(s, "@cee:"):
		if record(s) != "" {
			l = line{kind: kindJSON, message: s}
		}
	case member(s), strings.TrimSpace(s) == "{":
		l = line{kind: kindPretty, message: s}
	default:
		l.file(s, received)
	}
	return l
}

// record gives the record in a line of JSON: what comes behind sudo's mark for log analysers, if that is there.
func record(s string) string {
	s = strings.TrimLeft(s, " ")
	s = strings.TrimPrefix(s, "@cee:")
	for _, t := range eventTypes {
		for _, open := range [...]string{`{"sudo":{"`, `{"`} {
			if strings.HasPrefix(s, open+t.word+`":{`) || strings.HasPrefix(s, open+t.word+`": {`) {
				return s
			}
		}
	}
	return ""
}

// member tells the first line of a record in a file of JSON: ` "accept": {`.
func member(s string) bool {
	s = strings.TrimSpace(strings.TrimLeft(s, " ,"))
	for _, t := range eventTypes {
		if s == `"`+t.word+`": {` {
			return true
		}
	}
	return false
}

// file reads "Nov 22 22:40:53 2026 : message", without the year where log_year is off.
func (l *line) file(s string, received counterfoil.Time) {
	date, message, ok := strings.Cut(s, " : ")
	if !ok {
		return
	}
	if t, err := time.Parse("Jan _2 15:04:05 2006", date); err == nil && t.Year() >= 1678 && t.Year() <= 2261 {
		l.time = counterfoil.TimeOf(t)
	} else if h, ok := dialect.ReadHead([]byte(date+" sudo: -"), received); ok && h.Inferred {
		l.time = h.Time
	} else {
		return
	}
	l.inferred = true // the zone at least
	l.kind, l.message = kindFile, message
}

// held is a record whose lines may not all be there.
type held struct {
	line
	raw      strings.Builder
	text     strings.Builder // of kindPretty: as raw
	user     string          // of kindSyslog
	depth    int             // of kindPretty
	frames   []int64
	from     string // Frame.Host
	received counterfoil.Time
}

type decoder struct {
	opts Options
	b    counterfoil.Builder
	held *held // nil: nothing
}

// Decode gives the record that was held, once a line comes that is none of its.
func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	s := string(f.Data)
	if h := d.held; h != nil && h.raw.Len()+len(s) < d.opts.MaxEvent && h.take(s, f) {
		return dst, nil
	}
	dst, problem := d.give(dst)
	d.held = hold(s, f)
	if k := d.held.kind; k == kindNone || k == kindJSON {
		var more error
		dst, more = d.give(dst)
		problem = errors.Join(problem, more)
	}
	return dst, problem
}

// hold begins a record.
func hold(s string, f dialect.Frame) *held {
	h := &held{line: startOf(s, f.Received), frames: []int64{f.Pos}, from: f.Host, received: max(f.Received, 1)}
	h.raw.WriteString(s)
	h.text.WriteString(h.message)
	h.user, _, _ = cutUser(h.message)
	if h.kind == kindPretty {
		if member(s) {
			h.depth = 1 // of the object around, whose brace went to the record before
		}
		h.nest(s)
	}
	return h
}

// nest follows the braces of a printed object: a line opens one at its end or closes one at its beginning. No string can
// do either: strings end in a quote.
func (h *held) nest(s string) {
	s = strings.TrimRight(strings.TrimSpace(s), ",")
	if strings.HasPrefix(s, "}") || strings.HasPrefix(s, "]") {
		h.depth--
	}
	if strings.HasSuffix(s, "{") || strings.HasSuffix(s, "[") {
		h.depth++
	}
}

// take appends a line if it is the record's.
func (h *held) take(s string, f dialect.Frame) bool {
	switch h.kind {
	case kindFile:
		if !strings.HasPrefix(s, "    ") {
			return false
		}
		h.text.WriteString(" " + strings.TrimLeft(s, " "))
	case kindSyslog:
		l := startOf(s, f.Received)
		user, rest, ok := cutUser(l.message)
		rest, continued := strings.CutPrefix(rest, continuedMark)
		if l.kind != kindSyslog || !ok || !continued || user != h.user || l.host != h.host || l.pid != h.pid || l.tag != h.tag {
			return false
		}
		h.text.WriteString(" " + rest)
	case kindPretty:
		closing := strings.TrimSpace(s) == "}"
		if !printable(s) || h.depth <= 0 || h.depth == 1 && len(h.frames) > 1 && !closing || h.depth == 1 && len(h.frames) == 1 && !member(s) {
			return false
		}
		h.nest(s)
		h.text.WriteString("\n" + s)
	default:
		return false
	}
	h.raw.WriteString("\n" + s)
	h.frames = append(h.frames, f.Pos)
	return true
}

// printable reports whether a line can stand in a printed object: a damaged one must not swallow what follows it.
func printable(s string) bool {
	s = strings.TrimRight(strings.TrimSpace(s), ",")
	switch {
	case s == "":
		return true
	case strings.IndexByte(`"{}[]`, s[0]) >= 0:
		return !strings.HasPrefix(s, `{"`)
	}
	return s == "true" || s == "false" || s == "null" || strings.Trim(s, "-0123456789.") == ""
}

// continuedMark is what stands in the second and later lines of a record that was too long for syslog.
const continuedMark = "(command continued) "

// give appends the event of the record that is held.
func (d *decoder) give(dst []counterfoil.Event) ([]counterfoil.Event, error) {
	h := d.held
	if h == nil {
		return dst, nil
	}
	d.held = nil
	e := counterfoil.Event{Major: 1, Dialect: Dialect.ID(), Host: h.host, Time: h.time, Raw: h.raw.String()}
	if e.Host == "" {
		e.Host = h.from
	}
	var problem string
	switch h.kind {
	case kindSyslog, kindFile:
		problem = d.textEvent(&e, h)
	case kindJSON, kindPretty:
		problem = d.jsonEvent(&e, h)
	default:
		problem = "no record of sudo"
	}
	if problem != "" {
		u := dialect.Unparsed(Dialect, dialect.Frame{Host: h.from, Received: h.received}, problem)
		u.Raw = e.Raw
		return append(dst, u), fmt.Errorf("sudo at %d: %s", h.frames[0], problem)
	}
	if e.Time == 0 {
		e.Time = h.received
	}
	return append(dst, e), nil
}

// Flush gives a record whose next line did not come in time.
func (d *decoder) Flush(dst []counterfoil.Event, now time.Time) []counterfoil.Event {
	if h := d.Held(); !h.Any || !now.IsZero() && now.Before(h.Deadline) {
		return dst
	}
	dst, _ = d.give(dst) // what could not be read is the event UNPARSED
	return dst
}

func (d *decoder) Held() dialect.Held {
	if d.held == nil {
		return dialect.Held{}
	}
	return dialect.Held{Any: true, Pos: d.held.frames[0], Frames: d.held.frames,
		Deadline: d.held.received.Std().Add(d.opts.Timeout)}
}
