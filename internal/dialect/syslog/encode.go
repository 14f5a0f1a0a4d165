package syslog

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

// Limits of RFC 5424, section 6, and of the sentence that is the message.
const (
	maxHost     = 255
	maxApp      = 48
	maxProcID   = 128
	maxMsgID    = 32
	maxSentence = 1024
)

type encoder struct {
	d        *dialect.Dialect
	w        io.Writer
	opts     Options
	facility int
	buf      []byte
	frame    []byte
}

func newEncoder(d *dialect.Dialect, w io.Writer, o Options) (*encoder, error) {
	n, ok := Facility(o.Facility)
	if !ok {
		return nil, fmt.Errorf("syslog: facility is %q, want one of %s", o.Facility, strings.Join(Facilities(), " "))
	}
	return &encoder{d: d, w: w, opts: o, facility: n}, nil
}

// Encode writes a message of RFC 5424. One that came so, and says all that the event says, goes out as it came, but for
// the aid; else every field but raw is carried in structured data.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	loss, ok := e.again(&r.Event)
	if ok {
		e.frame = append(e.frame[:0], r.Raw...)
	} else {
		e.frame = e.message(e.frame[:0], r)
		if r.Raw != "" {
			loss = dialect.Loss{"raw"}
		}
	}
	e.buf = e.buf[:0]
	if e.opts.OctetCounting {
		e.buf = append(strconv.AppendInt(e.buf, int64(len(e.frame)), 10), ' ')
	}
	e.buf = append(e.buf, e.frame...)
	if !e.opts.OctetCounting {
		e.buf = append(e.buf, '\n')
	}
	_, err := e.w.Write(e.buf)
	return loss, err
}

// again asks whether an event's bytes are a message that depends on nothing but itself. RFC 3164 does not: the year
// follows from the time of receipt.
func (e *encoder) again(ev *counterfoil.Event) (dialect.Loss, bool) {
	if !strings.HasPrefix(ev.Raw, "<") || ev.Dialect != e.d.ID() {
		return nil, false
	}
	if m := parse(ev.Raw, 0, &zone{}); m.form != form5424 || m.broken != "" || m.time == 0 {
		return nil, false
	}
	return carry.Again(e.d, ev, ev.Raw)
}

// Close does nothing: a message is whole when it is written.
func (e *encoder) Close() error { return nil }

func (e *encoder) message(dst []byte, r *counterfoil.Record) []byte {
	severity := severityInfo
	switch carry.LevelOf(&r.Event) {
	case carry.Low:
		severity = severityNotice
	case carry.Medium:
		severity = severityWarning
	}
	dst = append(dst, '<')
	dst = strconv.AppendInt(dst, int64(e.facility*8+severity), 10)
	dst = append(dst, ">1 "...)
	at := len(dst)
	dst = r.Time.Append(dst)
	dst = append(dst[:at+len("2026-11-22T12:00:00.123456")], 'Z') // RFC 5424 has six digits; the element has nine
	dst = appendWord(dst, r.Host, maxHost)
	dst = appendWord(dst, r.Service, maxApp)
	pid := ""
	if r.Subject.PID > 0 {
		pid = strconv.FormatInt(r.Subject.PID, 10)
	}
	dst = appendWord(dst, pid, maxProcID)
	dst = appendWord(dst, r.Name, maxMsgID)
	dst = append(append(dst, " ["...), e.opts.SDID...)
	for i := range carry.Fields {
		f := &carry.Fields[i]
		dst = appendParam(dst, f.Name, f.Text(&r.Event))
	}
	dst = append(appendParam(dst, dialectParam, r.Dialect), ']')
	if s := carry.Plain(r.SentenceText(), maxSentence); s != "" {
		dst = append(dst, ' ')
		if !isASCII(s) { // RFC 5424, section 6.4: UTF-8 is announced
			dst = append(dst, "\xef\xbb\xbf"...)
		}
		dst = append(dst, s...)
	}
	return dst
}

// appendWord writes a space and a word of the header, "-" for one that cannot stand there.
func appendWord(dst []byte, s string, limit int) []byte {
	if s == "" || len(s) > limit || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		s = "-"
	}
	return append(append(dst, ' '), s...)
}

// appendParam writes a parameter, nothing for the empty text.
func appendParam(dst []byte, name, text string) []byte {
	if text == "" {
		return dst
	}
	dst = append(append(dst, ' '), name...)
	if !isPlain(text) {
		dst = append(dst, quoted...)
		text = carry.Quote(text)
	}
	return append(appendEscaped(append(dst, '=', '"'), text), '"')
}

// isPlain tells a text that any reader of UTF-8 lines takes as it is.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return utf8.ValidString(s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
