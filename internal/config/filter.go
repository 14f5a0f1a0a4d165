package config

import (
	"errors"
	"time"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
)

// standing reads a filter that stands in a configuration, in any grammar: it means the same whenever it is read. Moments
// without a zone are those of zone; those that are counted from now are refused.
func standing(text string, zone *time.Location) (grammar.Query, error) {
	now := time.Date(2001, 2, 3, 4, 5, 6, 0, zone)
	q, err := grammar.Parse(text, now)
	if err != nil {
		return q, err
	}
	if later, err := grammar.Parse(text, now.Add(8*24*time.Hour+time.Hour)); err != nil || q.From == 0 && q.To == 0 && !filter.Equal(q.Expr, later.Expr) {
		return q, errors.New("a moment that is counted from now means nothing in a configuration: write it in full, such as 2026-11-22T14:30:00Z")
	}
	return q, nil
}

// parseFilter reads a filter of a policy, in any grammar. Spans of time are refused: what is judged happens now. warnings
// are what is hardly meant as it is written.
func parseFilter(text string) (x filter.Expr, warnings []string, err error) {
	q, err := standing(text, time.UTC)
	if err != nil {
		return nil, nil, err
	}
	if q.From != 0 || q.To != 0 {
		return nil, nil, errors.New("since and until mean nothing in a policy: leave them out")
	}
	for _, w := range q.Warnings {
		warnings = append(warnings, w.Error())
	}
	return q.Expr, warnings, nil
}

// onlyInTrail gives a field of x that an event has only in the trail, "" if there is none.
func onlyInTrail(x filter.Expr) string {
	switch x := x.(type) {
	case filter.And:
		return firstOf(x.X)
	case filter.Or:
		return firstOf(x.X)
	case filter.Not:
		return onlyInTrail(x.X)
	}
	if f, ok := filter.FieldOf(x); ok && (f.Column == filter.ColSeq || f.Column == filter.ColReceived) {
		return f.String()
	}
	return ""
}

func firstOf(xs []filter.Expr) string {
	for _, x := range xs {
		if f := onlyInTrail(x); f != "" {
			return f
		}
	}
	return ""
}
