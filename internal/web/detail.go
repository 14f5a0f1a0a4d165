package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/visible"
)

// detail is one event at length.
type detail struct {
	Seq       uint64
	Number    string
	Title     template.HTML
	When      string
	Moment    string
	Shut      string // the page without it; empty on its own page
	Permalink string
	Meta      []meta
	SvcData   template.HTML
	EventData template.HTML
	Raw       template.HTML
	RawNote   string
	Text      string // for Copy text; empty where it is long
	JSON      string // for Copy JSON: the canonical message; empty where it is long
	Proof     proofView
	Kept      *preselect.Told // which rule kept it; nil where that is not known
	Evidence  string          // address of the bundle; empty where the visitor has no right to it
}

// meta is a field and its value. Only and Not are pages with that value as a condition.
type meta struct {
	Label     string
	Value     template.HTML
	Plain     string
	Clause    string
	Only, Not string
}

// Bounds of what the pane shows; the JSON has it all.
const (
	clipRawPane  = 64 << 10  // bytes as they came
	clipMeta     = 4 << 10   // bytes of a field
	clipCopy     = 256 << 10 // bytes of a message that the page holds for Copy; the links open what is larger
	clipOutline  = 1 << 20   // bytes of text
	clipPretty   = 512 << 10 // bytes of HTML
	clipPrettily = 16 << 10  // bytes of one string in it
)

// detail words a record. r is not used after it returns.
func (s *Web) detail(a *ask, r *counterfoil.Record, v visitor) *detail {
	msg, _ := counterfoil.AppendRecord(nil, r)
	d := &detail{Seq: r.Seq, Number: thousands(r.Seq), Title: headline(r), Moment: r.Time.String(),
		When:      r.Time.Std().Format("Monday 2 January 2006, 15:04:05.000") + " UTC",
		Permalink: "/event/" + strconv.FormatUint(r.Seq, 10), Shut: a.shut(), Meta: a.meta(r), Proof: s.proofOf(r.Seq)}
	if r.SvcData != "" {
		d.SvcData = pretty(r.SvcData)
	}
	if r.EventData != "" {
		d.EventData = pretty(r.EventData)
	}
	if r.Raw != "" {
		d.Raw = blockHTML(r.Raw[:min(len(r.Raw), clipRawPane)])
		if len(r.Raw) > clipRawPane {
			d.RawNote = fmt.Sprintf("The first %s of %s bytes; Copy JSON has them all.", thousands(clipRawPane), thousands(uint64(len(r.Raw))))
		}
	}
	if len(msg) <= clipCopy {
		d.JSON, d.Text = string(msg), plainText(r, d.Meta)
	}
	if v.Role.May(access.Export) && s.opts.Prove != nil {
		d.Evidence = d.Permalink + "/evidence"
	}
	return d
}

// headline is the sentence without its places, which the metadata has.
func headline(r *counterfoil.Record) template.HTML {
	var b strings.Builder
	for _, s := range r.Sentence() {
		class := ""
		if s.Kind == counterfoil.SpanFailure {
			class = ` class="no"`
		}
		b.WriteString(`<bdi` + class + `>` + string(asHTML(clip(s.Text, 200))) + `</bdi>`)
	}
	return template.HTML(b.String())
}

