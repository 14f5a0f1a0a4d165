package cef

import (
	"io"
	"net/netip"
	"strconv"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

type encoder struct {
	w      io.Writer
	buf    []byte
	header int // where the extension begins in buf
}

// Encode writes the message that r came as, if it was CEF, or else a message of ours. A value is written as the
// dictionary allows it: UTF-8, one line, no longer than its limit. One that is none of this has its exact bytes beside it, as a
// JSON string under a key of ours.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	loss, ok := carry.Again(Dialect, &r.Event, r.Raw)
	if ok {
		e.buf = append(e.buf[:0], r.Raw...)
	} else {
		loss = carry.Loss(Dialect, &r.Event)
		e.message(&r.Event)
	}
	e.buf = append(e.buf, '\n')
	_, err := e.w.Write(e.buf)
	return loss, err
}

func (*encoder) Close() error { return nil }

func (e *encoder) message(v *counterfoil.Event) {
	name := string(v.Action)
	if name == "" {
		name = v.Name
	}
	e.buf = append(e.buf[:0], "CEF:0|"+vendor+"|"+vendor+"|"...)
	e.buf = strconv.AppendInt(e.buf, int64(Dialect.Version), 10)
	e.buf = append(e.buf, '|')
	e.buf = append(append(append(e.buf, v.Service...), ':'), v.Name...)
	e.buf = append(append(append(e.buf, '|'), name...), '|')
	e.buf = append(append(e.buf, severities[carry.LevelOf(v)]...), '|')
	e.header = len(e.buf)

	e.key("rt")
	e.buf = strconv.AppendInt(e.buf, int64(v.Time)/1e6, 10)
	e.put(carry.FieldOf("time"), v, "", 0)
	e.put(carry.FieldOf("vers"), v, "", 0)
	for _, h := range homes {
		if f := carry.FieldOf(h.field); e.put(f, v, h.key, h.limit) && h.label != "" {
			e.pair(h.key+"Label", h.label)
		}
	}
	e.address(v)
	e.object(v)
	e.put(carry.FieldOf("subject.name"), v, "", 0)
	e.pair("msg", carry.Plain(v.SentenceText(), 1023))
	e.put(carry.FieldOf("svc_data"), v, "", 0)
	e.put(carry.FieldOf("event_data"), v, "", 0)
	e.pair(ourKey("dialect"), carry.Plain(v.Dialect, 1023))
	e.pair("rawEvent", carry.Plain(v.Raw, 4000))
}

// put writes a field under a key, "" for ours, and its exact bytes where the key cannot have them. It reports whether the
// key was written.
func (e *encoder) put(f *carry.Field, v *counterfoil.Event, key string, limit int) bool {
	text := f.Text(v)
	if text == "" {
		return false
	}
	ours := ourKey(f.Name)
	if key == "" {
		key, limit = ours, len(text)
	}
	shown := text
	if f.Kind == carry.Text {
		shown = carry.Plain(text, limit)
	}
	e.pair(key, shown)
	if shown != text {
		e.pair(ours+ourExact, carry.Quote(text))
	}
	return shown != ""
}

func (e *encoder) address(v *counterfoil.Event) {
	a, err := netip.ParseAddr(v.Addr)
	switch f := carry.FieldOf("addr"); {
	case err != nil || a.Zone() != "":
		e.put(f, v, "", 0)
	case a.Is4():
		e.pair(address4, v.Addr)
	default:
		e.pair(address6, v.Addr)
		e.pair(address6+"Label", address6Label)
	}
}

func (e *encoder) object(v *counterfoil.Event) {
	o := v.Object
	home := objectHomes[o.Kind]
	plain := func(s string) bool { return s != "" && carry.Plain(s, objectNameLimit) == s }
	if o.Kind == "file" && plain(o.Name) && plain(o.To) {
		e.pair(renamedFrom, o.Name)
		e.pair(renamedTo, o.To)
	} else {
		e.put(carry.FieldOf("object.name"), v, home.name, objectNameLimit)
		e.put(carry.FieldOf("object.to"), v, "", 0)
	}
	e.put(carry.FieldOf("object.id"), v, home.id, objectNameLimit)
}

func (e *encoder) key(key string) {
	if len(e.buf) > e.header {
		e.buf = append(e.buf, ' ')
	}
	e.buf = append(append(e.buf, key...), '=')
}

// pair writes a key and a value that holds no line end, or nothing where the value is empty.
func (e *encoder) pair(key, value string) {
	if value == "" {
		return
	}
	e.key(key)
	for i := range len(value) {
		if c := value[i]; c == '\\' || c == '=' {
			e.buf = append(e.buf, '\\')
		}
		e.buf = append(e.buf, value[i])
	}
}
