package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/visible"
)

// ask is what an address of the Audit page asks for.
type ask struct {
	text     string           // q, as typed
	last     string           // a preset's name; from and to are empty then
	from, to counterfoil.Time // as asked, 0: open
	before   uint64           // paging: older than this
	after    uint64           // paging: from this on
	paged    string           // "before", "after" or ""
	asof     counterfoil.Time // what its times count back from: now, or when the page was asked for whose other pages are turned
	sel      uint64           // the open event
	hasSel   bool
	all      string // the facet shown at length

	query search.Query // filter and times of all the above, without paging and limit
	marks marker       // words to mark in sentences
	wrong *mistake     // the query cannot be read
}

// mistake says what is wrong with what was typed.
type mistake struct {
	Text   string // what was typed, the part with the mistake
	Caret  string // spaces and a caret that stands below the place; empty if it is of no place
	Reason string
}

// preset is a time range counted back from now.
type preset struct {
	Name, Label string
	length      time.Duration
}

var presets = []preset{{"15m", "Last 15 minutes", 15 * time.Minute}, {"1h", "Last hour", time.Hour}, {"6h", "Last 6 hours", 6 * time.Hour},
	{"24h", "Last 24 hours", day}, {"7d", "Last 7 days", 7 * day}, {"30d", "Last 30 days", 30 * day}}

// readAsk reads an address. What is wrong with it is in wrong; paging and the open event never are.
func readAsk(v url.Values, now time.Time) *ask {
	a := &ask{text: strings.TrimSpace(v.Get("q")), last: v.Get("last"), all: v.Get("all")}
	a.from = a.readTime(v.Get("from"), "from")
	a.to = a.readTime(v.Get("to"), "to")
	if n, err := strconv.ParseUint(v.Get("before"), 10, 63); err == nil {
		a.before, a.paged = n, "before"
	} else if n, err := strconv.ParseUint(v.Get("after"), 10, 63); err == nil {
		a.after, a.paged = n, "after"
	}
	if n, err := strconv.ParseUint(v.Get("sel"), 10, 63); err == nil {
		a.sel, a.hasSel = n, true
	}
	if t, err := counterfoil.ParseTime(v.Get("asof")); err == nil && a.paged != "" && t.Std().Before(now) {
		now = t.Std()
	}
	a.asof = counterfoil.TimeOf(now)
	a.query.From, a.query.To = a.from, a.to
	if a.from != 0 || a.to != 0 {
		a.last = ""
	} else if p, ok := findPreset(a.last); ok {
		a.query.From = counterfoil.TimeOf(now.Add(-p.length))
	} else {
		a.last = ""
	}
	if a.from != 0 && a.to != 0 && a.from >= a.to {
		a.wrong = &mistake{Reason: "the time range ends before it begins"}
	}
	a.parse(now)
	return a
}

func findPreset(name string) (preset, bool) {
	for _, p := range presets {
		if p.Name == name {
			return p, true
		}
	}
	return preset{}, false
}

// layouts are the forms of a time without a zone that browsers send; they are UTC.
var layouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02T15:04:05.999999999", time.DateOnly}

func (a *ask) readTime(s, name string) counterfoil.Time {
	if s = strings.TrimSpace(s); s == "" {
		return 0
	}
	// The beginning of 1970 is 0, which would be no bound: it is refused, as the API does.
	if t, err := counterfoil.ParseTime(s); err == nil && t != 0 {
		return t
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil && t.Year() >= 1678 && t.Year() <= 2261 && !t.Equal(time.Unix(0, 0)) {
			return counterfoil.TimeOf(t)
		}
	}
	a.wrong = &mistake{Reason: fmt.Sprintf("%s is %q, which is no time such as 2026-11-22T12:00 (UTC)", name, clip(visible.Text(s), 60))}
	return 0
}

// values gives the address again, without paging and the open event.
func (a *ask) values() url.Values {
	v := url.Values{}
	set := func(k, s string) {
		if s != "" {
			v.Set(k, s)
		}
	}
	set("q", a.text)
	set("last", a.last)
	set("from", timeParam(a.from))
	set("to", timeParam(a.to))
	return v
}

func timeParam(t counterfoil.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().Format(time.RFC3339Nano)
}

func link(path string, v url.Values) string {
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// page gives this question's address with some parameters set; an empty value removes one.
func (a *ask) page(pairs ...string) string { return a.at("/", pairs...) }

func (a *ask) at(path string, pairs ...string) string {
	v := a.values()
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		} else {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return link(path, v)
}

// open gives the page, paging kept, with an event open.
func (a *ask) open(seq uint64) string { return a.here("sel", strconv.FormatUint(seq, 10)) }

// shut gives the page without an open event.
func (a *ask) shut() string { return a.here() }

func (a *ask) here(pairs ...string) string {
	switch a.paged {
	case "before":
		pairs = append(pairs, a.follow("before", a.before)...)
	case "after":
		pairs = append(pairs, a.follow("after", a.after)...)
	}
	return a.page(pairs...)
}

// follow gives the parameters of a page before or after a number. It has the moment that the question's times count back from (last=1h, since 2h):
// they mean the same on every page, however late one turns it.
func (a *ask) follow(side string, n uint64) []string {
	return []string{side, strconv.FormatUint(n, 10), "asof", timeParam(a.asof)}
}

// between gives the page for other times.
func (a *ask) between(from, to counterfoil.Time) string {
	return a.page("last", "", "from", timeParam(from), "to", timeParam(to))
}

// rangeLabel words the time range for its button.
func (a *ask) rangeLabel() string {
	short := func(t counterfoil.Time) string {
		layout := "2 Jan 15:04"
		if t%counterfoil.Time(time.Minute) != 0 {
			layout = "2 Jan 15:04:05"
		}
		return t.Std().Format(layout)
	}
	if p, ok := findPreset(a.last); ok {
		return p.Label
	}
	switch {
	case a.from == 0 && a.to == 0:
		return "All time"
	case a.to == 0:
		return short(a.from) + " – now"
	case a.from == 0:
		return "until " + short(a.to)
	}
	return short(a.from) + " – " + short(a.to)
}
