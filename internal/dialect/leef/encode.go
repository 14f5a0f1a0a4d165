package leef

import (
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

type encoder struct {
	w          io.Writer
	delimiter  byte
	head, name string // of the line: its beginning, and how the delimiter is told
	buf        []byte
	begun      bool // an attribute is written
}

// Encode writes a line. Lost is raw, which QRadar would keep twice.
func (e *encoder) Encode(r *counterfoil.Record) (loss dialect.Loss, err error) {
	if r.Raw != "" {
		loss = dialect.Loss{"raw"}
	}
	e.line(&r.Event)
	_, err = e.w.Write(e.buf)
	return loss, err
}

func (*encoder) Close() error { return nil }

func (e *encoder) line(v *counterfoil.Event) {
	e.begun = false
	e.buf = append(e.buf[:0], e.head...)
	e.buf = append(e.buf, product+"|"+product+"|"...)
	e.buf = append(strconv.AppendInt(e.buf, int64(Dialect.Version), 10), '|')
	e.buf = append(append(append(e.buf, v.Service...), ':'), v.Name...)
	e.buf = append(append(e.buf, '|'), e.name...)
	e.attribute("devTime", devTime(v.Time))
	e.attribute("devTimeFormat", timeFormat)
	e.attribute("sev", severities[carry.LevelOf(v)])
	e.attribute("msg", e.shown(v.SentenceText()))
	for i := range carry.Fields {
		e.field(&carry.Fields[i], keys[i], v)
	}
	e.text("", ourPrefix+"Dialect", v.Dialect)
	e.buf = append(e.buf, '\n')
}

func (e *encoder) field(f *carry.Field, key string, v *counterfoil.Event) {
	text, home := f.Text(v), homes[f.Name]
	switch {
	case text == "" || f.Name == "svc" || f.Name == "event": // the latter are in the header
	case f.Kind == carry.JSON:
		e.attribute(key, e.escape(text))
	case f.Name == "addr":
		if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
			home = address
		}
		fallthrough
	default:
		e.text(home, key, text)
	}
}

// text writes a text under a predefined attribute or a key of ours, and its exact bytes where the line cannot have them.
func (e *encoder) text(home, key, text string) {
	shown := e.shown(text)
	if home == "" {
		home = key
	}
	e.attribute(home, shown)
	if shown != text {
		e.attribute(key+exact, e.escape(carry.Quote(text)))
	}
}

// shown gives a text as one line of UTF-8 without the delimiter.
func (e *encoder) shown(text string) string {
	return carry.Plain(strings.ReplaceAll(text, string(e.delimiter), " "), len(text)*len("\ufffd"))
}

// escape takes the delimiter from JSON text, where it can stand inside strings only.
func (e *encoder) escape(text string) string {
	return strings.ReplaceAll(text, string(e.delimiter), fmt.Sprintf(`\u%04x`, e.delimiter))
}

// attribute writes a key and a value that needs no care, or nothing where the value is empty.
func (e *encoder) attribute(key, value string) {
	if value == "" {
		return
	}
	if e.begun {
		e.buf = append(e.buf, e.delimiter)
	}
	e.begun = true
	e.buf = append(append(append(e.buf, key...), '='), value...)
}

// devTime gives a time in timeFormat.
func devTime(t counterfoil.Time) string { return t.Std().Format("Jan 02 2006 15:04:05.000 MST") }
