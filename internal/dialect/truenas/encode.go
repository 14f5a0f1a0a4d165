package truenas

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

type encoder struct {
	w   io.Writer
	max int
	buf []byte
}

// Encode writes one line. An event that came as a line of this dialect is written as it came. Any other becomes the
// envelope; what reading the line does not give back is its loss.
func (w *encoder) Encode(rec *counterfoil.Record) (dialect.Loss, error) {
	e := &rec.Event
	if loss, ok := verbatim(e); ok && (w.max == 0 || len(e.Raw) <= w.max) {
		w.buf = append(append(w.buf[:0], e.Raw...), '\n')
		_, err := w.w.Write(w.buf)
		return loss, err
	}
	r := choose(e)
	w.buf = r.append(w.buf[:0])
	if w.max > 0 && len(w.buf) > w.max {
		w.buf = r.truncate(w.buf[:0], e, w.max)
	}
	loss, _ := lost(e, string(w.buf))
	w.buf = append(w.buf, '\n')
	_, err := w.w.Write(w.buf)
	return loss, err
}

func (w *encoder) Close() error { return nil }

// verbatim tells an event whose raw, written again, reads back as the event but for the aid that its trail gave it and
// the host that its transport named.
func verbatim(e *counterfoil.Event) (dialect.Loss, bool) {
	if e.Dialect != Dialect.ID() || e.Raw == "" || e.Raw[0] == '{' || strings.Contains(e.Raw, "\n") {
		return nil, false // a row of the API is no line of syslog
	}
	if n, frame, _ := split([]byte(e.Raw), true); n != len(e.Raw) || len(frame) != n {
		return nil, false
	}
	loss, more := lost(e, e.Raw)
	for _, field := range loss {
		if field != "aid" && field != "host" {
			return nil, false
		}
	}
	return loss, !more
}

// choose gives the record for an event: what was kept of its envelope put back there; or left in event_data, if that
// reads back otherwise; or marked as another dialect's, if reading it by TrueNAS's meaning would add to it.
func choose(e *counterfoil.Event) *record {
	plain := recordOf(e)
	if e.Dialect == Dialect.ID() {
		r := recordOf(e)
		r.expand()
		if loss, more := lost(e, string(r.append(nil))); !more && !slices.ContainsFunc(loss, func(f string) bool { return f != "raw" && f != "host" }) {
			return r
		}
	}
	if _, more := lost(e, string(plain.append(nil))); more {
		if plain.foreign = e.Dialect; plain.foreign == "" {
			plain.foreign = "unknown"
		}
	}
	return plain
}

func recordOf(e *counterfoil.Event) *record {
	r := &record{aid: e.AID, major: e.Major, minor: e.Minor, addr: e.Addr, user: e.User, sess: e.Session, svc: e.Service,
		event: e.Name, outcome: e.Outcome, svcData: e.SvcData, data: e.EventData}
	r.time = string(appendTime(nil, e.Time))
	if e.Service == "SUDO" && e.Addr == "" && e.Dialect == Dialect.ID() {
		r.addr = e.Host
	}
	return r
}

// expand takes what was kept of the envelope out of event_data.
func (r *record) expand() {
	kept := r.data.Member(extraKey)
	if kept.Kind() != '{' {
		return
	}
	for key, v := range kept.Members() {
		r.add(key, v)
	}
	var b counterfoil.Builder
	b.Object("")
	n := 0
	for key, v := range r.data.Members() {
		if key != extraKey {
			b.Value(key, v)
			n++
		}
	}
	b.End()
	switch words := r.data.Member("event_data"); {
	case n == 0:
		r.data = ""
	case n == 1 && words.Kind() == '"':
		r.data = words
	default:
		r.data = b.JSON()
	}
}

