package coverage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Trail answers questions. A query is in the words of search.
type Trail interface {
	Count(ctx context.Context, query, by string) (map[string]uint64, error)
	// Each calls yield with the records that match, until it returns false. They are valid during the call only.
	Each(ctx context.Context, query string, oldest bool, limit int, yield func(*counterfoil.Record) bool) error
}

// Queries of what is not the program's own, and of what is.
const (
	foreign   = "not svc = COUNTERFOIL"
	own       = "svc = COUNTERFOIL"
	unparsed  = own + " and event = UNPARSED"
	gaps      = own + " and event = GAP"
	uncounted = gaps + " and event_data.count = unknown"
	expiries  = own + " and via = counterfoil and event = EXPIRE"
)

// Gather asks the trail what there is to know. f has what is told otherwise: the time, the configuration, the policy.
func (f *Facts) Gather(ctx context.Context, t Trail) error {
	if err := f.gatherInputs(ctx, t); err != nil {
		return err
	}
	if err := f.gatherRefusals(ctx, t); err != nil {
		return err
	}
	f.answers = map[string]Answer{}
	queries := []string{gaps, uncounted, reading, expiries}
	for _, c := range Checklist {
		if c.Query != "" {
			queries = append(queries, c.Query)
		}
	}
	for _, q := range queries {
		a, err := answer(ctx, t, q)
		if err != nil {
			return err
		}
		f.answers[q] = a
	}
	var err error
	if f.oldest, err = first(ctx, t, "", true); err != nil {
		return err
	}
	return f.gatherExpired(ctx, t)
}

// gatherExpired finds how far what was deleted reaches, and how far what came more than a year ago does.
func (f *Facts) gatherExpired(ctx context.Context, t Trail) error {
	if f.answers[expiries].Count == 0 {
		return nil
	}
	var bad error
	err := t.Each(ctx, expiries, true, 0, func(r *counterfoil.Record) bool {
		last, err := strconv.ParseUint(r.EventData.Member("last").Text(), 10, 64)
		if err != nil {
			bad = fmt.Errorf("record %d: the last record that expired: %w", r.Seq, err)
			return false
		}
		f.expired = max(f.expired, last)
		return true
	})
	if err := errors.Join(err, bad); err != nil {
		return err
	}
	f.yearOld, err = first(ctx, t, "received < "+counterfoil.TimeOf(f.Now.Std().AddDate(-1, 0, 0)).String(), false)
	return err
}

func (f *Facts) gatherInputs(ctx context.Context, t Trail) error {
	vias, err := t.Count(ctx, foreign, "via")
	if err != nil {
		return err
	}
	for _, via := range slices.Sorted(maps.Keys(vias)) {
		if !slices.ContainsFunc(f.Inputs, func(in *Input) bool { return in.Name == via }) {
			f.Inputs = append(f.Inputs, &Input{Name: via})
		}
	}
	for _, in := range f.Inputs {
		if err := in.gather(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (in *Input) gather(ctx context.Context, t Trail) (err error) {
	via := " and via = " + filter.Quote(in.Name)
	if in.Answer, err = answer(ctx, t, foreign+via); err != nil {
		return err
	}
	if in.unparsed, err = answer(ctx, t, unparsed+via); err != nil {
		return err
	}
	names, err := t.Count(ctx, foreign+via, "class")
	if err != nil {
		return err
	}
	for name := range names {
		c, err := counterfoil.ParseClass(name)
		if err != nil {
			return err
		}
		in.seen |= c
	}
	dialects, err := t.Count(ctx, foreign+via, "dialect")
	if in.dialects = slices.Sorted(maps.Keys(dialects)); len(in.dialects) == 0 && in.Dialect != "" {
		in.dialects = []string{in.Dialect}
	}
	return err
}

func answer(ctx context.Context, t Trail, query string) (a Answer, err error) {
	counts, err := t.Count(ctx, query, "svc")
	if err != nil {
		return a, err
	}
	for _, n := range counts {
		a.Count += n
	}
	if a.Count == 0 {
		return a, nil
	}
	a.Newest, err = first(ctx, t, query, false)
	return a, err
}

// copyOf gives a record that outlives the call it was lent in.
func copyOf(r *counterfoil.Record) (*counterfoil.Record, error) {
	text, _ := counterfoil.AppendRecord(nil, r)
	c, err := counterfoil.ParseRecord(string(text))
	return &c, err
}

// first gives the first record that matches, nil if there is none.
func first(ctx context.Context, t Trail, query string, oldest bool) (found *counterfoil.Record, err error) {
	var bad error
	err = t.Each(ctx, query, oldest, 1, func(r *counterfoil.Record) bool { found, bad = copyOf(r); return false })
	return found, errors.Join(err, bad)
}

// gatherRefusals adds up what the trail has counted.
func (f *Facts) gatherRefusals(ctx context.Context, t Trail) error {
	var bad error
	of := map[[3]string]*Refusal{}
	err := t.Each(ctx, own+" and event = REFUSED", true, 0, func(r *counterfoil.Record) bool {
		for rule := range r.EventData.Member("rules").Elements() {
			n, err := strconv.ParseUint(rule.Member("count").Text(), 10, 64)
			if err != nil {
				bad = fmt.Errorf("record %d: the count of a rule: %w", r.Seq, err)
				return false
			}
			key := [3]string{rule.Member("rule").Text(), rule.Member("place").Text(), r.EventData.Member("input").Text()}
			refusal := of[key]
			if refusal == nil {
				for i := range key {
					key[i] = strings.Clone(key[i]) // the record is only lent
				}
				refusal = &Refusal{Rule: key[0], Place: key[1], Input: key[2], First: r.Seq}
				of[key], f.Refusals = refusal, append(f.Refusals, refusal)
			}
			refusal.Count += n
			refusal.Last = r.Seq
		}
		return true
	})
	return errors.Join(err, bad)
}