// meta lists the fields of a record that have values.
func (a *ask) meta(r *counterfoil.Record) []meta {
	m := metaWriter{a: a}
	m.add("User", "user", r.User)
	m.add("Acting as", "subject.name", r.Subject.Name)
	m.add("Acting id", "subject.id", r.Subject.ID)
	m.add("Login id", "subject.login_id", r.Subject.LoginID)
	m.add("Group", "subject.group", r.Subject.Group)
	m.add("Address", "addr", r.Addr)
	m.add("Session", "sess", r.Session)
	m.add("Terminal", "subject.terminal", r.Subject.Terminal)
	m.add("Process", "subject.process", r.Subject.Process)
	if r.Subject.PID != 0 {
		m.addNumber("Process id", "subject.pid", strconv.FormatInt(r.Subject.PID, 10))
	}
	m.add("Host", "host", r.Host)
	m.add("Service", "svc", r.Service)
	m.add("Event", "event", r.Name)
	m.add("Action", "action", string(r.Action))
	m.classes(r.Class)
	m.add("Category", "category", r.Category.String())
	m.outcome(r.Outcome)
	m.add("Object kind", "object.kind", r.Object.Kind)
	m.add("Object", "object.name", r.Object.Name)
	m.add("Object id", "object.id", r.Object.ID)
	m.add("To", "object.to", r.Object.To)
	m.add("Input", "via", r.Via)
	m.add("Dialect", "dialect", r.Dialect)
	m.plain("Received", received(r))
	m.plain("Audit id", r.AID.String())
	m.plain("Version", fmt.Sprintf("%d.%d", r.Major, r.Minor))
	return m.out
}

type metaWriter struct {
	a   *ask
	out []meta
}

func (m *metaWriter) add(label, field, v string) {
	switch {
	case len(v) > clipMeta:
		note := fmt.Sprintf(` <span class="sub">%s bytes; Copy JSON has them all</span>`, thousands(uint64(len(v))))
		m.put(label, v, asHTML(clip(v, clipMeta))+template.HTML(note), "")
	case v != "":
		m.put(label, v, asHTML(v), clause(field, v))
	}
}

func (m *metaWriter) addNumber(label, field, v string) {
	m.put(label, v, asHTML(v), field+" = "+v)
}

func (m *metaWriter) plain(label, v string) { m.put(label, v, asHTML(v), "") }

func (m *metaWriter) classes(c counterfoil.Class) {
	label := "Class"
	for _, name := range c.Names() {
		k, _ := counterfoil.ParseClass(name)
		m.put(label, name, asHTML(name)+template.HTML(` <span class="sub">`+template.HTMLEscapeString(k.Doc())+`</span>`), clause("class", name))
		label = ""
	}
}

func (m *metaWriter) outcome(o counterfoil.Outcome) {
	switch o {
	case counterfoil.Success:
		m.put("Outcome", "success", "success", "success = true")
	case counterfoil.Failure:
		m.put("Outcome", "failure", `<span class="no">failure</span>`, "success = false")
	default:
		m.plain("Outcome", "not told")
	}
}

func (m *metaWriter) put(label, plain string, v template.HTML, clause string) {
	x := meta{Label: label, Value: v, Plain: plain, Clause: clause}
	if clause != "" {
		x.Only = m.a.page("q", with(m.a.text, clause))
		x.Not = m.a.page("q", with(m.a.text, "not "+clause))
	}
	m.out = append(m.out, x)
}

// received says how long after the event the trail had it.
func received(r *counterfoil.Record) string {
	d := time.Duration(r.Received - r.Time)
	at := r.Received.Std().Format("2006-01-02 15:04:05.000") + " UTC"
	if d < 0 || d >= day {
		return at
	}
	return fmt.Sprintf("%s, +%.3f s", at, d.Seconds())
}

// plainText is what Copy text gives: the sentence, the metadata, the data.
func plainText(r *counterfoil.Record, fields []meta) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s, record %d\n\n", visible.Text(r.SentenceText()), r.Time, r.Seq)
	for _, m := range fields {
		if m.Label == "" {
			m.Label = "Class"
		}
		fmt.Fprintf(&b, "%-12s %s\n", m.Label+":", visible.Text(m.Plain))
	}
	outline(&b, "Service data", r.SvcData)
	outline(&b, "Event data", r.EventData)
	if r.Raw != "" {
		fmt.Fprintf(&b, "\nAs it came:\n%s\n", visible.Lines(r.Raw))
	}
	return b.String()
}