// append appends the line without its LF.
func (r *record) append(dst []byte) []byte {
	dst = append(dst, cookie+`{"TNAUDIT":{`...)
	dst = r.value(dst, "aid", r.aidValue())
	dst = r.value(dst, "vers", counterfoil.JSON(`{"major":`+strconv.Itoa(r.major)+`,"minor":`+strconv.Itoa(r.minor)+`}`))
	dst = r.value(dst, "addr", orNull(r.addr))
	dst = r.value(dst, "user", counterfoil.String(r.user))
	dst = r.value(dst, "sess", orNull(r.sess))
	dst = r.value(dst, "time", counterfoil.String(r.time))
	dst = r.value(dst, "svc", counterfoil.String(r.svc))
	dst = r.value(dst, "svc_data", dataValue(r.svcData))
	dst = r.value(dst, "event", counterfoil.String(r.event))
	dst = r.value(dst, "event_data", dataValue(r.data))
	dst = r.value(dst, "success", outcomeValue(r.outcome))
	if r.foreign != "" {
		dst = r.value(dst, foreignKey, counterfoil.String(r.foreign))
	}
	for _, m := range r.extra {
		if !r.known(m.key) {
			dst = appendMember(dst, m.key, m.value)
		}
	}
	dst[len(dst)-1] = '}'
	return append(dst, '}')
}

// value appends a member of the envelope, in the form in which it came where that was kept.
func (r *record) value(dst []byte, key string, v counterfoil.JSON) []byte {
	for _, m := range r.extra {
		if m.key == key {
			v = m.value
		}
	}
	return appendMember(dst, key, v)
}

func appendMember(dst []byte, key string, v counterfoil.JSON) []byte {
	dst = append(counterfoil.AppendText(dst, key), ':')
	return append(append(dst, v...), ',')
}

func (r *record) aidValue() counterfoil.JSON {
	if r.aid.IsZero() {
		return "null"
	}
	return counterfoil.String(r.aid.String())
}

func orNull(s string) counterfoil.JSON {
	if s == "" {
		return "null"
	}
	return counterfoil.String(s)
}

func outcomeValue(o counterfoil.Outcome) counterfoil.JSON {
	switch o {
	case counterfoil.Success:
		return "true"
	case counterfoil.Failure:
		return "false"
	}
	return "null"
}

// dataValue puts JSON into a string. Words stand as they are, unless they would read as something else.
func dataValue(j counterfoil.JSON) counterfoil.JSON {
	if j == "" {
		return "null"
	}
	if j.Kind() == '"' && data(j.Text()) == j {
		return j
	}
	return counterfoil.String(string(j))
}

// lost compares an event with what a line reads back as. more: reading gives what the event has not.
func lost(e *counterfoil.Event, line string) (loss dialect.Loss, more bool) {
	r, problem := parse(line)
	if problem != "" {
		return dialect.Loss{"event"}, true
	}
	got := r.toEvent(0)
	text := func(field, a, b string) {
		if a != b {
			if a == "" {
				more = true
			} else {
				loss = append(loss, field)
			}
		}
	}
	is := func(field string, same, has bool) {
		if !same {
			if !has {
				more = true
			} else {
				loss = append(loss, field)
			}
		}
	}
	is("aid", e.AID == got.AID, !e.AID.IsZero())
	is("vers", e.Major == got.Major && e.Minor == got.Minor, true)
	is("time", e.Time == got.Time, true)
	text("dialect", e.Dialect, got.Dialect)
	text("host", e.Host, got.Host)
	text("svc", e.Service, got.Service)
	text("event", e.Name, got.Name)
	is("class", e.Class == got.Class, e.Class != 0)
	is("category", e.Category == got.Category, e.Category != 0)
	text("action", string(e.Action), string(got.Action))
	is("success", e.Outcome == got.Outcome, e.Outcome != counterfoil.Unknown)
	is("addr", e.Addr == got.Addr, true)
	is("user", e.User == got.User, true)
	text("sess", e.Session, got.Session)
	a, b := &e.Subject, &got.Subject
	text("subject.login_id", a.LoginID, b.LoginID)
	text("subject.id", a.ID, b.ID)
	text("subject.name", a.Name, b.Name)
	text("subject.group", a.Group, b.Group)
	text("subject.terminal", a.Terminal, b.Terminal)
	is("subject.pid", a.PID == b.PID, a.PID != 0)
	text("subject.process", a.Process, b.Process)
	o, p := &e.Object, &got.Object
	text("object.kind", o.Kind, p.Kind)
	text("object.name", o.Name, p.Name)
	text("object.id", o.ID, p.ID)
	text("object.to", o.To, p.To)
	text("svc_data", string(e.SvcData), string(got.SvcData))
	text("event_data", string(e.EventData), string(got.EventData))
	is("raw", e.Raw == "" || e.Raw == line, true)
	return loss, more
}
