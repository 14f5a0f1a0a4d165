package config

import (
	"errors"
	"time"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
)

// parseFilter reads a filter of a policy, in any grammar. Spans of time are refused: what is judged happens now. warnings
// are what is hardly meant as it is written.
func parseFilter(text string) (x filter.Expr, warnings []string, err error) {
	q, err := grammar.Parse(text, time.Unix(0, 0).UTC())
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