func outline(b *strings.Builder, title string, j counterfoil.JSON) {
	if j == "" {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	if writeOutline(b, j, "  "); b.Len() > clipOutline {
		b.WriteString("(cut here: the JSON has it all)\n")
	}
}

// writeOutline writes data with one value a line, as people read it.
func writeOutline(b *strings.Builder, j counterfoil.JSON, indent string) {
	item := func(name string, v counterfoil.JSON) {
		if b.Len() > clipOutline {
			return
		}
		if k := v.Kind(); k == '{' || k == '[' {
			fmt.Fprintf(b, "%s%s:\n", indent, name)
			writeOutline(b, v, indent+"  ")
			return
		}
		fmt.Fprintf(b, "%s%s: %s\n", indent, name, visible.Text(v.Text()))
	}
	switch j.Kind() {
	case '{':
		for k, v := range j.Members() {
			item(visible.Text(k), v)
		}
	case '[':
		n := 0
		for v := range j.Elements() {
			n++
			item(strconv.Itoa(n), v)
		}
	default:
		fmt.Fprintf(b, "%s%s\n", indent, visible.Lines(j.Text()))
	}
}

// event shows one event on a page of its own, or only its pane.
func (s *Web) event(w http.ResponseWriter, r *http.Request, v visitor) error {
	a := readAsk(r.URL.Query(), s.opts.Now())
	rec, err := s.recordAt(r, v)
	if err != nil {
		return err
	}
	d := s.detail(a, rec, v)
	d.Kept = s.keptBy(r.Context(), rec)
	if r.URL.Query().Get("pane") != "" {
		d.Shut = a.here()
		return s.write(w, http.StatusOK, "pane", d)
	}
	d.Shut = ""
	return s.write(w, http.StatusOK, "event", s.page(v, "Event "+d.Number, d))
}

// keptBy explains why a record was kept. Where that fails, the page is shown without it.
func (s *Web) keptBy(ctx context.Context, r *counterfoil.Record) *preselect.Told {
	if s.opts.KeptBy == nil {
		return nil
	}
	told, err := s.opts.KeptBy(ctx, r)
	if err != nil {
		s.opts.Log.Error("explain a record by its policy", "seq", r.Seq, "err", err)
		return nil
	}
	return told
}

func (s *Web) eventJSON(w http.ResponseWriter, r *http.Request, v visitor) error {
	rec, err := s.recordAt(r, v)
	if err != nil {
		return err
	}
	msg, _ := counterfoil.AppendRecord(nil, rec)
	return s.plain(w, "application/json", append(msg, '\n'))
}

func (s *Web) eventText(w http.ResponseWriter, r *http.Request, v visitor) error {
	rec, err := s.recordAt(r, v)
	if err != nil {
		return err
	}
	return s.plain(w, "text/plain; charset=utf-8", []byte(plainText(rec, (&ask{}).meta(rec))))
}

func (s *Web) plain(w http.ResponseWriter, contentType string, body []byte) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	if _, err := w.Write(body); err != nil {
		s.opts.Log.Debug("send an event", "err", err)
	}
	return nil
}

// recordAt reads the record that an address names, and records that it was shown.
func (s *Web) recordAt(r *http.Request, v visitor) (*counterfoil.Record, error) {
	seq, err := seqOf(r)
	if err != nil {
		return nil, err
	}
	view := s.opts.Source.View()
	defer view.Close()
	rec, ok, err := search.Get(r.Context(), view, seq)
	if gone, expired := errors.AsType[*trail.ExpiredError](err); expired {
		return nil, trouble(http.StatusGone, visible.Text(gone.Error()), nil)
	}
	if err != nil {
		return nil, fmt.Errorf("read record %d: %w", seq, err)
	}
	if !ok {
		return nil, noEvent(seq, view.Size())
	}
	if err := s.looked(r, v, act.Show, counterfoil.AuditSearch, seq, nil); err != nil {
		return nil, err
	}
	c := *rec // the view's memory ends with it
	return &c, nil
}

func noEvent(seq, size uint64) error {
	return problem(http.StatusNotFound, fmt.Sprintf("There is no event %s in this trail: it has %s so far.", thousands(seq), plural(size, "event")))
}

func seqOf(r *http.Request) (uint64, error) {
	seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 63)
	if err != nil {
		return 0, problem(http.StatusNotFound, "An event's address ends in its number, such as /event/81231.")
	}
	return seq, nil
}
