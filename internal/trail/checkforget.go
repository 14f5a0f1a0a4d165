package trail

import (
	"fmt"
	"maps"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// ForgottenBy is what a verdict says about hidden halves that were forgotten at once.
type ForgottenBy struct {
	Event   uint64 `json:"event"` // number of the record that says so
	At      string `json:"at"`    // when it was finished; empty: it is not
	Records int    `json:"records"`
	Text    string `json:"-"`
}

// account is what is known of one forgetting: seals say what was done, the event what was to be, and the certificate both.
type account struct {
	sealed map[uint64]int // records of each range, by its first
	event  *Forgotten     // of the record; nil: it has not been seen, has expired, or was forgotten itself
	cert   *Forgotten     // nil: there is none
	passed bool           // the record was there, or lies where nothing is looked at again
}

func (c *checker) account(event uint64) *account {
	a := c.accounts[event]
	if a == nil {
		a = &account{sealed: map[uint64]int{}}
		c.accounts[event] = a
	}
	return a
}

// certificates reads what is said to have been forgotten.
func (c *checker) certificates() error {
	all, err := readCertificates(c.fs, &c.id)
	if err != nil {
		return found(forgottenDir, err)
	}
	for event, f := range all {
		c.account(event).cert = f
	}
	return nil
}

// forgotMore reports whether another forgetting is under way than was, or another certificate is there.
func (c *checker) forgotMore() bool {
	g, gerr := readForgetting(c.fs, &c.id)
	all, err := readCertificates(c.fs, &c.id)
	if gerr != nil || err != nil {
		return false
	}
	was := c.subjects.going
	if (g == nil) != (was == nil) || g != nil && g.text(c.id.origin) != was.text(c.id.origin) {
		return true
	}
	for event := range all {
		if a := c.accounts[event]; a == nil || a.cert == nil {
			return true
		}
	}
	return false
}

// announceForgotten notes what a seal says.
func (c *checker) announceForgotten(sp *span) error {
	for _, f := range sp.forgot {
		if f.event <= sp.Last {
			return problem(sealName(sp.base()), nil, "record %d, which is to say what is forgotten, is older than that", f.event)
		}
		c.account(f.event).sealed[sp.First] = f.records
	}
	if sp.gone != nil {
		c.lessened[sp.First] = true
	}
	return nil
}

// counted compares how many records of a span are forgotten with what its seal says.
func (c *checker) counted(s *checkedSpan) error {
	want := 0
	for _, f := range s.forgot {
		want += f.records
	}
	if s.forgotten == want || s.gone != nil && s.forgotten < want {
		return nil
	}
	return problem(s.file, nil, "of %d records the hidden half is missing, %s says of %d", s.forgotten, sealName(s.base()), want)
}

// accounted takes an event that says what is forgotten.
func (c *checker) accounted(file string, r *counterfoil.Record) error {
	a := c.account(r.Seq)
	a.passed = true
	if r.IsForgotten() {
		return nil // whoever had it done was forgotten: the certificate tells
	}
	f, err := parseForgotten(r.EventData)
	if err != nil {
		return problem(file, &r.Seq, "it should say what is forgotten: %v", err)
	}
	a.event = &f
	return nil
}

func isForgetting(r *counterfoil.Record) bool {
	return r.Via == act.Via && r.Service == act.Service && r.Name == act.Forget
}

// unaccounted gives a problem if one of the records first to last was to say what is forgotten, is there and does not.
func (c *checker) unaccounted(file string, first, last uint64, there func(seq uint64) bool) error {
	for seq, a := range c.accounts {
		if seq >= first && seq <= last && !a.passed && there(seq) {
			return problem(file, &seq, "is not the event that says what is forgotten, which it should be")
		}
	}
	return nil
}

// settleAccounts compares, for each forgetting, what was done with what was said and certified.
func (c *checker) settleAccounts() error {
	for _, event := range slices.Sorted(maps.Keys(c.accounts)) {
		a := c.accounts[event]
		if err := c.settle(event, a); err != nil {
			return err
		}
		by := ForgottenBy{Event: event}
		for _, n := range a.sealed {
			by.Records += n
		}
		by.Text = fmt.Sprintf("the hidden halves of %d records, by record %d; not finished: opening the trail for writing goes on", by.Records, event)
		if a.cert != nil {
			by.At = a.cert.At
			by.Text = fmt.Sprintf("the hidden halves of %d records on %s, by record %d", by.Records, by.At, event)
		}
		c.report.Forgotten = append(c.report.Forgotten, by)
	}
	return nil
}

func (c *checker) settle(event uint64, a *account) error {
	name := certificateName(event)
	if event >= c.next {
		return problem(name, &event, "is missing: it is to say what is forgotten")
	}
	g := c.subjects.going
	under := g != nil && (g.number == event || !g.said && event >= g.Before)
	if a.cert == nil && !under {
		return problem(name, nil, "is missing: record %d says that something is forgotten", event)
	}
	for _, f := range []*Forgotten{a.cert, a.event} {
		if f == nil {
			continue
		}
		if a.event != nil && (f.Records != a.event.Records || f.Subject != a.event.Subject || f.Before != a.event.Before) {
			return problem(name, nil, "says otherwise than record %d", event)
		}
		left := maps.Clone(a.sealed)
		for _, r := range f.Ranges {
			n := left[r.First]
			delete(left, r.First)
			if n != r.Records && !under && !(c.lessened[r.First] && n < r.Records) {
				return problem(sealName(spanBase(r.First, r.Last)), nil, "says that record %d has %d hidden halves forgotten, which says %d", event, n, r.Records)
			}
		}
		for first := range left {
			return problem(name, nil, "does not say that something is forgotten of the records from %d on, as their seal does", first)
		}
	}
	return nil
}
