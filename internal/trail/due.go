package trail

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// contents is what retention asks of a file.
type contents struct {
	rules  []int            // that its records are under, each once
	newest counterfoil.Time // when the last of them was received
	oldest counterfoil.Time // and the first
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
	c, err := s.contents(&p.t.opts.Retention)
	if err != nil {
		return err
	}
	for _, rule := range c.rules {
		p.bytes[rule] += sign * (s.Bytes + s.indexBytes)
	}
	return nil
}

// due says by which rules a file expires: those of all its records must agree.
func (p *pass) due(s *Sealed) (why string, err error) {
	c, err := s.contents(&p.t.opts.Retention)
	if err != nil {
		return "", err
	}
	var names []string
	for _, rule := range c.rules {
		a := p.t.opts.Retention.after(rule)
		old := a.Age > 0 && time.Duration(p.now-p.dates[s]) > a.Age
		large := a.Bytes > 0 && p.bytes[rule] > a.Bytes
		if a.Both && !(old && large) || !old && !large {
			return "", nil
		}
		names = append(names, p.t.opts.Retention.name(rule))
	}
	return strings.Join(names, ", "), nil
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
			c, err := s.contents(&p.t.opts.Retention)
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

// contents reads what retention asks of a file, once.
func (s *Sealed) contents(ret *Retention) (*contents, error) {
	s.mu.Lock()
	c := s.kept
	s.mu.Unlock()
	if c != nil {
		return c, nil
	}
	r, err := s.Reader()
	if err != nil {
		return nil, err
	}
	defer r.Together()()
	c = &contents{}
	for p := range r.Pages() {
		if err := c.page(r.Block(p), ret); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name(), err)
		}
	}
	slices.Sort(c.rules)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = c
	return c, nil
}

// page adds what a page of the file says.
func (c *contents) page(b *segment.Block, ret *Retention) error {
	received, err1 := b.Received()
	categories, err2 := b.Text(filter.ColCategory)
	vias, err3 := b.Text(filter.ColVia)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	for _, at := range received {
		c.newest = max(c.newest, counterfoil.Time(at))
		if c.oldest == 0 || counterfoil.Time(at) < c.oldest {
			c.oldest = counterfoil.Time(at)
		}
	}
	var category, via string // of the row before: rows repeat one another
	for i := range received {
		if i > 0 && category == categories.At(i) && via == vias.At(i) {
			continue
		}
		category, via = categories.At(i), vias.At(i)
		var k counterfoil.Category
		if category != "" {
			var err error
			if k, err = counterfoil.ParseCategory(category); err != nil {
				return err
			}
		}
		if rule := ret.rule(k, via); !slices.Contains(c.rules, rule) {
			c.rules = append(c.rules, rule)
		}
	}
	return nil
}
