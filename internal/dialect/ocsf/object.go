package ocsf

import (
	"net/netip"
	"path"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

// unknown stands where the schema requires a text and the event has none. It is the schema's own caption for such values.
const unknown = "Unknown"

// writer writes the objects of the schema from an event.
type writer struct {
	b *counterfoil.Builder
	e *counterfoil.Event
}

// text writes a string as UTF-8, or nothing where it is empty.
func (w writer) text(key, s string) {
	if s != "" {
		w.b.String(key, carry.Valid(s))
	}
}

// known gives the first text that is not empty, or unknown.
func known(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return unknown
}

func (w writer) metadata(r *counterfoil.Record, c class) {
	e := w.e
	w.b.Object("metadata")
	w.text("event_code", e.Name)
	w.text("log_name", e.Dialect)
	w.text("log_provider", e.Service)
	if r.Received != 0 { // it has a place in a trail
		w.b.Int("logged_time", int64(r.Received)/1e6)
		w.b.Uint("sequence", r.Seq)
	}
	w.b.String("original_time", e.Time.String())
	w.b.Object("product")
	w.b.String("name", ourMessage)
	w.b.String("vendor_name", ourMessage)
	w.b.String("version", Dialect.ID())
	w.b.End()
	if c.host {
		w.b.Array("profiles")
		w.b.String("", "host")
		w.b.End()
	}
	if !e.AID.IsZero() {
		w.b.String("uid", e.AID.String())
	}
	w.b.String("version", schemaVersion)
	w.b.End()
}

// status writes the outcome; of a finding, its state.
func (w writer) status(at row) {
	id, caption := 0, unknown
	switch {
	case at.class == finding:
		switch at.action {
		case counterfoil.AlarmRaise, counterfoil.SystemAnomaly:
			id, caption = 1, "New"
		case counterfoil.AlarmAcknowledge:
			id, caption = 2, "In Progress"
		case counterfoil.AlarmClear:
			id, caption = 4, "Resolved"
		}
	case w.e.Outcome == counterfoil.Success:
		id, caption = 1, "Success"
	case w.e.Outcome == counterfoil.Failure:
		id, caption = 2, "Failure"
	}
	w.b.String("status", caption)
	w.b.Int("status_id", int64(id))
}

// actor writes who acted: at the least the service that says so.
func (w writer) actor(key string) {
	s := &w.e.Subject
	w.b.Object(key)
	w.text("app_name", w.e.Service)
	if s.PID != 0 {
		w.b.Object("process")
		if s.Process != "" {
			w.file("file", s.Process, "")
			w.text("name", base(s.Process))
		}
		w.b.Int("pid", s.PID)
		if s.Name != "" || s.ID != "" { // the effective identity
			w.user("user", s.Name, s.ID)
		}
		w.b.End()
	}
	w.session()
	if w.e.User != "" || s.LoginID != "" { // the identity that logged in
		w.user("user", w.e.User, s.LoginID)
	}
	w.b.End()
}

func (w writer) session() {
	if w.e.Session == "" && w.e.Subject.Terminal == "" {
		return
	}
	w.b.Object("session")
	w.text("terminal", w.e.Subject.Terminal)
	w.text("uid", w.e.Session)
	w.b.End()
}

func (w writer) user(key, name, id string) {
	w.b.Object(key)
	if name != "" || id == "" {
		w.text("name", known(name))
	}
	w.text("uid", id)
	w.b.End()
}

// device writes the machine.
func (w writer) device(key string) {
	w.b.Object(key)
	w.host(w.e.Host)
	w.b.Int("type_id", 0)
	w.b.End()
}

// endpoint writes a machine that is seen over the network.
func (w writer) endpoint(key, host string) {
	w.b.Object(key)
	w.host(host)
	w.b.End()
}

func (w writer) source() {
	if w.e.Addr != "" {
		w.endpoint("src_endpoint", w.e.Addr)
	}
}

// destination writes where a connection goes: "10.0.0.1:80", "[::1]:80", a name; the machine where it is not told.
func (w writer) destination(name string) {
	a, err := netip.ParseAddrPort(name)
	if err != nil || a.Addr().Zone() != "" {
		w.endpoint("dst_endpoint", known(name, w.e.Host))
		return
	}
	w.b.Object("dst_endpoint")
	w.b.String("ip", a.Addr().String())
	w.b.Int("port", int64(a.Port()))
	w.b.End()
}

// host writes a machine under the key that takes its form: ip, hostname, name.
func (w writer) host(s string) {
	a, err := netip.ParseAddr(s)
	switch {
	case err == nil && a.Zone() == "":
		w.b.String("ip", s)
	case isHostname(s):
		w.b.String("hostname", s)
	default:
		w.text("name", known(s))
	}
}

// isHostname tells the schema's hostname_t: labels of letters, digits and inner hyphens.
func isHostname(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
				return false
			}
		}
	}
	return true
}

func (w writer) file(key, name, id string) {
	w.b.Object(key)
	w.text("name", known(base(name)))
	w.text("path", name)
	w.b.Int("type_id", 0)
	w.text("uid", id)
	w.b.End()
}

// base gives the last part of a path.
func base(name string) string {
	if b := path.Base(name); name != "" && b != "/" && b != "." {
		return b
	}
	return name
}

// process writes the process that was started, ended or touched: by its own number where it acted itself.
func (w writer) process() {
	o, s := &w.e.Object, &w.e.Subject
	w.b.Object("process")
	switch w.e.Action {
	case counterfoil.ProcessSignal, counterfoil.ProcessTrace:
		w.text("name", base(o.Name))
		w.text("uid", known(o.ID, o.Name))
	default:
		name := known(o.Name, s.Process)
		if w.e.Action == counterfoil.ProcessExec {
			w.text("cmd_line", o.Name)
		}
		if s.Process != "" {
			w.file("file", s.Process, "")
			name = s.Process
		}
		w.text("name", base(name))
		if s.PID != 0 {
			w.b.Int("pid", s.PID)
		} else {
			w.text("uid", known(o.ID))
		}
	}
	w.b.End()
}

func (w writer) findingInfo(at row) {
	title := known(w.e.Object.Name, w.e.Name)
	w.b.Object("finding_info")
	w.text("title", title)
	w.text("uid", known(w.e.Object.ID, title))
	w.b.End()
}

func (w writer) authentication() {
	e := w.e
	w.b.Object("service")
	w.text("name", e.Service)
	w.b.End()
	w.session()
	w.source()
	if e.Host != "" {
		w.endpoint("dst_endpoint", e.Host)
	}
	if e.Action == counterfoil.SessionBecome {
		w.user("user", e.Object.Name, e.Object.ID)
	} else {
		w.user("user", e.User, "")
	}
}
