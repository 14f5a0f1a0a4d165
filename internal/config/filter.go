package config

import (
	"errors"
	"time"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
)

// parseFilter reads a filter of a policy. Spans of time are refused: what is judged happens now.
func parseFilter(text string) (filter.Expr, error) {
	q, err := searchq.Parse(text, time.Unix(0, 0).UTC())
	if err != nil {
		return nil, err
	}
	if q.From != 0 || q.To != 0 {
		return nil, errors.New("since and until mean nothing in a policy: leave them out")
	}
	return q.Expr, nil
}

// onlyInTrail gives a field of x that an event has only in the trail, "" if there is none.
func onlyInTrail(x filter.Expr) string {
	var f filter.Field
	switch x := x.(type) {
	case filter.And:
		return firstOf(x.X)
	case filter.Or:
		return firstOf(x.X)
	case filter.Not:
		return onlyInTrail(x.X)
	case filter.Compare:
		f = x.Field
	case filter.In:
		f = x.Field
	case filter.Contains:
		f = x.Field
	case filter.Prefix:
		f = x.Field
	case filter.Match:
		f = x.Field
	case filter.Exists:
		f = x.Field
	default:
		return ""
	}
	if f.Column == filter.ColSeq || f.Column == filter.ColReceived {
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
