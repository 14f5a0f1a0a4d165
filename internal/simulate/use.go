package simulate

import (
	"context"
	"slices"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Use is something that looks at records: an output, a hold, a control of coverage, a question that was asked.
type Use struct {
	Kind   string // "output", "hold", "retention", "control", "question"
	Name   string
	Text   string // of the filter
	Filter filter.Expr
}

// Missed is a use that would miss records.
type Missed struct {
	Kind  string `json:"kind"`
	Name  string `json:"name"`
	Text  string `json:"filter"`
	Finds uint64 `json:"finds"` // records of the span that it finds in the trail
	Lost  uint64 `json:"lost"`  // of them, those that would not be kept
}

// missed counts what the uses that lose records find at all. Those that lose most of what they find come first.
func missed(ctx context.Context, v *trail.View, q *Question, losses []uint64) ([]Missed, error) {
	list := []Missed{}
	for i, n := range losses {
		if n == 0 {
			continue
		}
		u := q.Uses[i]
		_, st, err := search.Count(ctx, v, search.Query{Filter: u.Filter, From: q.From, To: q.To})
		if err != nil {
			return nil, err
		}
		list = append(list, Missed{u.Kind, u.Name, u.Text, st.Records, n})
	}
	slices.SortStableFunc(list, func(a, b Missed) int {
		x, y := float64(a.Lost)/float64(a.Finds), float64(b.Lost)/float64(b.Finds)
		switch {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return list, nil
}
