package linux

import (
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// maxLine is how long a line that we make may be: the readers of audit-userspace cut longer ones (MAX_AUDIT_MESSAGE_LENGTH).
const maxLine = 8970

// encoder writes auditd lines. There are several ways to write an event; each attempt is read back by this room's own
// decoder, and the first that gives the event again is taken: what is lost is what the reading back shows.
type encoder struct {
	w      io.Writer
	opts   Options
	serial uint32
	out    bytes.Buffer
	back   *decoder // reads what is written
}

// Encode writes the records of one event: as they came, or made of event_data, or one record that carries the event.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	lines, loss := e.lines(&r.Event)
	e.out.Reset()
	for _, l := range lines {
		e.out.WriteString(l)
		e.out.WriteByte('\n')
	}
	_, err := e.w.Write(e.out.Bytes())
	return loss, err
}

// Close does nothing: an event is whole when it is written.
func (e *encoder) Close() error { return nil }

// lines chooses how an event is written.
func (e *encoder) lines(ev *counterfoil.Event) ([]string, dialect.Loss) {
	if ev.Dialect != Dialect.ID() {
		return e.carrying(ev)
	}
	for _, linesOf := range [...]func(*counterfoil.Event) []string{asCame, fromPayloads, fromData} {
		lines := linesOf(ev)
		if e.opts.Format == formatRaw {
			lines = withoutNames(lines)
		}
		for _, lines := range [...][]string{lines, withNode(lines, ev.Host)} {
			if got, ok := e.readBack(ev, lines); ok {
				if loss, ok := compare(ev, &got); ok && e.acceptable(ev, &got, loss) {
					return lines, loss
				}
			}
		}
	}
	return e.carrying(ev)
}

// acceptable tells a loss with which the records of an event are better than one record that carries it: the id that a
// trail gave, the bytes, and in event_data what src says of the stream that the records were in (node=, what was missing).
// Without auditd's names, more is lost by order.
func (e *encoder) acceptable(want, got *counterfoil.Event, loss dialect.Loss) bool {
	for _, field := range loss {
		switch {
		case field == "aid", field == "raw":
		case field == "event_data" && sameRecords(want.EventData, got.EventData):
		case field == "host", field == "time", e.opts.Format != formatRaw:
			return false
		}
	}
	return true
}

// sameRecords compares all of event_data but src.
func sameRecords(a, b counterfoil.JSON) bool {
	without := func(j counterfoil.JSON) string {
		src := string(j.Member("src"))
		return strings.Replace(string(j), `"src":`+src, "", 1)
	}
	return without(a) == without(b)
}

// asCame gives the lines that an event was read from.
func asCame(ev *counterfoil.Event) []string {
	if ev.Raw == "" {
		return nil
	}
	lines := strings.Split(ev.Raw, "\n")
	for _, l := range lines {
		if h, problem := parseHeader([]byte(l), 0, nil); problem != "" || h.nameAt == 0 {
			return nil
		}
	}
	return lines
}

// withoutNames takes auditd's interpretation from lines: log_format=RAW.
func withoutNames(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l
		h, problem := parseHeader([]byte(l), 0, nil)
		if problem != "" {
			continue
		}
		if _, _, interp, _ := cut(l[h.body:]); interp != "" {
			if k := strings.LastIndex(l, string(rune(groupSeparator))+interp); k >= 0 {
				out[i] = l[:k]
			}
		}
	}
	return out
}

// withNode puts node= before lines that have none, nil where the host cannot stand there.
func withNode(lines []string, host string) []string {
	if !isNode(host) {
		return nil
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		if !strings.HasPrefix(l, "type=") {
			return nil
		}
		out[i] = "node=" + host + " " + l
	}
	return out
}

// readBack decodes lines. ok: they are one event.
func (e *encoder) readBack(ev *counterfoil.Event, lines []string) (got counterfoil.Event, ok bool) {
	if e.back == nil {
		e.back = newDecoder(defaults)
	}
	d := e.back
	d.reset()
	var events []counterfoil.Event
	read := 0
	for i, l := range lines {
		if len(l) == 0 || strings.IndexByte(l, '\n') >= 0 {
			break
		}
		var err error
		if events, err = d.Decode(events, dialect.Frame{Data: []byte(l), Pos: int64(i), Received: ev.Time}); err != nil {
			break
		}
		read++
	}
	if events = d.Flush(events, time.Time{}); len(events) != 1 || read < len(lines) {
		return got, false
	}
	return events[0], true
}

// compare lists the fields of want that got has otherwise. ok: it has none that want has not. A raw that want has not is not compared.
func compare(want, got *counterfoil.Event) (loss dialect.Loss, ok bool) {
	ok = true
	diff := func(name string, had, same bool) {
		if same {
			return
		}
		if !had {
			ok = false
		}
		loss = append(loss, name)
	}
	text := func(name, a, b string) { diff(name, a != "", a == b) }
	diff("aid", !want.AID.IsZero(), want.AID == got.AID)
	diff("vers", true, want.Major == got.Major && want.Minor == got.Minor)
	diff("time", true, want.Time == got.Time)
	text("dialect", want.Dialect, got.Dialect)
	text("host", want.Host, got.Host)
	text("svc", want.Service, got.Service)
	text("event", want.Name, got.Name)
	diff("class", want.Class != 0, want.Class == got.Class)
	diff("category", want.Category != 0, want.Category == got.Category)
	text("action", string(want.Action), string(got.Action))
	diff("success", want.Outcome != 0, want.Outcome == got.Outcome)
	text("addr", want.Addr, got.Addr)
	text("user", want.User, got.User)
	text("sess", want.Session, got.Session)
	text("subject.login_id", want.Subject.LoginID, got.Subject.LoginID)
	text("subject.id", want.Subject.ID, got.Subject.ID)
	text("subject.name", want.Subject.Name, got.Subject.Name)
	text("subject.group", want.Subject.Group, got.Subject.Group)
	text("subject.terminal", want.Subject.Terminal, got.Subject.Terminal)
	diff("subject.pid", want.Subject.PID != 0, want.Subject.PID == got.Subject.PID)
	text("subject.process", want.Subject.Process, got.Subject.Process)
	text("object.kind", want.Object.Kind, got.Object.Kind)
	text("object.name", want.Object.Name, got.Object.Name)
	text("object.id", want.Object.ID, got.Object.ID)
	text("object.to", want.Object.To, got.Object.To)
	text("svc_data", string(want.SvcData), string(got.SvcData))
	text("event_data", string(want.EventData), string(got.EventData))
	if want.Raw != "" {
		text("raw", want.Raw, got.Raw)
	}
	return loss, ok
}
