package truenas

import (
	"errors"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

type decoder struct{ dialect.Whole }

// Decode reads one line or row.
func (decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	text := string(f.Data)
	r, problem := parse(text)
	if problem != "" {
		return Dialect.Give(dst, f, counterfoil.Event{}, errors.New(problem))
	}
	e := r.toEvent(f.Received)
	e.Raw = text
	return Dialect.Give(dst, f, e, nil)
}

// toEvent translates a record. A record without a readable time has the time it was received.
func (r *record) toEvent(received counterfoil.Time) counterfoil.Event {
	e := counterfoil.Event{AID: r.aid, Major: r.major, Minor: r.minor, Dialect: Dialect.ID(), Host: r.host, Service: r.svc,
		Name: r.event, Outcome: r.outcome, Addr: r.addr, User: r.user, Session: r.sess, SvcData: r.svcData}
	at, keep, ok := r.when()
	if e.Time = at; !ok {
		e.Time = received
	}
	if keep && r.time != "" {
		r.add("time", counterfoil.String(r.time))
	}
	if r.foreign == "" {
		m := mapper{e: &e, data: r.data}
		m.fill()
	}
	e.EventData = r.data
	if len(r.extra) > 0 {
		e.EventData = withExtra(r.data, r.extra)
	}
	return e
}

// withExtra puts what the envelope had beside into event_data.
func withExtra(data counterfoil.JSON, extra []member) counterfoil.JSON {
	var b counterfoil.Builder
	b.Object("")
	if data.Kind() == '"' {
		b.Value("event_data", data)
	}
	for key, v := range data.Members() {
		b.Value(key, v)
	}
	b.Object(extraKey)
	for _, m := range extra {
		b.Value(m.key, m.value)
	}
	b.End()
	b.End()
	return b.JSON()
}

// mapper fills the canonical fields of an event from TrueNAS's words.
type mapper struct {
	e    *counterfoil.Event
	data counterfoil.JSON // without what was kept of the envelope
}

func (m *mapper) fill() {
	for i := range rules {
		r := &rules[i]
		if r.svc == m.e.Service && (r.event == m.e.Name || r.event == "") {
			m.e.Class, m.e.Category, m.e.Action = r.class, r.category, r.action
			if r.more != nil {
				r.more(m)
			}
			return
		}
	}
}

func (m *mapper) text(key string) string { return text(m.data.Member(key)) }

// text gives a string or a number as text; null and everything else as nothing.
func text(v counterfoil.JSON) string {
	if k := v.Kind(); k != '"' && k != '0' {
		return ""
	}
	return v.Text()
}

// number reads a number that may stand in a string.
func number(v counterfoil.JSON) (int64, bool) { return integer(text(v)) }

func (m *mapper) pid(v counterfoil.JSON) {
	if n, ok := number(v); ok && n > 0 && n <= 1<<53 {
		m.e.Subject.PID = n
	}
}
