package sudo

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// textEvent fills an event from sudo's own format.
func (d *decoder) textEvent(e *counterfoil.Event, h *held) (problem string) {
	e.Service = "SUDO"
	text := h.text.String()
	b := &d.b
	b.Reset()
	b.Object("")
	if h.inferred {
		b.Array("inferred")
		if h.kind == kindSyslog || !strings.Contains(h.date(), " 2") {
			b.String("", "year")
		}
		b.String("", "zone")
		b.End()
	}
	if h.tag == "sudoedit" {
		b.String("program", h.tag)
	}
	user, body, ok := cutUser(text)
	switch {
	case strings.HasPrefix(text, "pam_"):
		pam(e, b, text)
	case !ok: // an error before sudo knows who it is for
		e.Name, e.Category, e.Class, e.Outcome = "ALERT", counterfoil.CategoryAdmin, counterfoil.ClassAuthentication, counterfoil.Failure
		b.String("reason", text)
	default:
		e.User = unescape(user)
		body, orphan := strings.CutPrefix(body, continuedMark)
		if orphan {
			e.Name, e.Category = "CONTINUED", counterfoil.CategoryAdmin
			b.String("text", body)
			break
		}
		r := parseFields(body)
		r.event(e, b, body)
	}
	b.End()
	e.EventData = b.JSON()
	return ""
}

// date gives what stands before the message in a file.
func (h *held) date() string {
	date, _, _ := strings.Cut(h.raw.String(), " : ")
	if len(date) > len("Jan _2 15:04:05") {
		return date[len("Jan _2 15:04:05"):]
	}
	return ""
}

// event fills the fields and writes them.
func (r *fields) event(e *counterfoil.Event, b *counterfoil.Builder, body string) {
	typ := typeAccept
	switch {
	case r.has[fExit] || r.has[fSignal]:
		typ = typeExit
	case r.reason != "" && refuses(r.reason):
		typ = typeReject
	case r.reason != "" || !r.has[fUser] && !r.has[fCommand] && len(r.doubt) == 0:
		typ = typeAlert
	}
	fillType(e, typ)
	if r.reason != "" {
		b.String("reason", unescape(r.reason))
	}
	for f, name := range fieldNames {
		switch {
		case !r.has[f]:
		case fieldName(f) == fCommand || fieldName(f) == fEnv: // of several texts, each escaped by itself
			b.String(name, r.value[f])
		default:
			b.String(name, unescape(r.value[f]))
		}
	}
	if len(r.doubt) > 0 {
		b.Array("doubt")
		for _, name := range r.doubt {
			b.String("", name)
		}
		b.End()
		b.String("text", body)
	}
	if e.Host == "" {
		e.Host = unescape(r.value[fHost])
	}
	runAs(e, unescape(r.value[fUser]), "")
	e.Subject.Group = unescape(r.value[fGroup])
	terminal(e, unescape(r.value[fTTY]))
	command(e, program(r.value[fCommand]))
	if typ == typeExit {
		e.Outcome = counterfoil.OutcomeOf(r.value[fExit] == "0" && !r.has[fSignal])
	}
	if typ == typeAlert && e.Object.Name == "" {
		e.Action = ""
	}
}

// fillType fills what follows from the type.
func fillType(e *counterfoil.Event, typ int) {
	t := &eventTypes[typ]
	e.Service, e.Name = "SUDO", strings.ToUpper(t.word)
	e.Category, e.Action, e.Class, e.Outcome = counterfoil.CategoryAdmin, t.action, t.class, t.outcome
}

// runAs fills who the command runs as: a name, or #number.
func runAs(e *counterfoil.Event, name, id string) {
	if n, ok := strings.CutPrefix(name, "#"); ok {
		name, id = "", n
	}
	e.Subject.Name, e.Subject.ID = name, id
}

func terminal(e *counterfoil.Event, tty string) {
	if tty = strings.TrimPrefix(tty, "/dev/"); tty != "unknown" {
		e.Subject.Terminal = tty
	}
}

func command(e *counterfoil.Event, path string) {
	if path == "" {
		return
	}
	e.Object.Kind, e.Object.Name = "process", path
	if e.Action == counterfoil.ProcessExit {
		e.Subject.Process = path
	}
}

