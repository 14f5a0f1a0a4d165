package web

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/visible"
)

// pageRows is how many events a page lists.
const pageRows = 100

// page is what every template gets.
type page struct {
	Title    string
	User     string // empty: nobody is logged in
	Role     access.Role
	Token    string // CSRF
	Health   *health
	Keys     bool // the page has the keyboard
	Policies bool // there is a page of policies
	Body     any
}

// auditPage is the list with everything around it.
type auditPage struct {
	Text                   string
	Last, From, To         string // as they stand in the address
	FromField, ToField     string // as a browser's date field wants them
	FieldStep              string // seconds: what a value may be that such a field has
	RangeLabel             string
	Presets                []presetLink
	Wrong                  *mistake
	Rows                   []row
	Newest, Newer, Older   string // pages; empty where there is none
	Hist                   *histogram
	Facets                 []facet
	Total, Failed, Elapsed string
	CountsLate             bool // counting took too long, or too much memory
	ExportCSV, ExportJSONL string
	Evidence               string // address of the archive that proves what is asked for
	Live                   string // address of the live tail; empty where the page does not show the newest events
	Detail                 *detail
	Missing                string // why the event asked for is not shown
	Clear                  string // the page with no question at all
	HasQuestion            bool
}

type presetLink struct {
	Label, Href string
	On          bool
}

func (s *Web) page(v visitor, title string, body any) page {
	return page{Title: title, User: v.Name, Role: v.Role, Token: s.opts.Access.CSRF(v.secret), Health: s.health(), Policies: s.opts.WouldBe != nil, Body: body}
}

func (s *Web) audit(w http.ResponseWriter, r *http.Request, v visitor) error {
	params := r.URL.Query()
	a := readAsk(params, s.opts.Now())
	for name, prefix := range map[string]string{"add": "", "not": "not "} {
		if c := params.Get(name); c != "" {
			http.Redirect(w, r, a.here("q", with(a.text, prefix+c)), http.StatusSeeOther)
			return nil
		}
	}
	p := a.form()
	p.mayExport(a, v.Role.May(access.Export))
	view := s.opts.Source.View()
	defer view.Close()
	if p.Live != "" {
		p.Live = a.at("/live", "after", fmt.Sprint(view.Size()))
	}
	if a.wrong == nil {
		if err := s.fill(r.Context(), view, a, p); err != nil {
			return err
		}
	}
	if err := s.searched(r, v, act.Search, a, func(b *counterfoil.Builder) {
		b.Int("limit", pageRows)
		b.Int("records", int64(len(p.Rows)))
		if a.paged != "" {
			b.Uint(a.paged, a.before+a.after)
		}
	}); err != nil {
		return err
	}
	if a.hasSel {
		if err := s.openOn(r, v, view, a, p); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if a.wrong != nil {
		status = http.StatusBadRequest
	}
	out := s.page(v, "Audit", p)
	out.Keys = true
	return s.write(w, status, "audit", out)
}

// form fills in what needs no look at the trail.
func (a *ask) form() *auditPage {
	p := &auditPage{Text: a.text, Last: a.last, From: timeParam(a.from), To: timeParam(a.to), FromField: dateField(a.from, 0), ToField: dateField(a.to, time.Millisecond-1), FieldStep: "1",
		RangeLabel: a.rangeLabel(), Wrong: a.wrong, Clear: "/", HasQuestion: a.text != "" || a.last != "" || a.from != 0 || a.to != 0}
	if strings.Contains(p.FromField+p.ToField, ".") {
		p.FieldStep = "0.001"
	}
	if a.paged == "" && a.to == 0 && a.wrong == nil {
		p.Live = a.at("/live")
	}
	p.Presets = append(p.Presets, presetLink{"All time", a.page("last", "", "from", "", "to", ""), a.rangeLabel() == "All time"})
	for _, x := range presets {
		p.Presets = append(p.Presets, presetLink{x.Label, a.page("last", x.Name, "from", "", "to", ""), a.last == x.Name})
	}
	return p
}

func (p *auditPage) mayExport(a *ask, ok bool) {
	if ok && a.wrong == nil {
		p.ExportCSV, p.ExportJSONL = a.at("/export", "as", "csv"), a.at("/export", "as", "jsonl")
		p.Evidence = a.at("/evidence")
	}
}

// dateField gives a moment as a browser's date field takes it, which knows milliseconds and nothing finer. The form sends it with the next
// query: up is added first, so that the end of a range does not come to lie before what was asked for.
func dateField(t counterfoil.Time, up time.Duration) string {
	if t == 0 {
		return ""
	}
	return t.Std().Add(up).Format("2006-01-02T15:04:05.999")
}

// fill lists and counts.
func (s *Web) fill(ctx context.Context, view *trail.View, a *ask, p *auditPage) error {
	start := s.opts.Now()
	covered := s.covered()
	rows, from, end, err := a.list(ctx, view, covered, p)
	if err != nil {
		return fmt.Errorf("list events: %w", err)
	}
	gaps, times, more, err := a.gaps(ctx, view, covered)
	if err != nil {
		return fmt.Errorf("list gaps: %w", err)
	}
	p.Rows = mergeGaps(rows, gaps, from, end)
	days(p.Rows)
	counting, cancel := context.WithTimeout(ctx, s.opts.CountTimeout)
	defer cancel()
	err = a.count(counting, view, p, counterfoil.TimeOf(s.opts.Now()))
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil, errors.Is(err, search.ErrGroups):
		p.CountsLate = true
	case err != nil:
		return fmt.Errorf("count events: %w", err)
	default:
		p.Hist.mark(gaps, times, more)
	}
	p.Elapsed = elapsed(s.opts.Now().Sub(start))
	return nil
}

