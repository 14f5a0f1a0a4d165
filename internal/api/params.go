package api

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/search"
)

// params reads the parameters of a request. It keeps the first error, so that a handler asks once, at the end.
type params struct {
	values url.Values
	err    error
}

// readParams refuses what is not known, and what stands twice unless its name ends in "…" here.
func readParams(raw string, known ...string) *params {
	values, err := url.ParseQuery(raw)
	p := &params{values: values}
	if err != nil {
		p.err = &Error{Kind: KindParameter, Message: "the parameters cannot be read: " + err.Error()}
		return p
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		many := slices.Contains(known, name+"…")
		switch {
		case len(known) == 0:
			p.fail(name, "there is no parameter %q here, nor any other", name)
		case !many && !slices.Contains(known, name):
			p.fail(name, "there is no parameter %q here; there are %s", name, strings.ReplaceAll(strings.Join(known, ", "), "…", ""))
		case !many && len(values[name]) > 1:
			p.fail(name, "parameter %s stands %d times", name, len(values[name]))
		}
	}
	return p
}

func (p *params) fail(name, format string, args ...any) {
	if p.err == nil {
		p.err = &Error{Kind: KindParameter, Parameter: name, Message: fmt.Sprintf(format, args...)}
	}
}

// number reads a whole number; absent, it is otherwise.
func (p *params) number(name string, otherwise uint64) uint64 {
	s := p.values.Get(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > 1<<62 {
		p.fail(name, "%s=%q: want a whole number", name, s)
	}
	return n
}

// word reads one of a few words; absent, it is the first.
func (p *params) word(name string, words ...string) string {
	s := cmp.Or(p.values.Get(name), words[0])
	if !slices.Contains(words, s) {
		p.fail(name, "%s=%q: want %s", name, s, strings.Join(words, " or "))
	}
	return s
}

var lostPlus = regexp.MustCompile(`(T[0-9:.]+) (\d\d:\d\d)$`)

// moment reads a time as the search grammar does after since; absent, it is 0.
func (p *params) moment(name string, now time.Time) counterfoil.Time {
	s := p.values.Get(name)
	if s == "" {
		return 0
	}
	s = lostPlus.ReplaceAllString(s, "$1+$2") // a + that nobody escaped
	q, err := searchq.Parse("since "+filter.Quote(s), now)
	var wrong *filter.SyntaxError
	if errors.As(err, &wrong) {
		if p.err == nil {
			p.err = &Error{Kind: KindParameter, Parameter: name, Message: name + ": " + wrong.Message, Hint: wrong.Hint}
		}
		return 0
	}
	if err != nil {
		p.fail(name, "%s: %v", name, err)
	}
	return q.From
}

// question reads q, from and to. Moments in q and in from and to narrow each other.
func (p *params) question(now time.Time) search.Query {
	now = now.UTC()
	q, err := grammar.Parse(p.values.Get("q"), now)
	if err != nil && p.err == nil {
		p.err = err
	}
	from, to := p.moment("from", now), p.moment("to", now)
	if from != 0 && to != 0 && from >= to {
		p.fail("to", "the span from %s to %s holds no time", from, to)
	}
	if from == 0 || q.From != 0 && q.From > from {
		from = q.From
	}
	if to == 0 || q.To != 0 && q.To < to {
		to = q.To
	}
	return search.Query{Filter: q.Expr, From: from, To: to}
}

// seq reads the number of a record in the path.
func (c *call) seq() (uint64, error) {
	s := c.r.PathValue("seq")
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, &Error{Kind: KindParameter, Parameter: "seq", Message: fmt.Sprintf("%q is no sequence number", s)}
	}
	return n, nil
}

// asked puts a question into an event's data.
func asked(b *counterfoil.Builder, text string, q search.Query) {
	b.String("query", text)
	if q.From != 0 {
		b.String("from", q.From.String())
	}
	if q.To != 0 {
		b.String("to", q.To.String())
	}
}