// pam reads what a PAM module wrote: "pam_unix(sudo:session): session opened for user root(uid=0) by (uid=1000)".
func pam(e *counterfoil.Event, b *counterfoil.Builder, text string) {
	e.Name, e.Category, e.Class = "PAM", counterfoil.CategoryAdmin, counterfoil.ClassAuthentication
	module, message, _ := strings.Cut(text, ": ")
	b.String("module", module)
	b.String("text", message)
	for _, p := range pamEvents {
		rest, ok := strings.CutPrefix(message, p.begin)
		if !ok {
			continue
		}
		e.Action, e.Class = p.action, p.class
		if p.failed {
			e.Outcome = counterfoil.Failure
			if i := strings.LastIndex(rest, " user="); i >= 0 {
				e.User = rest[i+len(" user="):]
			}
			return
		}
		e.Outcome = counterfoil.Success
		target, by, _ := strings.Cut(rest, " by ")
		e.Object.Kind = "account"
		e.Object.Name, e.Object.ID = account(target)
		var id string
		if e.User, id = account(by); e.User == "" && id != "" {
			e.User = "UID:" + id
		}
		return
	}
}

// account parts "root(uid=0)".
func account(s string) (name, id string) {
	name, id, ok := strings.Cut(s, "(uid=")
	if !ok {
		return s, ""
	}
	return name, strings.TrimSuffix(id, ")")
}

// jsonEvent fills an event from a record in JSON.
func (d *decoder) jsonEvent(e *counterfoil.Event, h *held) (problem string) {
	text := record(h.message)
	if h.kind == kindPretty {
		text = strings.TrimSpace(h.text.String())
		open := strings.HasPrefix(text, "{")
		text = strings.Trim(strings.TrimPrefix(text, "{"), " ,\n")
		if body, ok := strings.CutSuffix(text, "\n}"); ok && (open || strings.HasSuffix(strings.TrimSpace(body), "}")) && h.depth <= 0 {
			text = body
		}
		text = "{" + text + "}"
	}
	data, err := counterfoil.Canonical(text)
	if err != nil {
		return err.Error()
	}
	inner := data
	if s := data.Member("sudo"); s != "" {
		inner = s
	}
	for i, t := range eventTypes {
		if rec := inner.Member(t.word); rec.Kind() == '{' {
			fillType(e, i)
			fillJSON(e, rec)
			e.EventData = data
			return ""
		}
	}
	return "neither accept, reject, alert nor exit"
}

// fillJSON fills the canonical fields from a record.
func fillJSON(e *counterfoil.Event, r counterfoil.JSON) {
	text := func(key string) string { return dialect.Text(r.Member(key)) }
	for _, key := range [...]string{"server_time", "submit_time", "exit_time", "alert_time"} {
		if t := stamp(r.Member(key)); t != 0 {
			e.Time = t
			break
		}
	}
	e.User = text("submituser")
	if e.Host == "" {
		e.Host = text("submithost")
	}
	if a, err := netip.ParseAddr(text("peeraddr")); err == nil {
		e.Addr = a.String()
	}
	id := ""
	if v := r.Member("runuid"); v.Kind() == '0' {
		id = v.Text()
	}
	runAs(e, text("runuser"), id)
	e.Subject.Group = text("rungroup")
	terminal(e, text("ttyname"))
	command(e, text("command"))
	if uuid := text("uuid"); uuid != "" {
		e.Object.Kind, e.Object.ID = "process", uuid
	}
	switch {
	case e.Action == counterfoil.ProcessExit:
		if v := r.Member("exit_value"); v.Kind() == '0' || r.Member("signal") != "" {
			e.Outcome = counterfoil.OutcomeOf(v == "0" && r.Member("signal") == "")
		}
	case e.Name == "ALERT" && e.Object.Name == "":
		e.Action = ""
	}
}

// stamp reads {"seconds":…,"nanoseconds":…}.
func stamp(v counterfoil.JSON) counterfoil.Time {
	sec, err := strconv.ParseInt(string(v.Member("seconds")), 10, 64)
	if err != nil || sec < 0 || sec > 9223372035 {
		return 0
	}
	ns, err := strconv.ParseInt(string(v.Member("nanoseconds")), 10, 64)
	if err != nil || ns < 0 || ns >= 1e9 {
		ns = 0
	}
	if t := counterfoil.Time(sec*1e9 + ns); t.Valid() {
		return t
	}
	return 0
}
