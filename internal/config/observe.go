package config

import (
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// Observe makes a policy keep for some time what its rules leave out, marked with the rule.
type Observe struct {
	Until   string `yaml:"until"`   // RFC 3339
	Persist bool   `yaml:"persist"` // store also what persist: false and then: stream keep from the disk
}

// longestObserve is how far ahead the end may be: nobody decides by what nobody has looked at for a month.
const longestObserve = 31 * 24 * time.Hour

func (c *checker) observe() {
	o := c.p.Observe
	if o == nil {
		return
	}
	until, err := counterfoil.ParseTime(o.Until)
	if err != nil {
		c.say(".observe.until", "until %q is no moment such as 2026-12-01T08:00:00Z: observing ends by itself", o.Until)
		return
	}
	c.p.spec.Observe = preselect.Observe{Until: until, Persist: o.Persist, Place: c.place(".observe")}
	if !o.Persist {
		return
	}
	for category, s := range c.p.spec.Categories {
		if s.Enabled && !s.Persist {
			c.p.warnings = append(c.p.warnings, fmt.Sprintf("%s: warning: while the policy observes, the category %s is stored, too", s.Place, category))
		}
	}
	for _, f := range c.p.spec.Filters {
		if f.Then == preselect.Stream {
			c.p.warnings = append(c.p.warnings, fmt.Sprintf("%s: warning: while the policy observes, what the filter %s streams is stored, too", f.Place, f.Name))
		}
	}
}

// Timely says whether a policy that only observes ends to do so soon enough. nil has nothing to observe.
func (p *Policy) Timely(now time.Time) error {
	if p == nil || p.spec.Observe.Until.Std().Before(now.Add(longestObserve)) {
		return nil
	}
	o := p.spec.Observe
	return fmt.Errorf("%s: observe.until is %v, more than 31 days ahead: what is only observed must end", o.Place, o.Until)
}
