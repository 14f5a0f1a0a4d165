package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/visible"
)

// row is one line of the list.
type row struct {
	Seq      uint64
	Href     string // the page with this event open
	Day      string // set where the day differs from the row above
	Clock    string // 12:09:41.203
	Moment   string // RFC 3339
	Service  template.HTML
	Say      template.HTML // the sentence
	Proven   bool          // a signed checkpoint covers it
	Gap      bool
	Shown    bool // by policy, and in no trail: there is no page to open
	Selected bool
}

const (
	clipName = 100 // bytes of a name in a sentence; the pane shows all of it
	clipRaw  = 240 // bytes of a record that could not be understood
)

// rowOf words a record as a line. covered is the number of records that the newest checkpoint covers.
func (a *ask) rowOf(r *counterfoil.Record, covered uint64) row {
	return row{
		Seq: r.Seq, Href: a.open(r.Seq), Clock: clock(r.Time), Moment: r.Time.String(), Service: asHTML(clip(r.Service, 24)),
		Say: say(r, a.marks), Proven: r.Seq < covered, Gap: r.Action == counterfoil.AuditGap, Selected: a.hasSel && a.sel == r.Seq,
	}
}

// shownRow words an event that a policy keeps from the disk.
func (a *ask) shownRow(r *counterfoil.Record) row {
	return row{Clock: clock(r.Time), Moment: r.Time.String(), Service: asHTML(clip(r.Service, 24)), Say: say(r, a.marks), Shown: true}
}

// days sets Day on the first row of each day, rows standing in the order they are shown.
func days(rows []row) {
	last := ""
	for i := range rows {
		if d := rows[i].Moment[:10]; d != last {
			rows[i].Day, last = longDay(d), d
		}
	}
}

// say gives the sentence of a record as HTML. Every value that a filter can name carries its clause, for the keys f
// and x.
func say(r *counterfoil.Record, marks marker) template.HTML {
	if r.Service == dialect.UnparsedService && r.Name == dialect.UnparsedEvent {
		return `<span class="no">not understood</span> <code class="verbatim">` + markedHTML(clip(r.Raw, clipRaw), false, marks) + `</code>`
	}
	var b strings.Builder
	for _, s := range r.Sentence() {
		if s.Kind == counterfoil.SpanText && r.Action == counterfoil.AuditGap && strings.HasPrefix(s.Text, "gap: ") {
			b.WriteString(`<b>Gap</b> `)
			s.Text = s.Text[len("gap: "):]
		}
		b.WriteString(string(sayPiece(r, s, marks)))
	}
	if r.Action == counterfoil.AuditGap {
		b.WriteString(string(gapExtent(r)))
	}
	return template.HTML(b.String())
}

func sayPiece(r *counterfoil.Record, s counterfoil.Span, marks marker) template.HTML {
	inner := markedHTML(clip(s.Text, clipName), false, marks)
	switch s.Kind {
	case counterfoil.SpanUser:
		return value("b", clause("user", s.Text), inner)
	case counterfoil.SpanPlace:
		return value("b", clause("host", s.Text), inner)
	case counterfoil.SpanObject:
		return value("code", clause(objectField(r, s.Text), s.Text), inner)
	case counterfoil.SpanAddr:
		return value("span", clause("addr", s.Text), inner)
	case counterfoil.SpanFailure:
		return `<span class="no">` + inner + `</span>`
	}
	return inner
}

// value sets a value apart from the sentence around it, in its own direction of writing.
func value(tag, clause string, inner template.HTML) template.HTML {
	attr := ""
	if clause != "" {
		attr = ` data-c="` + template.HTMLEscapeString(clause) + `"`
	}
	return template.HTML(`<`+tag+` class="v"`+attr+`><bdi>`) + inner + template.HTML(`</bdi></`+tag+`>`)
}

// objectField says which field of r an object's name in a sentence came from.
func objectField(r *counterfoil.Record, text string) string {
	switch text {
	case r.Object.Name:
		return "object.name"
	case r.Object.To:
		return "object.to"
	case r.Subject.Process:
		return "subject.process"
	}
	return "object.id"
}

// gapExtent adds what a gap's data says of its extent.
func gapExtent(r *counterfoil.Record) template.HTML {
	var parts []string
	from, to := gapTimes(r)
	if from != r.Time || to != r.Time {
		parts = append(parts, clock(from)[:8]+" – "+clock(to)[:8])
	}
	if n := r.EventData.Member("count"); n != "" {
		unit := visible.Text(clip(r.EventData.Member("unit").Text(), 32))
		parts = append(parts, strings.TrimSpace(strings.Replace(visible.Text(clip(n.Text(), 32)), "unknown", "unknown number of", 1)+" "+unit)+" lost")
	}
	if why := r.EventData.Member("reason"); why != "" {
		parts = append(parts, visible.Text(clip(why.Text(), clipName)))
	}
	if len(parts) == 0 {
		return ""
	}
	return template.HTML(` <span class="sub">` + template.HTMLEscapeString(strings.Join(parts, " · ")) + `</span>`)
}

// gapTimes gives when a gap began and ended: from and to of its data, or else its own time.
func gapTimes(r *counterfoil.Record) (from, to counterfoil.Time) {
	from, to = r.Time, r.Time
	if t, err := counterfoil.ParseTime(r.EventData.Member("from").Text()); err == nil {
		from = t
	}
	if t, err := counterfoil.ParseTime(r.EventData.Member("to").Text()); err == nil {
		to = t
	}
	if to < from {
		return r.Time, r.Time
	}
	return from, to
}

func clock(t counterfoil.Time) string { return t.Std().Format("15:04:05.000") }

func longDay(iso string) string {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return t.Format("Monday 2 January 2006")
}

// thousands writes a count as people read it: 1,284.
func thousands(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural gives "1 event", "2 events".
func plural(n uint64, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return thousands(n) + " " + word + "s"
}