// list finds the rows of one page and the pages around it. The page is about the numbers at or after from and before end; what
// lies between its last row and the next page's first is this page's, and pages that follow one another leave nothing between them.
func (a *ask) list(ctx context.Context, view *trail.View, covered uint64, p *auditPage) (rows []row, from, end uint64, err error) {
	q := a.query
	end = math.MaxUint64
	q.Limit = pageRows + 1
	switch a.paged {
	case "before":
		q.Before, end = a.before, a.before
	case "after":
		q.After, q.Oldest, from = a.after, true, a.after
	}
	if a.paged != "before" || a.before > 0 { // Before: 0 would be no bound
		if _, err := search.Run(ctx, view, q, func(r *counterfoil.Record) bool {
			rows = append(rows, a.rowOf(r, covered))
			return true
		}); err != nil {
			return nil, 0, 0, err
		}
	}
	more := len(rows) > pageRows
	if more {
		next := rows[pageRows].Seq
		if rows = rows[:pageRows]; !q.Oldest {
			from = next + 1
		}
	}
	if q.Oldest {
		slices.Reverse(rows)
	}
	if len(rows) == 0 {
		if a.paged != "" {
			p.Newest = a.page()
		}
		return rows, from, end, nil
	}
	if q.Oldest && more || a.paged == "before" {
		end = rows[0].Seq // what lies above is the newer page's
	}
	newer, older := a.page(a.follow("after", rows[0].Seq+1)...), a.page(a.follow("before", rows[len(rows)-1].Seq)...)
	switch {
	case a.paged == "" && more, a.paged == "before" && more, a.paged == "after" && rows[len(rows)-1].Seq > 0:
		p.Older = older
	}
	if a.paged == "before" || a.paged == "after" && more {
		p.Newer = newer
	}
	if a.paged != "" {
		p.Newest = a.page()
	}
	return rows, from, end, nil
}

// mergeGaps puts the gaps of a page, numbers at or after from and before end, between the rows they lie between, whether the filter asks
// for them or not: what was lost there might have matched.
func mergeGaps(rows, gaps []row, from, end uint64) []row {
	if len(gaps) == 0 {
		return rows
	}
	have := map[uint64]bool{}
	for _, r := range rows {
		have[r.Seq] = true
	}
	for _, g := range gaps {
		if g.Seq >= from && g.Seq < end && !have[g.Seq] {
			rows = append(rows, g)
		}
		if len(rows) > 2*pageRows {
			break
		}
	}
	slices.SortFunc(rows, func(x, y row) int {
		if x.Seq > y.Seq {
			return -1
		}
		return 1
	})
	return rows
}

// count fills in facets and histogram.
func (a *ask) count(ctx context.Context, view *trail.View, p *auditPage, now counterfoil.Time) error {
	bounded := a.query.From != 0 && a.query.To != 0
	every := coarse
	if bounded {
		every = step(a.query.From, a.query.To)
	}
	counts, _, err := search.Count(ctx, view, a.query, append(a.facetBys(), search.By{Every: every})...)
	if err != nil {
		return err
	}
	n := len(counts) - 1
	buckets := counts[n]
	from, to := a.query.From, a.query.To
	if !bounded {
		from, to = bounds(a.query, buckets, now)
		every = step(from, to)
		if every >= coarse {
			buckets = rebin(buckets, every)
		} else {
			again, _, err := search.Count(ctx, view, a.query, search.By{Every: every})
			if err != nil {
				return err
			}
			buckets = again[0]
			from, to = a.tighten(buckets, from, to, now, every)
		}
	}
	p.Hist = a.draw(buckets, from, to, every)
	p.Facets = a.facets(counts[:n])
	p.Total, p.Failed = plural(p.Hist.Total, "event"), plural(p.Hist.Failed, "failure")
	return nil
}

// tighten cuts empty time off the open ends of a histogram.
func (a *ask) tighten(buckets []search.Bucket, from, to, now counterfoil.Time, every time.Duration) (counterfoil.Time, counterfoil.Time) {
	if len(buckets) == 0 {
		return from, to
	}
	const least = 30 // bars, so that few events do not fill the width
	first, end := buckets[0].Start, buckets[len(buckets)-1].Start+counterfoil.Time(every)
	if a.query.To == 0 {
		to = end
		if a.query.From != 0 {
			to = max(end, now)
		}
	}
	if a.query.From == 0 {
		from = min(first, to-least*counterfoil.Time(every))
	}
	return from, to
}

// openOn shows an event in the pane of the page.
func (s *Web) openOn(r *http.Request, v visitor, view *trail.View, a *ask, p *auditPage) error {
	rec, ok, err := search.Get(r.Context(), view, a.sel)
	if gone, expired := errors.AsType[*trail.ExpiredError](err); expired {
		p.Missing = "This event is gone: " + visible.Text(gone.Error()) + "."
		return nil
	}
	if err != nil {
		return fmt.Errorf("read record %d: %w", a.sel, err)
	}
	if !ok {
		p.Missing = "There is no event " + thousands(a.sel) + " in this trail."
		return nil
	}
	if err := s.looked(r, v, act.Show, counterfoil.AuditSearch, a.sel, nil); err != nil {
		return err
	}
	p.Detail = s.detail(a, rec, v)
	p.Detail.Kept = s.keptBy(r.Context(), rec)
	return nil
}

func elapsed(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "under 1 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return strings.Replace(d.Round(10*time.Millisecond).String(), "s", " s", 1)
}
