package api

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/hangup"
	"github.com/counterfoil/counterfoil/internal/search"
)

// Limits of a search. Whoever wants more records at once than searchMost exports, and needs the right to.
const (
	searchLimit = 1000 // unless the caller names another
	searchMost  = 10_000
)

// contentTypes of the formats; any other dialect that can be written is text/plain.
var contentTypes = map[string]string{"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8; header=present"}

// search serves GET /api/v1/events: a search, or an export.
func (c *call) search() error {
	p := readParams(c.r.URL.RawQuery, "q", "from", "to", "limit", "order", "before", "after", "format")
	q := p.question(c.opts.Now())
	q.Oldest = p.word("order", "newest", "oldest") == "oldest"
	q.Before = p.number("before", 0)
	if p.values.Get("after") != "" {
		q.After = p.number("after", 0) + 1
	}
	limit := p.number("limit", searchLimit)
	if limit > 1<<31-1 {
		p.fail("limit", "limit=%d is more than 2147483647; 0 asks for everything", limit)
	}
	q.Limit = int(limit)
	format := cmp.Or(p.values.Get("format"), "jsonl")
	d := writable(format)
	if d == nil {
		p.fail("format", "format=%q: want one of %s", format, strings.Join(formats(), ", "))
	}
	switch {
	case p.err != nil:
		return p.err
	case p.values.Get("before") != "" && q.Before == 0: // nothing is before the first record, and search takes 0 for no bound
		q.Before, q.After = 1, 1
	}
	name, action := act.Search, counterfoil.AuditSearch
	if format != "jsonl" || limit == 0 || limit > searchMost {
		name, action, c.route.right = act.Export, counterfoil.AuditExport, access.Export
		if err := c.need(access.Export); err != nil {
			return err
		}
	}
	// The view is from before the record of this request, which would else be the newest thing found.
	v := c.opts.Source.View()
	defer v.Close()
	text := p.values.Get("q")
	err := c.record(name, action, counterfoil.Object{Kind: "query", Name: text}, func(b *counterfoil.Builder) {
		asked(b, text, q)
		b.Int("limit", int64(q.Limit))
		b.String("order", p.word("order", "newest", "oldest"))
		b.String("format", format)
		if q.Before != 0 {
			b.Uint("before", q.Before)
		}
		if q.After != 0 {
			b.Uint("after", q.After-1)
		}
	})
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", cmp.Or(contentTypes[format], "text/plain; charset=utf-8"))
	if format != "jsonl" {
		h.Set("Content-Disposition", `attachment; filename="counterfoil-`+c.opts.Now().UTC().Format("20060102T150405Z")+"."+format+`"`)
	}
	return c.give(d, q, answer{
		records: func(yield func(*counterfoil.Record) bool) (search.Stats, error) {
			return search.Run(c.r.Context(), v, q, yield)
		},
		lines: func(yield func(search.Line) bool) (search.Stats, error) {
			return search.Lines(c.r.Context(), v, q, yield)
		},
	}, p.values)
}

// answer gives what is found, as records or as the lines of their canonical messages.
type answer struct {
	records func(yield func(*counterfoil.Record) bool) (search.Stats, error)
	lines   func(yield func(search.Line) bool) (search.Stats, error)
}

// give writes an answer in dialect d, and what can be said of it as a whole.
func (c *call) give(d *dialect.Dialect, q search.Query, found answer, asked url.Values) error {
	s := &stream{w: c.w, still: c.still}
	enc, err := d.NewEncoder(s, nil)
	if err != nil {
		return fmt.Errorf("encode as %s: %w", d.Name, err)
	}
	var last uint64
	var n int
	var failed error
	lost := map[string]bool{}
	given := func(seq uint64) bool {
		if failed == nil {
			n, last = n+1, seq
		}
		return failed == nil
	}
	var stats search.Stats
	if d.Canonical {
		stats, err = found.lines(func(l search.Line) bool {
			failed = s.append(l.Append)
			return given(l.Seq())
		})
	} else {
		stats, err = found.records(func(r *counterfoil.Record) bool {
			var loss dialect.Loss
			loss, failed = enc.Encode(r)
			for _, field := range loss {
				lost[field] = true
			}
			return given(r.Seq)
		})
	}
	c.metrics.given.Add(float64(n))
	if s.err != nil { // the caller is gone, or took nothing for too long and may yet read on, or may not read on any more
		hangup.Cut(c.w, c.r)
	}
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	if err := cmp.Or(failed, enc.Close()); err != nil {
		return fmt.Errorf("encode as %s: %w", d.Name, err)
	}
	s.note("X-Counterfoil-Records", strconv.Itoa(n))
	s.note("X-Counterfoil-Scanned", strconv.FormatUint(stats.Scanned, 10))
	s.note("X-Counterfoil-Elapsed-Ms", strconv.FormatInt(stats.Elapsed.Milliseconds(), 10))
	if len(lost) > 0 {
		s.note("X-Counterfoil-Loss", strings.Join(slices.Sorted(maps.Keys(lost)), " "))
	}
	if q.Limit > 0 && n == q.Limit {
		s.note("Link", "<"+nextPage(c.r.URL.Path, asked, q, last, c.opts.Now())+`>; rel="next"`)
	}
	if s.end(); s.err != nil {
		hangup.Cut(c.w, c.r)
	}
	return nil
}

// nextPage is the address of the records behind the last one given. Moments are written out, so that a time such as 2h
// means the same on every page; those that bound q (since 2h) leave it, and are in from and to.
func nextPage(path string, asked url.Values, q search.Query, last uint64, now time.Time) string {
	next := maps.Clone(asked)
	if ofMoment(next.Get("q"), now.UTC()) {
		next.Set("q", searchq.Print(q.Filter))
	}
	if q.From != 0 {
		next.Set("from", q.From.String())
	}
	if q.To != 0 {
		next.Set("to", q.To.String())
	}
	side := "before"
	if q.Oldest {
		side = "after"
	}
	next.Set(side, strconv.FormatUint(last, 10))
	return path + "?" + next.Encode()
}

// ofMoment reports whether a query has moments that bound it, or that are counted back from now: those mean something else nine days and some hours
// before, be they a weekday or a time of day.
func ofMoment(text string, now time.Time) bool {
	q, err := grammar.Parse(text, now)
	before, berr := grammar.Parse(text, now.Add(-(9*24+13)*time.Hour))
	return err == nil && (q.From != 0 || q.To != 0 || berr != nil || !filter.Equal(q.Expr, before.Expr))
}

// writable finds the dialect of a format that can be written.
func writable(format string) *dialect.Dialect {
	if d, ok := all.Lookup(format); ok && d.Name == format && d.Encode != nil {
		return d
	}
	return nil
}

func formats() (names []string) {
	for _, d := range all.Dialects {
		if d.Encode != nil {
			names = append(names, d.Name)
		}
	}
	return names
}
