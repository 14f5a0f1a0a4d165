package trail

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// contents is what retention asks of a file.
type contents struct {
	kinds  []segment.Kind   // that its records are of, each once
	newest counterfoil.Time // when the last of them was received
	oldest counterfoil.Time // and the first
	hint   bool             // the index says so, which nothing proves
}

func (r *Retention) isNever() bool {
	return r.Default.isNever() && !slices.ContainsFunc(r.Rules, func(x RetentionRule) bool { return !x.After.isNever() })
}

// measure adds up the sizes, where a rule depends on them.
func (p *pass) measure() error {
	r := &p.t.opts.Retention
	p.bytes = make([]int64, len(r.Rules)+1)
	if r.Default.Bytes == 0 && !slices.ContainsFunc(r.Rules, func(x RetentionRule) bool { return x.After.Bytes > 0 }) {
		return nil
	}
	for _, sp := range p.spans {
		for _, s := range sp.files {
			if err := p.count(s, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pass) count(s *Sealed, sign int64) error {
	c, err := s.contents()
	if err != nil {
		return err
	}
	for _, rule := range p.t.opts.Retention.under(c.kinds) {
		p.bytes[rule] += sign * (s.Bytes + s.indexBytes)
	}
	return nil
}

// due says by which rules a file expires: those of all its records must agree.
func (p *pass) due(s *Sealed) (why string, err error) {
	c, err := s.contents()
	if err != nil {
		return "", err
	}
	if why = p.why(s, c); why == "" || !c.hint {
		return why, nil
	}
	// What an index says may keep a file. To delete one, the columns must say it, which must fit the tree.
	sure, err := s.readContents()
	if err != nil {
		return "", err
	}
	if sure.newest != c.newest || sure.oldest != c.oldest || !slices.Equal(sure.kinds, c.kinds) {
		p.t.opts.Log.Error("an index says other times or kinds of records than the columns: the file stays until the next look", "file", s.indexName())
		return "", nil
	}
	return why, nil
}

// why says by which rules a file with these contents expires.
func (p *pass) why(s *Sealed, c *contents) string {
	var names []string
	for _, rule := range p.t.opts.Retention.under(c.kinds) {
		a := p.t.opts.Retention.after(rule)
		old := a.Age > 0 && time.Duration(p.now-p.dates[s]) > a.Age
		large := a.Bytes > 0 && p.bytes[rule] > a.Bytes
		if a.Both && !(old && large) || !old && !large {
			return ""
		}
		names = append(names, p.t.opts.Retention.name(rule))
	}
	return strings.Join(names, ", ")
}

// date finds when each file's newest record was received: at the time that stands in it, or a later one at which a record before
// it was, because records stand in the order in which they were received, whatever the clock said. A time that has yet to come
// was never the right one, and says nothing of what stands behind it.
func (p *pass) date() error {
	p.dates = map[*Sealed]counterfoil.Time{}
	before := counterfoil.Time(0)
	for _, sp := range p.spans {
		latest := before
		for _, s := range sp.files {
			c, err := s.contents()
			if err != nil {
				return err
			}
			p.dates[s] = max(c.newest, before)
			if c.newest <= p.now {
				latest = max(latest, c.newest)
			}
		}
		before = latest
	}
	return nil
}

// name is a rule in the words of events.
func (r *Retention) name(rule int) string {
	s := "retention " + r.after(rule).String()
	if rule == len(r.Rules) {
		return s
	}
	if c := r.Rules[rule].Category; c != 0 {
		s += " of category " + c.String()
	}
	if via := r.Rules[rule].Input; via != "" {
		s += " of input " + via
	}
	return s
}

// under gives the rules that records of these kinds are under, in order.
func (r *Retention) under(kinds []segment.Kind) (rules []int) {
	for _, k := range kinds {
		c, _ := counterfoil.ParseCategory(k.Category) // "" is none; others were checked where they came from
		if rule := r.rule(c, k.Via); !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
	}
	slices.Sort(rules)
	return rules
}

// contents gives what retention asks of a file: what its index says, or else what its columns do.
func (s *Sealed) contents() (*contents, error) {
	s.mu.Lock()
	c := s.kept
	if x := s.Index; c == nil && x.Kinds != nil {
		c = &contents{x.Kinds, x.MaxReceived, x.MinReceived, true}
	}
	s.mu.Unlock()
	if c != nil {
		return c, nil
	}
	return s.readContents()
}

// readContents asks the columns.
func (s *Sealed) readContents() (*contents, error) {
	r, err := s.Reader()
	if err != nil {
		return nil, err
	}
	defer r.Together()()
	c := &contents{newest: math.MinInt64, oldest: math.MaxInt64}
	for p := range r.Pages() {
		if err := c.page(r.Block(p)); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name(), err)
		}
	}
	slices.SortFunc(c.kinds, segment.Kind.Compare)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = c
	return c, nil
}

// page adds what a page of the file says.
func (c *contents) page(b *segment.Block) error {
	received, err1 := b.Received()
	categories, err2 := b.Text(filter.ColCategory)
	vias, err3 := b.Text(filter.ColVia)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	for _, at := range received {
		c.newest, c.oldest = max(c.newest, counterfoil.Time(at)), min(c.oldest, counterfoil.Time(at))
	}
	var last segment.Kind // of the row before: rows repeat one another
	for i := range received {
		k := segment.Kind{Category: categories.At(i), Via: vias.At(i)}
		if i > 0 && k == last || slices.Contains(c.kinds, k) {
			last = k
			continue
		}
		last = k
		if _, err := counterfoil.ParseCategory(k.Category); k.Category != "" && err != nil {
			return err
		}
		c.kinds = append(c.kinds, k)
	}
	return nil
}
