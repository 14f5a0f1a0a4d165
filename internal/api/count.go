package api

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
)

// maxBy is how many groupings one request may ask for.
const maxBy = 16

// count serves GET /api/v1/count: how many records match, in groups.
func (c *call) count() error {
	p := readParams(c.r.URL.RawQuery, "q", "from", "to", "by…", "top")
	q := p.question(c.opts.Now())
	by := p.groupings(int(min(p.number("top", 0), 1<<31-1)))
	if p.err != nil {
		return p.err
	}
	v := c.opts.Source.View()
	defer v.Close()
	text := p.values.Get("q")
	err := c.record(act.Count, counterfoil.AuditSearch, counterfoil.Object{Kind: "query", Name: text}, func(b *counterfoil.Builder) {
		asked(b, text, q)
		b.Array("by")
		for _, x := range by {
			b.String("", byText(x))
		}
		b.End()
	})
	if err != nil {
		return err
	}
	groups, stats, err := search.Count(c.r.Context(), v, q, by...)
	if errors.Is(err, search.ErrGroups) {
		return &Error{Kind: KindParameter, Parameter: "by", Message: err.Error()}
	}
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	// The values of a field of many are what an export would give.
	values := 0
	for i, x := range by {
		if x.Every == 0 {
			values += len(groups[i])
		}
	}
	if values > searchMost {
		if err := c.need(access.Export); err != nil {
			return err
		}
	}
	c.w.Header().Set("Content-Type", "application/json")
	writeCounts(c.w, by, groups, stats)
	return nil
}

// writeCounts words the answer, as it is sent: a million groups stand in memory once. Keys may be any bytes, which the Builder
// carries. That the caller is gone is no error of ours.
func writeCounts(to io.Writer, by []search.By, groups [][]search.Bucket, stats search.Stats) {
	w := bufio.NewWriterSize(to, 32<<10)
	var b counterfoil.Builder
	fmt.Fprintf(w, `{"elapsed_ms":%d,"groups":[`, stats.Elapsed.Milliseconds())
	for i, x := range by {
		w.WriteString(comma(i) + `{"buckets":[`)
		for j, g := range groups[i] {
			b.Reset()
			b.Object("")
			b.Uint("count", g.Count)
			b.Uint("failures", g.Failures)
			b.String("key", g.Key)
			b.End()
			w.WriteString(comma(j))
			w.WriteString(string(b.JSON()))
		}
		b.Reset()
		b.String("", byText(x))
		w.WriteString(`],"by":` + string(b.JSON()) + `}`)
	}
	fmt.Fprintf(w, `],"records":%d,"scanned":%d}`+"\n", stats.Records, stats.Scanned)
	_ = w.Flush()
}

// comma gives what stands before element i of an array.
func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}

// groupings reads by: fields and lengths of time, by commas or one parameter each.
func (p *params) groupings(top int) (by []search.By) {
	for _, list := range p.values["by"] {
		for _, s := range strings.Split(list, ",") {
			if every, ok := parseSpan(s); ok {
				if every < time.Second {
					p.fail("by", "by=%q: a bucket is a second long or more", s)
				}
				by = append(by, search.By{Every: every})
				continue
			}
			f, err := filter.ParseField(s)
			if err != nil {
				p.fail("by", "by=%q is neither a field nor a length of time such as 1h: %v", s, err)
			}
			by = append(by, search.By{Field: f, Top: top})
		}
	}
	if len(by) > maxBy {
		p.fail("by", "%d groupings are asked for; %d is the most", len(by), maxBy)
	}
	return by
}

// byText gives a grouping as parseSpan or ParseField reads it.
func byText(x search.By) string {
	if x.Every == 0 {
		return x.Field.String()
	}
	for _, u := range spans {
		if x.Every%u.length == 0 {
			return strconv.FormatInt(int64(x.Every/u.length), 10) + u.name
		}
	}
	return x.Every.String()
}

var spans = [...]struct {
	name   string
	length time.Duration
}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

// parseSpan reads 30s, 5m, 1h, 1d, 1w.
func parseSpan(s string) (time.Duration, bool) {
	for _, u := range spans {
		digits, ok := strings.CutSuffix(s, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || time.Duration(n) > 100*365*24*time.Hour/u.length {
			return 0, false
		}
		return time.Duration(n) * u.length, true
	}
	return 0, false
}
